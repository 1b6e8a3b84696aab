"""Confirming several papers at once: only those about which the machine has no doubt at all.

Each is confirmed by itself, in the clerk's name, by the same act as on its own page; nothing else is possible here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.document import Document, Door, Recipient
from gateway.errors import GatewayError, Stale
from gateway.review import acts
from gateway.review.acts import Act, Person
from gateway.review.desk import Desk
from gateway.review.entries import Entries, problems
from gateway.review.incoming import file_incoming
from gateway.store.store import Query
from ocr.remarks import SENTENCES


@dataclass(frozen=True, slots=True)
class Choice:
    """One paper that the clerk has ticked."""

    id: str
    version: int
    """As it stood when the clerk looked at it."""
    recipients: tuple[Recipient, ...]


def came_over(document: Document) -> bool:
    """It came over the Exchange: it is registered and handed on, and goes out to nobody."""
    return document.origin.door is Door.EXCHANGE


def entries_of(document: Document, recipients: tuple[Recipient, ...]) -> Entries:
    """The fields as the machine has read them; without recipients it is only entered into the register."""
    values = {name: field.value for name, field in document.fields.items()}
    return Entries(values, recipients, send=bool(recipients))


def ready(desk: Desk, document: Document, who: Person) -> bool:
    """True when every required field is there and sure, no other field is doubtful, and nothing holds the paper."""
    if Act.CONFIRM not in acts.offered(document, who) or document.held is not None:
        return False
    if not set(document.remarks) <= set(SENTENCES):  # a warning about letter or number asks for the paper's own page
        return False
    return not problems(entries_of(document, ()), today=desk.clock().date(), fields=document.fields)


def candidates(desk: Desk, who: Person, query: Query, most: int) -> Sequence[Document]:
    """Papers of the drawer that may be confirmed so, in its order."""
    return [one for one in desk.store.find(query).documents if ready(desk, one, who)][:most]


def confirm_all(desk: Desk, choices: Sequence[Choice], who: Person) -> tuple[int, int]:
    """Confirms one after the other; how many are done, and how many had changed or are not ready any more."""
    done = left = 0
    for choice in choices:
        try:
            _confirm(desk, choice, who)
        except GatewayError:  # that paper waits for its own page; the others go on
            left += 1
        else:
            done += 1
    return done, left


def _confirm(desk: Desk, choice: Choice, who: Person) -> None:
    document = desk.store.get(choice.id)
    if document.version != choice.version or not ready(desk, document, who):
        raise Stale
    entries = entries_of(document, choice.recipients)
    change = acts.confirm(document, entries, who=who, today=desk.clock().date())
    confirmed = desk.store.record(document, change, who=who.login)
    if came_over(confirmed):  # it is sealed by nobody here: with its number it goes on to its unit
        desk.store.record(confirmed, file_incoming(confirmed, who=who), who=who.login)
