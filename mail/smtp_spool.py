"""The folder where letters lie while they arrive: nothing in it outlives the session, the giver still has the letter.

A file is locked while its session lives; what a killed door left behind carries no lock and is swept at the next start.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
import threading
from pathlib import Path

_PREFIX, _SUFFIX = "smtp-", ".eml"


class SpoolFile:
    """One arriving letter. Every method may wait for the disk: call them in a worker thread. All raise OSError."""

    def __init__(self, folder: Path) -> None:
        number, name = tempfile.mkstemp(_SUFFIX, _PREFIX, folder)  # mode 0600
        self.path = Path(name)
        self._file = os.fdopen(number, "wb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A session may be cut off while its last write still runs: nobody closes a file under a writer.
        self._lock = threading.Lock()

    def write(self, data: bytes, keep_free: int = 0) -> None:
        """Appends, unless the volume would be left with less than `keep_free` octets: others live on it too."""
        if keep_free and free_octets(self.path.parent) - len(data) < keep_free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with self._lock:
            view = memoryview(b"" if self._file.closed else data)
            while view:
                view = view[self._file.write(view) :]

    def remove(self) -> None:
        """The letter is taken, or nobody wants it."""
        with self._lock:
            self.path.unlink(missing_ok=True)
            self._file.close()


def free_octets(folder: Path) -> int:
    """Room left in the spool's volume."""
    return shutil.disk_usage(folder).free


def sweep(folder: Path) -> int:
    """Makes the folder when absent and removes what a killed door left; returns how many files."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = 0
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # another door's letter, on its way
            path.unlink(missing_ok=True)
            count += 1
    return count
