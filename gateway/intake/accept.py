"""accept: bytes durable, row committed, only then "taken".  Idempotent on the Origin; the same for every door."""
from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from gateway.document import Change, Origin, Role
from gateway.errors import DiskFull
from gateway.store.store import Received, Store
from gateway.store.vault import Vault


def accept(store: Store, vault: Vault, source: Path | BinaryIO, origin_of: Callable[[str], Origin], *,
           unit: str, name: str, by: str, media_type: str, at: dt.datetime, also: Change | None = None) -> Received:
    """Takes a file in; when it returns, the bringer may forget it.

    `source` is a path or a stream that can be rewound; `origin_of` makes the Origin from the SHA-256; `also` is
    recorded with the new Document, whole or not at all.

    Raises:
        VaultError, SQLAlchemyError: nothing was taken; trying again is harmless.
        OSError: the source cannot be read.
    """
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
                      also: Change | None = None) -> Received:
    """As `accept`, while `least_free` bytes are left: a database on a full disk could not even say so.

    Raises:
        DiskFull: little room is left; nothing was taken.
    """
    if shutil.disk_usage(vault.folder).free < least_free:
        raise DiskFull
    return accept(store, vault, source, origin_of, unit=unit, name=name, by=by, media_type=media_type, at=at, also=also)
