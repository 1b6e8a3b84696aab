"""One gateway per data folder: the kernel keeps the lock, so that a killed process leaves none behind."""
from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import BadSettings


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Holds the folder's lock.

    Raises:
        BadSettings: another gateway runs on this folder.
    """
    with (folder / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadSettings(f"Một cổng văn thư khác đang chạy trên {folder}. Hãy dừng nó hoặc đổi data.") from error
        yield
