"""What a process that dies of a fault leaves behind: where it was, and at which Document.

A fault is what C code dies of (SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE).  kill -9 and a power cut leave nothing: then
no Document is to blame.  Nothing is forced to the disk: what a dead process has written is there, and a dead machine
is no fault of a Document.
"""
from __future__ import annotations

import faulthandler
import fcntl
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_SLOT = 128
"""Bytes for the leg of one thread."""
_LONGEST = 2000
_FATAL = "Fatal Python error"
_THREAD = re.compile(r"Current thread 0x([0-9a-f]+)")


@dataclass(frozen=True, slots=True)
class Fallen:
    """A process that has died of a fault."""

    where: str
    """Places in programs; nothing of a letter."""
    document: str = ""
    """What its failing thread was at; "" for no leg."""
    what: str = ""
    """Which attempt: "propose:2"."""


class LastWords:
    """Of this process, from `listen` on."""

    def __init__(self, folder: Path) -> None:
        """`folder`: one for all processes of this house; made when missing."""
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._name = f"{socket.gethostname()}-{os.getpid()}"
        self._legs = -1
        self._slots: dict[int, int] = {}
        self._lock = threading.Lock()

    def heard(self) -> list[Fallen]:
        """Of those that have died since this was asked last.  To be asked before `listen`."""
        found = []
        for file in sorted(self._folder.glob("*.fault")):
            with file.open(encoding="utf-8", errors="replace") as left:
                try:
                    fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    continue  # it lives, or nobody can say
                said, legs = left.read(), file.with_suffix(".legs")
                if _FATAL in said:
                    found.append(_fallen(said, legs.read_text("utf-8", "replace") if legs.exists() else ""))
                legs.unlink(missing_ok=True)
                file.unlink()
        return found

    def listen(self) -> None:
        """From now on a fault is written down."""
        # Both stay open as long as the process lives, and the lock says that it does: process numbers come again.
        self._legs = os.open(self._folder / f"{self._name}.legs", os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        faults = os.open(self._folder / f"{self._name}.fault", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with suppress(OSError):  # a volume without locks
            fcntl.flock(faults, fcntl.LOCK_EX)
        faulthandler.enable(faults, all_threads=True)

    @contextmanager
    def at(self, document: str, what: str) -> Iterator[None]:
        """Says what this thread is at."""
        self._say(f"{threading.get_ident():x} {document} {what}")
        try:
            yield
        finally:
            self._say("")

    def _say(self, words: str) -> None:
        if self._legs < 0:
            return
        me = threading.get_ident()
        with self._lock:
            slot = self._slots.setdefault(me, len(self._slots))
        os.pwrite(self._legs, f"{words:<{_SLOT - 1}.{_SLOT - 1}}\n".encode("ascii", "replace"), slot * _SLOT)


def _fallen(said: str, legs: str) -> Fallen:
    thread = _THREAD.search(said)
    where = said[thread.start():].partition("\n\n")[0] if thread else said[:_LONGEST]
    for line in legs.splitlines():
        match line.split():
            case [ident, document, what] if thread and int(ident, 16) == int(thread[1], 16):
                return Fallen(where, document, what)
    return Fallen(where)
