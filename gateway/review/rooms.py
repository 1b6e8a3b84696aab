"""Which pages are open to which roles; what may be done to a paper stands in `acts.ALLOWED`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.errors import NotAllowed
from gateway.review.acts import Person


class Room(StrEnum):
    """A group of pages."""

    PAPERS = "papers"
    """Letters and papers themselves: whoever looks after the machine need not read them."""
    SEALING = "sealing"
    PEOPLE = "people"
    """Who works here, and as what."""
    DIRECTORY = "directory"
    """How long codes of receiving bodies are good."""
    JOURNAL = "journal"
    ALARMS = "alarms"
    """Changes of rights that wait for a second person (R-185)."""


OPEN: Mapping[Room, frozenset[str]] = {
    Room.PAPERS: frozenset({"clerk", "sealer", "head", "auditor"}),
    Room.SEALING: frozenset({"sealer"}),
    Room.PEOPLE: frozenset({"admin"}),
    Room.DIRECTORY: frozenset({"clerk", "admin"}),
    Room.JOURNAL: frozenset({"auditor"}),
    Room.ALARMS: frozenset({"admin", "head", "auditor"}),
}


def may_enter(room: Room, who: Person) -> bool:
    """True when one of the person's roles opens it."""
    return bool(OPEN[room] & who.roles)


def demand_room(room: Room, who: Person) -> None:
    """Raises NotAllowed unless one of the person's roles opens it."""
    if not may_enter(room, who):
        raise NotAllowed
