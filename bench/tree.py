"""What a whole tree of processes takes: processor seconds and memory, as the kernel counts them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
_EVERY_S = 0.1


def _stats() -> dict[int, list[str]]:
    """Every process there is: its /proc stat behind the name, so that [1] is its parent."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text("utf-8", "replace").rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[int(name.split()[0])] = rest.split()
    return found


class Tree:
    """A process and everything below it.  The bench's own process counts as a root only: its own work is nobody's."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._measured = root != os.getpid()

    def cpu(self) -> float:
        """User and system seconds up to now, of processes that have ended as well."""
        stats = self._members()
        root = stats.pop(self._root)
        return sum(_seconds(one[11:15]) for one in stats.values()) + _seconds(root[11 if self._measured else 13:15])

    def own(self) -> float:
        """User and system seconds of the root alone."""
        return _seconds(_stats()[self._root][11:13])

    def resident_mb(self) -> float:
        """Memory of all of them; what two share counts twice (RSS)."""
        return sum(int(one[21]) for pid, one in self._members().items()
                   if self._measured or pid != self._root) * _PAGE_MB

    def shared_once_mb(self) -> float:
        """The same with what several share counted once (PSS)."""
        total = 0
        for pid in self._members():
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1024

    def _members(self) -> dict[int, list[str]]:
        stats, tree = _stats(), {self._root}
        while more := {pid for pid, one in stats.items() if int(one[1]) in tree} - tree:
            tree |= more
        return {pid: stats[pid] for pid in tree}


class Peak:
    """The most memory that a tree had, looked at ten times a second until `stop`."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Ends the looking; MB (RSS)."""
        self._over.set()
        self._thread.join()
        return self.mb

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_S):
            self.mb = max(self.mb, self._tree.resident_mb())


def _seconds(ticks: list[str]) -> float:
    return sum(map(int, ticks)) / _TICKS
