"""Waiting for what another thread or process does: until it is true, never for a time that should be enough.

The limit only ends a test that would wait for ever.  It is long, since a machine that runs tests for others may stand
still for many seconds; a test that holds does not wait for it.
"""
from __future__ import annotations

import time
from collections.abc import Callable


def came_true(asked: Callable[[], bool], seconds: float = 60.0, every: float = 0.05) -> bool:
    """Whether it was true before the time was over; asked `every` so many seconds."""
    end = time.monotonic() + seconds
    while not asked():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def wait_for(asked: Callable[[], bool], seconds: float = 60.0, every: float = 0.05) -> None:
    """Goes on once it is true.

    Raises:
        AssertionError: it did not come true in time.
    """
    assert came_true(asked, seconds, every), "it did not happen"
