"""recall: asks the receivers to give a Document back.  The answers (15, 16) come in through collect."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.document import Change, Document, Event
from gateway.steps.send import SendTools, parcel_of

ASKED = "recall_asked"
"""The Event that says the Exchange has the request."""
BEGUN = "recalling"
"""The Event of the person's act; it may happen again after a refused recall."""


def recall(document: Document, tools: SendTools, events: Callable[[str], Sequence[Event]]) -> Change | None:
    """RECALLING stays RECALLING; None when this recall was asked already.

    Raises:
        ExchangeDown: temporary.
        ExchangeRefused: for a person.
    """
    last = _last_of(events(document.id))
    if last is not None and last.what == ASKED:
        return None
    staff, asked_at = (last.who, last.at) if last is not None else ("", tools.clock())
    # It bears the time of the person's act: asked again after a lost answer it is the same message.
    tools.exchange.recall(replace(parcel_of(document, tools), sent_at=asked_at), document.reason, staff)
    return Change(what=ASKED, release=True)


def asked_already(events: Sequence[Event]) -> bool:
    """Has the Exchange the request of the present recall?"""
    last = _last_of(events)
    return last is None or last.what == ASKED


def _last_of(events: Sequence[Event]) -> Event | None:
    return next((event for event in reversed(events) if event.what in (ASKED, BEGUN)), None)
