"""Which earlier paper a paper updates or replaces, and which later ones do so to it, as links."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.document import ANSWER, Document
from gateway.errors import NotFound
from gateway.review.desk import Desk
from gateway.review.rearrange import family
from gateway.review.relate import REPLACE, UPDATE
from gateway.review.translations import mark
from gateway.review.web import view

_DOES = {REPLACE: mark("Thay thế văn bản"), UPDATE: mark("Cập nhật văn bản"), ANSWER: mark("Trả lời văn bản")}
_DONE = {REPLACE: mark("Được thay thế bởi"), UPDATE: mark("Được cập nhật bởi"), ANSWER: mark("Được trả lời bởi")}

KIN = mark("Cùng bản quét với")


@dataclass(frozen=True, slots=True)
class Link:
    """One line: what it does, to which paper, why."""

    words: str
    document: str
    named: str
    reason: str
    mine: bool = False
    """Said by this paper itself."""


def values_of(desk: Desk, document: Document) -> dict[str, object]:
    """`related`: links to earlier and later papers."""
    later = desk.store.turns.later(document.id)
    links = [Link(_DOES[row.kind], row.earlier, _named(desk, row.earlier), row.reason, mine=True)
             for row in desk.store.turns.of(document.id)]  # fmt: skip
    links += [Link(_DONE[row.kind], row.document, _named(desk, row.document), row.reason) for row in later]
    links += [Link(KIN, one.id, view.number_and_symbol(one) or one.name, one.reason) for one in family(desk, document)]
    return {"related": links}


def _named(desk: Desk, document_id: str) -> str:
    try:
        return view.number_and_symbol(desk.store.get(document_id)) or document_id
    except NotFound:
        return document_id
