"""How many times in an hour: a count per key over a window that slides."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_MOST_KEYS = 10_000


class Rates:
    """At most `limit` per key and window; 0 lets everything through. For one thread."""

    def __init__(self, limit: int, *, window: float = 3600, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._window, self._clock = limit, window, clock
        self._times: dict[str, deque[float]] = {}

    def full(self, key: str) -> bool:
        """Would one more be too many?"""
        return bool(self._limit) and len(self._recent(key)) >= self._limit

    def add(self, key: str) -> None:
        """Counts one."""
        if not self._limit:
            return
        if len(self._times) >= _MOST_KEYS:
            self._sweep()
        self._times.setdefault(key, deque()).append(self._clock())

    def give_back(self, key: str) -> None:
        """Takes the newest one back: it came to nothing."""
        times = self._times.get(key)
        if times:
            times.pop()

    def _recent(self, key: str) -> deque[float]:
        times = self._times.get(key, deque())
        oldest = self._clock() - self._window
        while times and times[0] <= oldest:
            times.popleft()
        return times

    def _sweep(self) -> None:
        for key in list(self._times):
            if not self._recent(key):
                del self._times[key]
        # A flood of names: the oldest are forgotten, many at a time, so that memory and sweeping stay bounded.
        while len(self._times) >= _MOST_KEYS * 3 // 4:
            del self._times[next(iter(self._times))]
