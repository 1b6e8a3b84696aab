"""Retention: copies in done/ go when they are old and the vault is shown to have the same bytes."""
from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gateway.document import VN
from gateway.keep.fixity import look_at
from gateway.store.contents import Contents
from gateway.store.vault import Vault, erase_file

log = logging.getLogger(__name__)


def tidy_done(done: Path, days: float, contents: Contents, vault: Vault, *, now: dt.datetime) -> int:
    """Erases files in done/<date>/ that are older than so many days; how many went.  `days` 0 keeps all for ever.

    The folder's name says the day.  A file whose bytes the vault does not have, whole and for a Document, stays.

    Raises:
        OSError, SQLAlchemyError: folder or database.
    """
    if days <= 0:
        return 0
    oldest = (now.astimezone(VN) - dt.timedelta(days=days)).date()
    gone = 0
    for day in _days_before(done, oldest):
        for path in sorted(day.rglob("*"), reverse=True):
            if path.is_symlink() or not path.is_file():
                with suppress(OSError):  # not empty, or no folder at all
                    path.rmdir()
                continue
            if _kept(path, contents, vault):
                erase_file(path)
                gone += 1
        with suppress(OSError):
            day.rmdir()
    if gone:
        log.info("- done_tidied files=%d", gone)
    return gone


def _days_before(done: Path, oldest: dt.date) -> Iterator[Path]:
    for day in sorted(done.iterdir()) if done.is_dir() else ():
        with suppress(ValueError):
            if dt.date.fromisoformat(day.name) < oldest:
                yield day


def _kept(path: Path, contents: Contents, vault: Vault) -> bool:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return contents.wants(sha256) and not look_at(vault, sha256)
