"""What lies in the drop folder, looked at without following or opening anything."""
from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

CLAIMED, DONE, FAILED = ".claimed", "done", "failed"
_OURS = frozenset({CLAIMED, DONE, FAILED})
_LITTER = frozenset({"thumbs.db", "desktop.ini"})
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".download")
_STEERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\\")
"""Marks that turn the direction of writing, so that a name reads as another; and the other world's path separator."""


class Sort(StrEnum):
    """What an entry is, seen from outside."""

    FILE = "file"
    UNFINISHED = "unfinished"
    """Bears a name that programs give to what they are still writing."""
    SYMLINK = "symlink"
    HARD_LINK = "hard_link"
    SPECIAL = "special"
    """FIFO, socket or device."""
    BAD_NAME = "bad_name"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the folder."""

    path: Path
    place: tuple[str, ...]
    """Sub-folders between the drop folder and the file."""
    sort: Sort
    size: int
    mtime_ns: int

    @property
    def mark(self) -> tuple[int, int]:
        """Stays the same as long as nobody writes.  No inode: some network file systems make them up anew."""
        return self.size, self.mtime_ns


def look(folder: Path, place: tuple[str, ...] = ()) -> Iterator[Entry]:
    """All entries below the folder, ours and hidden ones left out; what vanishes meanwhile is skipped.

    Raises:
        OSError: the folder itself cannot be listed.
    """
    with os.scandir(folder) as listing:
        found = sorted(listing, key=lambda one: one.name)
    for one in found:
        if one.name.startswith((".", "~$")) or one.name.lower() in _LITTER or (not place and one.name in _OURS):
            continue
        try:
            if one.is_dir(follow_symlinks=False):
                yield from look(Path(one.path), (*place, one.name))
                continue
            yield entry_of(Path(one.path), place)
        except FileNotFoundError:
            continue


def entry_of(path: Path, place: tuple[str, ...]) -> Entry:
    """One entry as it is now.

    Raises:
        OSError: it is not there.
    """
    seen = path.lstat()
    return Entry(path, place, _sort(path.name, place, seen), seen.st_size, seen.st_mtime_ns)


def _sort(name: str, place: tuple[str, ...], seen: os.stat_result) -> Sort:
    if stat.S_ISLNK(seen.st_mode):
        return Sort.SYMLINK
    if not stat.S_ISREG(seen.st_mode):
        return Sort.SPECIAL
    if not all(good_name(part) for part in (*place, name)):
        return Sort.BAD_NAME
    if seen.st_nlink > 1:
        return Sort.HARD_LINK
    return Sort.UNFINISHED if name.lower().endswith(_UNFINISHED) else Sort.FILE


def good_name(name: str) -> bool:
    """No control or steering characters, and readable as UTF-8."""
    return not any(unicodedata.category(c) in ("Cc", "Cs") or c in _STEERING for c in name)


def plain_name(name: str) -> str:
    """The name with an underscore for every character that is not good."""
    return "".join(c if good_name(c) else "_" for c in name)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a plain file; never waits at a FIFO and never follows a link, even one put there just now.

    Raises:
        OSError: it is no plain file, or cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("no plain file")
        yield file
