"""How a process hears that it shall stop, whenever and in whichever thread the signal comes.

A wait for a lock may miss a signal that comes in the moment before it begins, and hears none that another thread gets.
What the interpreter's own handler writes into a pipe stays there until somebody reads it.
"""
from __future__ import annotations

import os
import signal


class StopAsked:
    """Listens to SIGTERM and SIGINT from now on.  To be made in the main thread."""

    def __init__(self) -> None:
        self._heard, tell = os.pipe()
        os.set_blocking(tell, False)
        signal.set_wakeup_fd(tell)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)

    def wait(self) -> None:
        """Until one of them has come; at once when it has come already."""
        os.read(self._heard, 1)
