"""The vault: immutable files by SHA-256.  When `put` returns, the bytes survive a power cut."""
from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gateway.document import FileRef, Role
from gateway.errors import DiskFull, FileMissing, VaultError

log = logging.getLogger(__name__)
_CHUNK = 1 << 20
_WORK, _LENT = "work", "lent"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Makes the disk's errors those of the vault."""
    try:
        yield
    except OSError as error:
        raise (DiskFull if error.errno in _FULL else VaultError)() from error


class Vault:
    """A folder `ab/cd/<sha256>`; folders 0700, files 0600.  Nothing is ever overwritten; only `erase` takes away."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder when it is not there.

        Raises:
            VaultError: it cannot be made.
        """
        self.folder = folder
        with disk_errors():
            self._make(folder / _WORK)

    def put(self, source: Path | BinaryIO, *, role: Role, media_type: str, name: str) -> FileRef:
        """Streams the bytes in and makes them durable; the same bytes again are kept once.

        Raises:
            DiskFull, VaultError: nothing is left behind.
            OSError: the source cannot be read.
        """
        if isinstance(source, Path):
            with source.open("rb") as file:
                return self.put(file, role=role, media_type=media_type, name=name)
        temporary = self.work_folder() / f"put-{secrets.token_hex(8)}"
        try:
            sha256, size = self._write(source, temporary)
            with disk_errors():
                self._place(temporary, sha256, size)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
        return FileRef(role, sha256, size, media_type, name)

    def _write(self, source: BinaryIO, temporary: Path) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        with disk_errors():
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                with disk_errors():
                    _write_all(descriptor, chunk)
            with disk_errors():
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return digest.hexdigest(), size

    def _place(self, temporary: Path, sha256: str, size: int) -> None:
        target = self._target(sha256)
        self._make(target.parent)
        if not (target.exists() and target.stat().st_size == size):
            if target.exists():
                # Its size gives it away: not the bytes of its name.  The good ones take its place.
                log.error("- vault_file_damaged sha256=%s", sha256)
            os.replace(temporary, target)
        _sync_folder(target.parent)

    def path(self, file: FileRef | str) -> Path:
        """Where the bytes lie; read only.

        Raises:
            FileMissing: they are not here.
        """
        target = self._target(file.sha256 if isinstance(file, FileRef) else file)
        if not target.is_file():
            raise FileMissing
        return target

    def open(self, file: FileRef | str) -> BinaryIO:
        """The bytes, for reading.

        Raises:
            FileMissing: they are not here.
        """
        return self.path(file).open("rb")

    def has(self, sha256: str) -> bool:
        """Are the bytes here?"""
        return self._target(sha256).is_file()

    def digest(self, sha256: str) -> str:
        """SHA-256 of the bytes as they are now, all read again.

        Raises:
            FileMissing: they are not here.
        """
        try:
            with self.path(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as error:  # erased between look and opening
            raise FileMissing from error

    @contextmanager
    def borrowed(self, sha256: str) -> Iterator[Path]:
        """The bytes as a file for a moment; read only.

        Raises:
            FileMissing: they are not here.
        """
        yield self.path(sha256)

    def erase(self, sha256: str) -> None:
        """Overwrites and removes bytes for good: the one legal case, STOPPED.  Unknown bytes are no error.

        Raises:
            VaultError: they could not be removed.
        """
        target = self._target(sha256)
        with disk_errors():
            erase_file(target)

    def work_folder(self) -> Path:
        """A folder on the same volume for what is being made."""
        return self.folder / _WORK

    def lent_folder(self) -> Path:
        """A folder on the same volume in which reading processes are given files of the vault, as second names."""
        folder = self.folder / _LENT
        with disk_errors():
            self._make(folder)
        return folder

    def clear_work(self, older_than_s: float = 0.0) -> int:
        """Erases what a crash has left in the work and lent folders; how many files.  For the start, or with an age."""
        left, count = [*self.work_folder().rglob("*"), *(self.folder / _LENT).rglob("*")], 0
        with disk_errors():
            for path in sorted(left, reverse=True):  # what lies deepest first
                with contextlib.suppress(FileNotFoundError):  # gone meanwhile
                    count += _age(path) >= older_than_s and _clear(path)
        return count

    def _target(self, sha256: str) -> Path:
        if not re.fullmatch("[0-9a-f]{64}", sha256):
            raise FileMissing
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def _make(self, folder: Path) -> None:
        """Makes a folder and all above it, each durable in the one above."""
        if folder.is_dir():
            return
        if folder.parent != folder:
            self._make(folder.parent)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        _sync_folder(folder.parent)


def _age(path: Path) -> float:
    """Seconds since the file got its bytes and its name here."""
    known = path.lstat()
    return time.time() - max(known.st_mtime, known.st_ctime)


def _clear(path: Path) -> bool:
    """Is a file gone now?"""
    if path.is_dir() and not path.is_symlink():
        with contextlib.suppress(OSError):  # not empty: something young lies in it
            path.rmdir()
        return False
    if path.lstat().st_nlink > 1:  # a second name of bytes that the vault has: they are not to be touched
        path.unlink()
    else:
        erase_file(path)
    return True


def erase_file(path: Path) -> None:
    """Overwrites a file with zeros and removes it; a missing file is no error.

    On copy-on-write and flash storage old blocks may outlive this: there only an encrypted volume helps.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno != errno.ELOOP:  # a link is only taken away; what it points at is not ours
            raise
    else:
        try:
            _overwrite(descriptor)
        finally:
            os.close(descriptor)
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _overwrite(descriptor: int) -> None:
    left = os.fstat(descriptor).st_size
    while left > 0:
        left -= os.write(descriptor, bytes(min(left, _CHUNK)))
    os.fsync(descriptor)


def _write_all(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view):]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
