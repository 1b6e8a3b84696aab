"""A chest: the folder in which backups lie.  All is kept under the SHA-256 of its bytes, once, never changed.

    objects/ab/<sha256>         as it is, or locked with age (https://age-encryption.org/v1) for the named recipients
    snapshots/<name>.json.gz    what one backup consists of; no word of a letter, so that it needs no lock

Locking needs public keys only: who steals the machine or the chest cannot read it.  The tool `age` opens every object
without us.
"""
from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from gateway.errors import BackupFailed
from gateway.keep.snapshot import Snapshot, Stored, snapshot_from_json, snapshot_to_json
from gateway.store.vault import erase_file

_CHUNK = 1 << 20


class Chest:
    """One folder of backups.  `recipients`: age public keys; none means that nothing is locked."""

    def __init__(self, folder: Path, recipients: Sequence[str] = ()) -> None:
        self.folder = folder
        self._recipients = tuple(recipients)

    @property
    def locked(self) -> bool:
        """Is what comes in now locked?"""
        return bool(self._recipients)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Makes the folder and lets one process at a time write.

        Raises:
            BackupFailed: another one writes, or the folder cannot be written.
        """
        try:
            for name in ("objects", "snapshots"):
                (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("w")
        except OSError as error:
            raise BackupFailed(f"Không ghi được vào {self.folder} ({error.strerror}). "
                               "Hãy kiểm tra ổ đĩa sao lưu và quyền ghi.") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BackupFailed("Một lần sao lưu khác đang chạy. Hãy chờ nó xong rồi chạy lại.") from error
            for left in self.folder.glob("objects/*/.*"):  # of a run that was cut off
                left.unlink()
            yield

    def put(self, source: Path, sha256: str = "") -> tuple[str, Stored]:
        """Keeps the bytes of a file; its SHA-256 and what lies in the chest for it.

        With `sha256` the file must be those bytes.

        Raises:
            BackupFailed: it is not those bytes.
            OSError: source or chest.
        """
        half = self.folder / "objects" / f".{secrets.token_hex(8)}"
        try:
            with source.open("rb") as file, half.open("xb") as out:
                reader = _Counting(file)
                self._copy(reader, out)
                out.flush()
                os.fsync(out.fileno())
            found = reader.digest.hexdigest()
            if sha256 and found != sha256:
                raise BackupFailed(f"Tệp {sha256[:12]} trong kho bị hỏng. Hãy chạy vanthu verify --files.")
            stored, target = Stored(half.stat().st_size, _sha256(half)), self._target(found)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            half.chmod(0o600)
            half.rename(target)
            _sync(target.parent)
        finally:
            half.unlink(missing_ok=True)
        return found, stored

    def has(self, sha256: str) -> bool:
        """Is there an object of that name?"""
        return self._target(sha256).is_file()

    def sound(self, sha256: str, stored: Stored) -> bool:
        """Is the object there, and still what was put there?"""
        target = self._target(sha256)
        return target.is_file() and target.stat().st_size == stored.size and _sha256(target) == stored.sha256

    def take(self, sha256: str, stored: Stored, out: Path, *, identities: Sequence[str] = ()) -> None:
        """Writes the bytes to a new file of mode 0600, durable.  `identities`: age private keys, where it is locked.

        Raises:
            BackupFailed: the object is missing or damaged, or none of the keys opens it.
            OSError: it cannot be read or written.
        """
        import pyrage

        target = self._target(sha256)
        if not target.is_file():
            raise BackupFailed(f"Bản sao lưu thiếu tệp {sha256[:12]}. Hãy dùng bản sao lưu khác.")
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as sink:
            with target.open("rb") as file:
                try:
                    if stored.sha256 == sha256:
                        shutil.copyfileobj(file, sink, _CHUNK)
                    else:
                        pyrage.decrypt_io(file, sink, [pyrage.x25519.Identity.from_str(one) for one in identities])
                except (pyrage.DecryptError, pyrage.IdentityError) as error:
                    out.unlink()
                    raise BackupFailed("Không mở được bản sao lưu bằng khóa đã cho, hoặc tệp đã hỏng. "
                                       "Hãy kiểm tra tệp --identity rồi chạy lại.") from error
            sink.flush()
            os.fsync(sink.fileno())
        if _sha256(out) != sha256:
            out.unlink()
            raise BackupFailed(f"Tệp {sha256[:12]} trong bản sao lưu bị hỏng. Hãy dùng bản sao lưu khác.")

    def write(self, snapshot: Snapshot) -> None:
        """A backup exists from here on."""
        target = self._snapshot(snapshot.name)
        half = target.with_name(f".{target.name}")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(gzip.compress(snapshot_to_json(snapshot), mtime=0))
            out.flush()
            os.fsync(out.fileno())
        half.rename(target)
        _sync(target.parent)

    def names(self) -> Sequence[str]:
        """The backups, oldest first."""
        found = (self.folder / "snapshots").glob("[0-9]*.json.gz")
        return sorted(path.name.removesuffix(".json.gz") for path in found)

    def snapshot(self, name: str) -> Snapshot:
        """One backup's list.

        Raises:
            BackupFailed: there is none of that name, or it cannot be read.
        """
        try:
            return snapshot_from_json(gzip.decompress(self._snapshot(name).read_bytes()))
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise BackupFailed(f"Không đọc được bản sao lưu {name} trong {self.folder}. "
                               "Hãy xem vanthu backup --list.") from error

    def drop(self, names: Sequence[str]) -> int:
        """Removes backups, and erases all objects that no other backup has; how many objects."""
        for name in names:
            self._snapshot(name).unlink(missing_ok=True)
        wanted = {sha256 for name in self.names() for sha256 in self.snapshot(name).objects}
        gone = [path for path in self.folder.glob("objects/*/*") if path.name not in wanted]
        for path in gone:
            erase_file(path)
        return len(gone)

    def _copy(self, reader: _Counting, out: BinaryIO) -> None:
        if not self._recipients:
            while chunk := reader.read(_CHUNK):
                out.write(chunk)
            return
        import pyrage

        keys = [pyrage.x25519.Recipient.from_str(one) for one in self._recipients]
        pyrage.encrypt_io(cast(BinaryIO, reader), out, keys)

    def _target(self, sha256: str) -> Path:
        return self.folder / "objects" / sha256[:2] / sha256

    def _snapshot(self, name: str) -> Path:
        return self.folder / "snapshots" / f"{Path(name).name}.json.gz"


class _Counting:
    """Reads a file and hashes what is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk


def identities_in(file: Path) -> Sequence[str]:
    """The age private keys in a key file as `age-keygen` writes it.

    Raises:
        BackupFailed: there is none.
    """
    lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
    found = [line for line in lines if line.startswith("AGE-SECRET-KEY-")]
    if not found:
        raise BackupFailed(f"{file} không có khóa age nào. Hãy kiểm tra tệp khóa.")
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
