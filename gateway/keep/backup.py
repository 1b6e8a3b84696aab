"""backup: database, vault and data folder as they belong together, into a chest; only what is new is copied.

Order: the database first, then every file it names (files never change), then the rest.  A letter that is STOPPED
meanwhile makes us begin anew, and an older backup that still knows a letter which was STOPPED since is taken away: what
must leave nothing behind leaves nothing in the chest either.
"""
from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.document import Stage
from gateway.errors import BackupFailed, FileMissing
from gateway.keep.chest import Chest
from gateway.keep.copies import copy_out, dialect, sqlite_file
from gateway.keep.snapshot import Snapshot, Stored
from gateway.keep.tree import Leaf, files_in, leaf, tree_to_json
from gateway.store.store import Store
from gateway.store.vault import Vault

log = logging.getLogger(__name__)
_ROUNDS = 3
SECRETS = "secrets"
"""Folder below the data folder that only goes into a locked chest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is backed up."""

    data: Path
    url: str
    store: Store
    vault: Vault
    version: str
    apart_from: Sequence[Path] = ()
    """What need not be kept: spool, done/ (its bytes are in the vault)."""


@dataclass(slots=True)
class Made:
    """One backup, and what it cost."""

    snapshot: Snapshot
    new: int = 0
    """Objects that were not in the chest before."""
    new_bytes: int = 0
    mended: int = 0
    """Objects of earlier backups that were found damaged and put anew."""
    damaged: tuple[str, ...] = ()
    """Files that the vault has lost; the chest's own copy, if there is one, stays."""
    dropped: tuple[str, ...] = ()
    """Older backups that went: over their number, or with a letter that was STOPPED since."""
    cut: bool = False
    """The journal has lost lines that the backup before had."""


@dataclass(slots=True)
class _Work:
    """What has been put into the chest in this run."""

    objects: dict[str, Stored] = field(default_factory=dict)
    new: int = 0
    new_bytes: int = 0
    mended: int = 0


def backup(source: Source, chest: Chest, *, now: dt.datetime, keep: int = 30, check: bool = False,
           progress: Callable[[int], None] = lambda done: None) -> Made:
    """Makes one backup; `check` reads again what earlier ones have put there.  `progress(files so far)`.

    Raises:
        BackupFailed: there is no new backup; the ones before are as they were.
        SQLAlchemyError, OSError: the same.
    """
    if chest.folder.resolve().is_relative_to(source.data.resolve()):
        raise BackupFailed(f"{chest.folder} nằm trong thư mục dữ liệu nên mất cùng với nó. Hãy chọn ổ đĩa khác.")
    with chest.held():
        before = _latest(chest)
        for _ in range(_ROUNDS):
            stopped = source.store.counts()[Stage.STOPPED.value]
            made = _one(source, chest, before, now, check=check, progress=progress)
            if source.store.counts()[Stage.STOPPED.value] == stopped:
                chest.write(made.snapshot)
                made.dropped = _outdated(source, chest, keep)
                chest.drop(made.dropped)
                log.info("- backup name=%s objects=%d new=%d damaged=%d dropped=%d", made.snapshot.name,
                         len(made.snapshot.objects), made.new, len(made.damaged), len(made.dropped))
                return made
        raise BackupFailed("Có văn bản bị dừng trong lúc sao lưu. Hãy chạy lại sau vài phút.")


def _latest(chest: Chest) -> Snapshot | None:
    names = chest.names()
    return chest.snapshot(names[-1]) if names else None


def _one(source: Source, chest: Chest, before: Snapshot | None, now: dt.datetime, *, check: bool,
         progress: Callable[[int], None]) -> Made:
    known = dict(before.objects) if before else {}
    work, damaged, files = _Work(), [], set()
    with TemporaryDirectory(dir=source.vault.work_folder(), prefix="backup-") as place:
        database = Path(place) / "database"
        line = _journal_head(source.store)
        copy_out(source.url, database)
        for sha256, _ in source.store.contents.all():
            try:
                _keep(chest, work, known, source.vault, sha256, check=check)
            except (FileMissing, BackupFailed):
                if source.store.contents.wants(sha256):  # else its letter was STOPPED just now
                    log.error("- backup_file_damaged sha256=%s", sha256)
                    damaged.append(sha256)
                if sha256 not in known or not chest.has(sha256):
                    continue
                work.objects[sha256] = known[sha256]
            files.add(sha256)
            progress(len(files))
        tree = Path(place) / "tree.json"
        tree.write_bytes(tree_to_json(list(_rest(source, chest, work, known))))
        names = [_put(chest, work, path) for path in (database, tree)]
    documents = sum(source.store.counts()[stage.value] for stage in Stage)
    made = Snapshot(
        name=_name(chest, now), made_at=now, version=source.version, database=names[0], dialect=dialect(source.url),
        tree=names[1], files=frozenset(files), objects=work.objects, documents=documents, journal=line, checked=check,
        locked=chest.locked)
    cut = before is not None and bool(source.store.journal.verify(known=before.journal)) if check else False
    return Made(made, work.new, work.new_bytes, work.mended, tuple(damaged), cut=cut)


def _keep(chest: Chest, work: _Work, known: Mapping[str, Stored], vault: Vault, sha256: str, *, check: bool) -> None:
    """Puts a file of the vault into the chest, unless an earlier backup did."""
    if not vault.has(sha256):
        raise FileMissing
    stored = known.get(sha256)
    if stored is not None and (chest.sound(sha256, stored) if check else chest.has(sha256)):
        work.objects[sha256] = stored
        return
    with vault.borrowed(sha256) as path:
        _put(chest, work, path, sha256)
    if stored is not None:
        work.mended += 1


def _put(chest: Chest, work: _Work, path: Path, sha256: str = "") -> str:
    found, stored = chest.put(path, sha256)
    work.objects[found] = stored
    work.new += 1
    work.new_bytes += stored.size
    return found


def _rest(source: Source, chest: Chest, work: _Work, known: Mapping[str, Stored]) -> Iterator[Leaf]:
    database = sqlite_file(source.url)
    apart = [*source.apart_from, source.vault.folder]
    if database is not None:
        apart += [database, *(database.with_name(f"{database.name}-{end}") for end in ("wal", "shm"))]
    if not chest.locked:
        apart.append(source.data / SECRETS)
    for path in files_in(source.data, apart_from=apart):
        with suppress(FileNotFoundError):  # a door has moved it: its bytes are in the vault, or come next time
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            if sha256 in known and chest.sound(sha256, known[sha256]):
                work.objects[sha256] = known[sha256]
            else:
                sha256 = _put(chest, work, path)
            yield leaf(path, source.data, sha256)


def _journal_head(store: Store) -> tuple[int, str]:
    last = store.journal.recent(1)
    return (last[0].seq, last[0].hash) if last else (0, "")


def _name(chest: Chest, now: dt.datetime) -> str:
    """Later than every name that is there, even when the clock has been set back."""
    name, names = f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}", chest.names()
    return name if not names or name > names[-1] else f"{names[-1]}+"


def _outdated(source: Source, chest: Chest, keep: int) -> tuple[str, ...]:
    """Backups over their number, and those with a file that belongs to no Document any more: only STOPPED does that."""
    names = list(chest.names())
    wanted = {sha256 for sha256, _ in source.store.contents.all()}
    spoiled = [name for name in names[:-1] if not chest.snapshot(name).files <= wanted]
    return tuple(sorted({*names[:-keep], *spoiled}))
