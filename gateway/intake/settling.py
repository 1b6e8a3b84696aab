"""Is somebody still writing?  A file has settled when size and time of change have stood still long enough."""
from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.intake.entries import Entry


@dataclass(slots=True)
class _Seen:
    mark: tuple[int, int]
    since: float
    last: float


class Settling:
    """Remembers when each path last changed, by a clock that never jumps.  The file's own time is not believed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[Path, _Seen] = {}

    def still_for(self, entry: Entry) -> float:
        """Seconds for which the entry has been seen unchanged; 0 at the first look."""
        now = self._clock()
        seen = self._seen.get(entry.path)
        if seen is None or seen.mark != entry.mark:
            seen = self._seen[entry.path] = _Seen(entry.mark, now, now)
        seen.last = now
        return now - seen.since

    def moved(self, old: Entry, new: Entry) -> None:
        """The same file under a new path keeps its time, unless it has changed on the way."""
        seen = self._seen.pop(old.path, None)
        if seen is not None and seen.mark == new.mark:
            self._seen[new.path] = seen

    def forget(self, unseen_s: float) -> None:
        """Drops paths that have not been seen for so long.  A folder that lists empty for a moment loses nothing."""
        now = self._clock()
        self._seen = {path: seen for path, seen in self._seen.items() if now - seen.last <= unseen_s}
