"""How many papers lie in each drawer, counted anew only when the journal has grown."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.review.acts import Person
from gateway.review.desk import Desk
from gateway.review.web import words
from gateway.review.web.words import Tab
from gateway.store.store import Query


@dataclass(frozen=True, slots=True)
class Beat:
    """What an open page compares to know that something has moved."""

    seq: int
    """Number of the journal's last line: nothing changes without one."""
    counts: Mapping[str, int]
    """Drawer key to how many papers lie in it."""


class Pulse:
    """One for all pages; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[frozenset[str], Beat] = {}

    def beat(self, desk: Desk, who: Person) -> Beat:
        """Drawers as this person sees them."""
        latest = desk.store.journal.recent(1)
        seq = latest[0].seq if latest else 0
        with self._lock:
            kept = self._kept.get(who.units)
            if kept is None or kept.seq != seq:
                kept = Beat(seq, {tab.key: desk.store.find(query_of(tab, who, limit=0)).total for tab in words.TABS})
                self._kept[who.units] = kept
            return kept


def query_of(tab: Tab, who: Person, *, text: str = "", limit: int = 50, offset: int = 0) -> Query:
    """What the store is asked for a drawer; nobody sees papers of units that are not theirs."""
    return Query(
        stages=tab.stages,
        held=tab.held,
        goes_out=tab.goes_out,
        units=who.units or None,
        text=text,
        limit=limit,
        offset=offset,
        urgent_first=tab.queue,
    )
