"""What a reading process is lent for one task: it sees the files of this task, and no other of the house.

The files lie in a folder that it may only read, as second names of the same bytes (hard links), or as copies where the
volume has none or is another one.  What it makes lies in its own folder until its parent takes it out.
"""
from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.errors import ReaderCrashed


@dataclass(frozen=True, slots=True)
class Lent:
    """The folders of one reading process."""

    own: Path
    """Its own: the only one it may write in."""
    given: Path
    """What it is to read."""

    @classmethod
    def made(cls, prefix: str, scratch: Path, shelf: Path) -> Lent:
        """New folders of that name in `scratch` and in `shelf`, which lies on the volume of the files."""
        return cls(Path(tempfile.mkdtemp(prefix=prefix, dir=scratch)), Path(tempfile.mkdtemp(prefix=prefix, dir=shelf)))

    @property
    def temporary(self) -> Path:
        """For its temporary files; emptied after every task."""
        return self.own / "tmp"

    def remove(self) -> None:
        """Removes both."""
        for folder in (self.own, self.given):
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def handed(self, task: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The task with the paths that the process may open; at the end without an error its result is put in place.

        `path`, the paths in `pages` and those of the list `files` are lent; of these the process is told by which name.

        Raises:
            OSError: a file is not there, or the result cannot be put where it belongs.
            ReaderCrashed: the process has made no file.
        """
        told, made = dict(task), self.own / "made"
        self.temporary.mkdir(mode=0o700, exist_ok=True)
        made.unlink(missing_ok=True)
        try:
            if "path" in task:
                told["path"] = self._lend(task["path"])
            if "pages" in task:
                lent = {path: self._lend(path) for path in dict.fromkeys(path for path, *_ in task["pages"])}
                told["pages"] = [[lent[path], *rest] for path, *rest in task["pages"]]
            if "files" in task:
                told["files"] = {path: self._lend(path, Path(path).suffix) for path in task["files"]}
            if "out" in task:
                told["out"] = str(made)
            yield told
            if "out" in task:
                _put(made, Path(task["out"]))
        finally:
            for file in self.given.iterdir():
                file.unlink(missing_ok=True)

    def _lend(self, path: str, ending: str = "") -> str:
        name = self.given / f"{len(os.listdir(self.given)) + 1}{ending}"
        source = os.path.realpath(path)
        try:
            os.link(source, name)
        except OSError:  # another volume, one without links, or a file of somebody else
            shutil.copyfile(source, name)
        return str(name)


def _put(made: Path, out: Path) -> None:
    """Moves what the process has made to where it belongs; looked at only where the process cannot change its kind."""
    beside = out.with_name(f".{out.name}.part")
    try:
        _move(made, beside)
        if not stat.S_ISREG(beside.lstat().st_mode):
            raise ReaderCrashed(detail="the worker made something else than a file")
        beside.replace(out)
    except FileNotFoundError as error:
        raise ReaderCrashed(detail="the worker made no file") from error
    finally:
        beside.unlink(missing_ok=True)


def _move(made: Path, beside: Path) -> None:
    try:
        made.replace(beside)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with open(os.open(made, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as source, beside.open("wb") as to:
            shutil.copyfileobj(source, to, 1 << 20)
            to.flush()
            os.fsync(to.fileno())
