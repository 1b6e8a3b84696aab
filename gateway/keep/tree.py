"""What lies in the data folder besides vault and database: secrets, learned weights, files not yet taken."""
from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gateway.errors import BackupFailed

_LEFT_OUT = frozenset({"running.lock"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One file."""

    path: str
    """Below the data folder, with slashes."""
    mode: int
    sha256: str


def files_in(data: Path, *, apart_from: Sequence[Path]) -> Iterator[Path]:
    """All plain files, links and special files left out, and what lies in `apart_from`."""
    barred = {path.resolve() for path in apart_from}
    for folder, names, files in os.walk(data):
        here = Path(folder)
        names[:] = sorted(name for name in names if (here / name).resolve() not in barred
                          and not (here / name).is_symlink())
        for name in sorted(files):
            path = here / name
            if name in _LEFT_OUT or path.resolve() in barred or not stat.S_ISREG(_mode(path)):
                continue
            yield path


def leaf(path: Path, data: Path, sha256: str) -> Leaf:
    """The file as the list names it.

    Raises:
        FileNotFoundError: it has gone meanwhile.
    """
    return Leaf(path.relative_to(data).as_posix(), stat.S_IMODE(path.lstat().st_mode), sha256)


def tree_to_json(leaves: Sequence[Leaf]) -> bytes:
    """One JSON list.  Names that are no UTF-8 keep their bytes."""
    return json.dumps([[one.path, one.mode, one.sha256] for one in leaves]).encode()


def tree_from_json(data: bytes) -> Sequence[Leaf]:
    """The other way round.

    Raises:
        BackupFailed: a path leads out of the data folder.
    """
    leaves = [Leaf(path, mode, sha256) for path, mode, sha256 in json.loads(data)]
    for one in leaves:
        pure = PurePosixPath(one.path)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts:
            raise BackupFailed("Bản sao lưu có đường dẫn không hợp lệ. Hãy dùng bản sao lưu khác.")
    return leaves


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return 0
