"""The table of contents: which stage has which step, in which lane it runs, and how often it is tried.

    RECEIVED ──read──▶ READ ──propose──▶ PROPOSED ··clerk··▶ CONFIRMED ··clerk··▶ SEALED ──send──▶ SENT
                                           SENT, DELIVERED ··clerk··▶ RECALLING ──recall──▶ (answers)

Answers of other offices come in by `steps/collect.py`, which is no leg of one Document: the exchange door calls it.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.document import Change, Document, Stage

Step = Callable[[Document], Change | None]
"""Does the work of one stage and says what to record; None when nothing is left to do.  Writes no row."""

READ_LANE = "read"
"""Work of the processor: as many at once as there are reading processes."""
NET_LANE = "net"
"""Work that waits for the Exchange."""


@dataclass(frozen=True, slots=True)
class Task:
    """One stage's step and how it is run."""

    name: str
    run: Step
    lane: str
    tries: int
    """After so many temporary failures in a row the Document is held."""
    priority: int
    """Smaller runs first: what is further along goes before what has just come in."""


def pipeline(*, read: Step, propose: Step, send: Step, recall: Step, read_tries: int,
             send_tries: int) -> Mapping[Stage, Task]:
    """Stage to Task, for every stage that waits for the machine."""
    return {
        Stage.RECEIVED: Task("read", read, READ_LANE, read_tries, 2),
        Stage.READ: Task("propose", propose, READ_LANE, read_tries, 1),
        Stage.SEALED: Task("send", send, NET_LANE, send_tries, 1),
        Stage.RECALLING: Task("recall", recall, NET_LANE, send_tries, 1),
    }
