"""Papers that came over the Exchange: what their page shows besides, and the page of all of them with the packets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from gateway.document import RECALL_ASKED, REPLACE_ASKED, UPDATE_ASKED, Document, Door, Stage
from gateway.review.desk import Desk
from gateway.review.incoming import LATER
from gateway.review.login import Visit
from gateway.review.rooms import Room, demand_room
from gateway.review.translations import mark as _
from gateway.review.web import frame, view
from gateway.store.answers import OwedAnswer
from gateway.store.arrivals import Arrival
from gateway.store.numbers import ArrivalNumber
from gateway.store.search import Query
from rules.field import Name

router = APIRouter()
Visitor = Annotated[Visit, Depends(frame.visitor)]
LIMIT = 50
KINDS = {0: _("Văn bản mới"), 2: _("Bản cập nhật"), 3: _("Văn bản thay thế")}
STATES = {"waiting": _("chờ gửi"), "sent": _("đã báo"), "given_up": _("không báo được")}
ASKED = {RECALL_ASKED: _("Nơi gửi đề nghị lấy lại"), UPDATE_ASKED: _("Nơi gửi đã cập nhật"),
         REPLACE_ASKED: _("Nơi gửi đã thay thế")}  # fmt: skip
OUTCOMES = {
    "taken": _("Đã nhận"),
    "known": _("Đã có từ trước"),
    "asked_back": _("Đề nghị lấy lại"),
    "unknown_document": _("Không rõ văn bản"),
    "unreadable": _("Không đọc được"),
}


@dataclass(frozen=True, slots=True)
class ArrivalView:
    """What the page of one paper says of its sender."""

    arrival: Arrival
    kind: str
    earlier: tuple[Document, ...]
    answers: tuple[tuple[OwedAnswer, str], ...]
    """What was said and whether it has gone out."""
    next_codes: tuple[str, ...]
    """What may be said next."""
    number: str = ""
    """In the register of what comes in."""


def arrival_view(desk: Desk, document: Document) -> ArrivalView | None:
    """None for what came another way."""
    arrival = desk.store.arrivals.of(document.id) if document.origin.door is Door.EXCHANGE else None
    if arrival is None:
        return None
    answers, number = desk.store.answers.of(document.id), desk.store.numbers.of([document.id]).get(document.id)
    said = max((one.code for one in answers if one.code in LATER), default="")
    return ArrivalView(
        arrival,
        KINDS.get(arrival.kind, KINDS[0]),
        tuple(desk.store.get(one) for one in arrival.earlier),
        tuple((one, STATES[one.state]) for one in answers),
        tuple(code for code in LATER if code > said),
        str(number.number) if number else "",
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One paper in the list."""

    paper: Document
    number: str
    subject: str
    issuer: str
    arrival_number: str
    last: OwedAnswer | None
    state: str
    asked: str


@router.get("/incoming")
def incoming(request: Request, visit: Visitor, offset: int = 0) -> Response:
    """All that came over the Exchange, newest first; packets that a person has to look at above."""
    desk, who = frame.desk_of(request), visit.person
    demand_room(Room.PAPERS, who)
    offset = max(0, offset)
    found = desk.store.find(Query(door=Door.EXCHANGE, units=who.units or None, limit=LIMIT, offset=offset))
    last = desk.store.answers.latest([one.id for one in found.documents])
    numbers = desk.store.numbers.of([one.id for one in found.documents])
    rows = [_row(one, numbers.get(one.id), last.get(one.id)) for one in found.documents]
    values = {
        "rows": rows,
        "found": found,
        "offset": offset,
        "limit": LIMIT,
        "packets": desk.store.arrivals.packets(for_person=True, limit=LIMIT) if not who.units else (),
        "outcomes": OUTCOMES,
    }
    return frame.page(request, "incoming.html", values, visit=visit)


def _row(document: Document, number: ArrivalNumber | None, last: OwedAnswer | None) -> Row:
    seen = view.paper_view(document)
    held = document.held.code if document.held else ""
    return Row(
        document,
        seen.number,
        seen.subject or document.name,
        view.value_of(document, Name.ISSUER),
        str(number.number) if number else "",
        last,
        STATES[last.state] if last else "",
        ASKED.get(held, ""),
    )


def values_of(desk: Desk, document: Document) -> dict[str, object]:
    """What the page of one paper needs of this module."""
    withdraws = document.held is not None and document.held.code == RECALL_ASKED
    values: dict[str, object] = {"arrival": arrival_view(desk, document), "withdraws": withdraws}
    if document.stage is Stage.PROPOSED:
        values["twins"] = view.twins_of(lookalikes(desk, document))
    return values


def lookalikes(desk: Desk, document: Document) -> list[Document]:
    """The unit's other papers of the same number, symbol and date: an office is named one way on its paper and another
    way on the interchange, so its name is not asked for (R-072)."""
    wanted = _known_by(document)
    if not all(wanted):
        return []
    number, _, day = wanted
    return [one for one in desk.store.matters.of_number(document, number, day) if _known_by(one) == wanted]


def _known_by(document: Document) -> tuple[str, str, str]:
    number, symbol = view.value_of(document, Name.NUMBER).lstrip("0"), view.value_of(document, Name.SYMBOL)
    return number, symbol.upper(), view.value_of(document, Name.DATE)
