"""Opens a letter in a process of its own (mail.parse_child), so that a hostile one takes down nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mail.letter import Fate, Letter, Limits, Part

_SLACK_S = 10.0
"""The child's own limit counts seconds of the processor; the clock on the wall gets a little more."""


Fence = Callable[[Sequence[Path], Path], Sequence[str]]
"""Given the files that a child reads and the folder it writes in, the command that is put before the child's."""


def no_fence(read: Sequence[Path], folder: Path) -> Sequence[str]:
    """The child may go where its parent may."""
    return ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What opening one letter may cost."""

    time_limit_s: int = 120
    memory_limit_mb: int = 2048
    """Address space; a letter, its unwrapped Parts and `limits.unpacked_bytes` must find room."""
    limits: Limits = Limits()
    fence: Fence = no_fence
    """Takes network and other files away from the child."""
    roots: tuple[Path, ...] = ()
    """Files of certificates (PEM) whose word is taken for the owner of an S/MIME key."""
    keys: Path | None = None
    """PEM: the office's own keys and certificates, for mail that is encrypted for it."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A letter whose Parts have their bytes in files."""

    letter: Letter
    """`data` of every Part is empty."""
    files: Mapping[str, Path]
    """Place of a Part to its bytes, for those that have any."""


class NotParsed(Exception):
    """The letter could not be opened within its bounds."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
        """For the log: "time" or the child's exit status."""


_DEFAULT = Bounds()


def parse_apart(raw: Path, folder: Path, *, bounds: Bounds = _DEFAULT) -> Parsed:
    """`mail.letter.parse` in a child; the bytes of the Parts go into `folder`, an empty one on a large volume.

    Raises:
        NotParsed: too slow, out of memory, or crashed.
        OSError: no process can be started, or its result cannot be read.
    """
    setup: dict[str, Any] = {"parent": os.getpid(), "raw": str(raw.resolve()), "folder": str(folder.resolve()),
             "time_limit_s": bounds.time_limit_s, "memory_mb": bounds.memory_limit_mb,
             "limits": dataclasses.asdict(bounds.limits), "roots": [str(one.resolve()) for one in bounds.roots],
             "keys": str(bounds.keys.resolve()) if bounds.keys else ""}  # fmt: skip
    root = str(Path(__file__).resolve().parents[1])
    read = [Path(one) for one in (setup["raw"], setup["keys"], *setup["roots"]) if one]
    child = [*bounds.fence(read, folder.resolve()), sys.executable, "-m", "mail.parse_child", json.dumps(setup)]
    try:
        done = subprocess.run(
            child, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            start_new_session=True, timeout=bounds.time_limit_s + _SLACK_S,
            env=os.environ | {"PYTHONPATH": root, "TMPDIR": str(folder.resolve())},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise NotParsed("time") from error
    if done.returncode != 0:
        raise NotParsed(f"exit_{done.returncode}")
    return _parsed(json.loads(_plain(folder, "letter.json").read_bytes()), folder)


def _plain(folder: Path, name: str) -> Path:
    """A file in the folder; what a child says that somebody has taken over may be a link or lie elsewhere."""
    path = folder / name
    if path.parent != folder or not stat.S_ISREG(path.lstat().st_mode):
        raise NotParsed("odd_file")
    return path


def _parsed(told: dict[str, Any], folder: Path) -> Parsed:
    parts = tuple(Part(**(one | {"data": b"", "fate": Fate(one["fate"])})) for one in told["parts"])
    files = {one["place"]: _plain(folder, one["data"]) for one in told["parts"] if one["data"]}
    date = dt.datetime.fromisoformat(told["date"]) if told["date"] else None
    told |= {"parts": parts, "date": date, "to": tuple(told["to"]), "remarks": tuple(told["remarks"])}
    return Parsed(Letter(**told), files)
