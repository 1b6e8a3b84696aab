"""The journal for auditors: who has looked at, taken, changed what; and whether the chain is whole (R-186)."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from gateway.document import VN
from gateway.review import entries as form
from gateway.review.login import Visit
from gateway.review.rooms import Room, demand_room
from gateway.review.web import frame, words
from gateway.store.journal import Lines

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
LIMIT = 100
_SAID = ("who", "what", "document", "from", "to")


@router.get("/journal")
def journal_page(request: Request, visit: Visitor) -> Response:
    """Lines as asked for, newest first; reading the journal is a line itself."""
    demand_room(Room.JOURNAL, visit.person)
    frame.desk_of(request).store.note("", who=visit.person.login, what="journal_read")
    return _page(request, visit)


def _page(request: Request, visit: Visit, problems: list[str] | None = None) -> Response:
    said = {name: request.query_params.get(name, "").strip()[:80] for name in _SAID}
    before = request.query_params.get("before", "")
    asked = Lines(
        who=said["who"], what=said["what"] if said["what"] in words.EVENTS else "", document=said["document"],
        units=visit.person.units, since=_day(said["from"]), until=_day(said["to"], 1),
        before=min(int(before), 2**62) if before.isdecimal() else 0,
    )  # fmt: skip
    lines = frame.desk_of(request).store.journal.lines(asked, LIMIT)
    query = urlencode({name: value for name, value in said.items() if value})
    more = f"/journal?{query}&before={lines[-1].seq}" if len(lines) == LIMIT else ""
    anchor = frame.desk_of(request).store.anchors.last()
    values = {"lines": lines, "said": said, "more": more, "problems": problems, "anchor": anchor}
    return frame.page(request, "journal.html", values, visit=visit)


def _day(text: str, later: int = 0) -> dt.datetime | None:
    """Midnight of a day as typed, or of one so many days later; None for no day."""
    found = form.iso_date(text)
    day = dt.date.fromisoformat(found) + dt.timedelta(days=later) if found else None
    return dt.datetime.combine(day, dt.time(), VN) if day else None


@router.post("/journal")
def check_chain(request: Request, visit: Visitor, word: Annotated[str, Form()] = "") -> Response:
    """Goes through the whole chain and says what is missing or changed."""
    frame.check_word(visit.token, word)
    demand_room(Room.JOURNAL, visit.person)
    desk = frame.desk_of(request)
    problems = list(desk.store.journal.verify())
    problems += desk.check_anchors()
    log.info("- journal_checked by=%s problems=%d", visit.person.login, len(problems))
    return _page(request, visit, problems)
