"""accept: bytes durable, row committed, only then "taken".  Idempotent on the Origin; the same for every door."""
from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gateway.document import Change, Origin, Role
from gateway.errors import DiskFull
from gateway.store.store import Received, Store
from gateway.store.vault import Vault

SIDES = "sides"
"""The Event of a paper whose backs came as a file of their own."""
_BACK = "Mặt sau: {name}, SHA-256 {sha256}. Hai bản gốc giữ nguyên; máy xen các trang khi đọc."


@dataclass(frozen=True, slots=True)
class Beside:
    """The file with the backs of the sheets whose fronts are the paper's own file (gateway.intake.sides)."""

    source: BinaryIO
    name: str
    media_type: str


def accept(store: Store, vault: Vault, source: Path | BinaryIO, origin_of: Callable[[str], Origin], *,
           unit: str, name: str, by: str, media_type: str, at: dt.datetime, also: Change | None = None,
           beside: Beside | None = None) -> Received:
    """Takes a file in; when it returns, the bringer may forget it.

    `source` is a path or a stream that can be rewound; `origin_of` makes the Origin from the SHA-256; `also`, or what
    `beside` says, is recorded with the new Document, whole or not at all.  A Document that was there already has taken
    nothing from `beside`.

    Raises:
        VaultError, SQLAlchemyError: nothing was taken; trying again is harmless.
        OSError: the source cannot be read.
    """
    if beside is not None:
        back = vault.put(beside.source, role=Role.SOURCE, media_type=beside.media_type, name=beside.name)
        said = _BACK.format(name=back.name, sha256=back.sha256)
        also = Change(what=SIDES, why=said, files=(back,))
    file = vault.put(source, role=Role.ORIGINAL, media_type=media_type, name=name)
    received = store.receive(origin_of(file.sha256), file, unit=unit, name=name, by=by, at=at,
                             also=also)
    original = received.document.file(Role.ORIGINAL)
    if original is None:  # this origin was STOPPED before: the bytes that were put go again
        store.sweep_erasures()
        return received
    if not vault.has(original.sha256):
        # The same bytes were erased elsewhere (STOPPED) between put and row: they are put once more.
        if not isinstance(source, Path):
            source.seek(0)
        vault.put(source, role=Role.ORIGINAL, media_type=media_type, name=name)
    return received


def accept_while_room(store: Store, vault: Vault, source: Path | BinaryIO, origin_of: Callable[[str], Origin], *,
                      least_free: int, unit: str, name: str, by: str, media_type: str, at: dt.datetime,
                      also: Change | None = None, beside: Beside | None = None) -> Received:
    """As `accept`, while `least_free` bytes are left: a database on a full disk could not even say so.

    Raises:
        DiskFull: little room is left; nothing was taken.
    """
    if shutil.disk_usage(vault.folder).free < least_free:
        raise DiskFull
    return accept(store, vault, source, origin_of, unit=unit, name=name, by=by, media_type=media_type, at=at, also=also,
                  beside=beside)
