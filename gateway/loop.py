"""A thread that does one thing again and again: the doors, the directory, the sweep."""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import GatewayError

log = logging.getLogger(__name__)
_SOON_S, _SLOW_S = 30.0, 60.0


@dataclass(frozen=True, slots=True)
class Round:
    """What a loop does."""

    name: str
    every_s: float
    """Pause between two rounds.  After trouble: half a minute at most, then doubled up to a minute or this pause."""
    work: Callable[[], object]


class Loop:
    """Runs a Round until it is stopped.  Trouble ends a round, never the loop."""

    def __init__(self, round_: Round, *, told: Callable[[str, str], None] = lambda name, note: None) -> None:
        """`told(name, note)` hears after every round how it went: "" for well, else a sentence."""
        self._round = round_
        self._told = told
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=round_.name, daemon=True)

    def start(self) -> None:
        """The first round begins at once."""
        self._thread.start()

    def stop(self) -> None:
        """Lets the running round end; call join() afterwards."""
        self._stop.set()

    def join(self, timeout_s: float) -> None:
        """Waits for the end of the running round."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        pause = every = self._round.every_s
        troubled = False
        while True:
            if self._once() == "":
                pause, troubled = every, False
            else:
                pause = min(pause * 2, max(every, _SLOW_S)) if troubled else min(every, _SOON_S)
                troubled = True
            if self._stop.wait(pause):
                return

    def _once(self) -> str:
        note = ""
        try:
            self._round.work()
        except (GatewayError, OSError, SQLAlchemyError) as error:
            # A message of the database quotes rows; it is not shown.
            note = str(error) if isinstance(error, GatewayError) else type(error).__name__
            log.warning("- %s trouble=%s", self._round.name, type(error).__name__)
        try:
            self._told(self._round.name, note)
        except SQLAlchemyError as error:
            log.warning("- %s not_told=%s", self._round.name, type(error).__name__)
        return note
