"""What both engines know of legs: lanes, which goes first, and what this process is running.

A leg is (Document id, version).  Where a step leaves its Document to a step that nothing goes before in its lane, the
same leg goes on with that.
"""
from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from gateway.document import Document, Stage
from gateway.pipeline import Task
from gateway.store.due import URGENT, urgency

BEAT_S = 30.0
_SHARE = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """How wide the lanes are and how often is looked."""

    lanes: Mapping[str, int]
    """Lane to the number of legs at the same time in this process."""
    poll_s: float = 0.5
    """On several machines: twice as long while no Document waits for the machine."""
    unhurried: Collection[str] = ()
    """Lanes that are always looked at half as often: their work takes seconds in any case."""
    heal_s: float = 5.0
    dead_s: float = BEAT_S
    """A process whose last beat is older is dead; its legs are taken over."""

    def pause(self, took_s: float) -> float:
        """Until the next comparison of rows and legs.  Thousands of waiting papers take seconds to compare: never more
        than a small part of the time."""
        return min(max(self.heal_s, _SHARE * took_s), self.dead_s / 3)


class LegLost(Exception):
    """The database did not take what a leg wanted recorded."""


class Runner:
    """Runs legs in the caller's thread and knows which ones run; thread-safe."""

    def __init__(self, run: Callable[[str, int], None], tasks: Mapping[Stage, Task]) -> None:
        """`run(document_id, version)` does one step."""
        self._run = run
        self._tasks = tasks
        self._first = {lane: min(one.priority for one in tasks.values() if one.lane == lane)
                       for lane in {one.lane for one in tasks.values()}}
        """Lane to the priority that nothing goes before."""
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self._here = _Here()

    def do(self, document_id: str, version: int) -> None:
        """Runs a leg, and what it goes on with.

        Raises:
            LegLost: the database was away; the leg is to be made again from the rows.
        """
        leg = leg_id(document_id, version)
        with self._lock:
            if leg in self._running:
                return
            self._running.add(leg)
        self._here.document, self._here.further = document_id, 0
        try:
            self._run(document_id, version)
            if further := self._here.further:
                self._run(document_id, further)
        except SQLAlchemyError as trouble:
            # Its message quotes the row.
            raise LegLost(f"{document_id} {type(trouble).__name__}") from None
        finally:
            self._here.document = ""
            with self._lock:
                self._running.discard(leg)

    def _goes_on(self, document: Document, task: Task) -> bool:
        """True when the leg of this thread takes the Document's next step too.

        Should the process die first, the rows tell that a leg is missing.
        """
        mine = self._here.document == document.id and not self._here.further
        if not mine or document.next_try_at is not None or task.priority != self._first[task.lane]:
            return False
        self._here.further = document.version
        return True

    def _at_work(self, document_id: str) -> bool:
        """Is a leg of this process at the Document, perhaps going on with the version that is seen?"""
        with self._lock:
            return any(leg.rpartition(":")[0] == document_id for leg in self._running)


class _Here(threading.local):
    """The leg that this thread runs."""

    document: str = ""
    further: int = 0
    """The version that it goes on with; 0 for none."""


def leg_id(document_id: str, version: int) -> str:
    """The same for the same work, so that asking for it twice makes one."""
    return f"{document_id}:{version}"


def order(document: Document, task: Task) -> int:
    """Smaller runs first: what is further along, and of that what is more urgent (R-121)."""
    return task.priority * (len(URGENT) + 1) - urgency(document)
