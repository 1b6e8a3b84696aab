"""The vault in a bucket.  The vault's folder holds copies that are near for a while; the bucket has the files."""
from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.document import FileRef
from gateway.errors import FileMissing
from gateway.store.bucket import Bucket
from gateway.store.vault import Vault, disk_errors, erase_file

_YOUNG_S = 120.0
"""Between bytes and row: a copy that no Document has is let be for so long."""


class BucketVault(Vault):
    """As `Vault`; when `put` returns, the bucket has given the file's hash back."""

    def __init__(self, folder: Path, bucket: Bucket, *, near_s: float) -> None:
        super().__init__(folder)
        self._bucket = bucket
        self._near_s = near_s

    def _place(self, temporary: Path, sha256: str, size: int) -> None:
        self._bucket.keep(sha256, temporary)
        super()._place(temporary, sha256, size)

    def path(self, file: FileRef | str) -> Path:
        """A copy of the bytes, fetched when there is none near; it lies there while it is used.

        Raises:
            FileMissing: the bucket does not have them, or has others.
            BucketDown: it does not answer.
        """
        try:
            found = super().path(file)
        except FileMissing:
            found = self._fetch(file.sha256 if isinstance(file, FileRef) else file)
        with contextlib.suppress(FileNotFoundError):
            os.utime(found)
        return found

    def _fetch(self, sha256: str) -> Path:
        with self._lent_copy(sha256) as temporary:
            super()._place(temporary, sha256, temporary.stat().st_size)
        return self._target(sha256)

    @contextmanager
    def _lent_copy(self, sha256: str) -> Iterator[Path]:
        self._target(sha256)  # a word that is no hash is no object either
        temporary = self.work_folder() / f"get-{secrets.token_hex(8)}"
        try:
            with disk_errors(), os.fdopen(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                self._bucket.fetch(sha256, out)
                out.flush()
                os.fsync(out.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def has(self, sha256: str) -> bool:
        """Does the bucket have it?"""
        return self._bucket.has(sha256)

    def digest(self, sha256: str) -> str:
        """SHA-256 of what the bucket gives now.

        Raises:
            FileMissing: it has no such object.
            BucketDown: it does not answer.
        """
        return self._bucket.digest(sha256)

    @contextmanager
    def borrowed(self, sha256: str) -> Iterator[Path]:
        """The bytes as a file for a moment; none stays near because of it.

        Raises:
            FileMissing: the bucket does not have them.
            BucketDown: it does not answer.
        """
        try:
            near = super().path(sha256)
        except FileMissing:
            with self._lent_copy(sha256) as copy:
                yield copy
        else:
            yield near

    def erase(self, sha256: str) -> None:
        """The copy here, then the object with all its versions.

        Raises:
            VaultError: one of them could not be removed.
        """
        super().erase(sha256)
        self._bucket.erase(sha256)

    def tidy(self, wants: Callable[[str], bool]) -> int:
        """Overwrites copies that were not used for a while, and those of Documents that were STOPPED elsewhere."""
        gone = 0
        for path in self.folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            with contextlib.suppress(FileNotFoundError):
                age = time.time() - path.stat().st_mtime
                if age > self._near_s or (age > _YOUNG_S and not wants(path.name)):
                    with disk_errors():
                        erase_file(path)
                    gone += 1
        return gone
