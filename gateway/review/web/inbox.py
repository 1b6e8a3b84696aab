"""The inbox: drawers by stage, search, upload; the overview."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import Response

from gateway.document import Door
from gateway.errors import GatewayError, NotAllowed
from gateway.review import entries as form
from gateway.review.acts import ALLOWED, Act, Person
from gateway.review.desk import Desk, Office
from gateway.review.login import Visit
from gateway.review.rooms import Room, may_enter
from gateway.review.translations import mark
from gateway.review.web import find, frame, view, words
from gateway.review.web.charts import stacked
from gateway.review.web.pulse import query_of
from gateway.review.web.uploads import media_type_of
from gateway.review.web.waiting import NOTHING
from gateway.review.web.words import Tab

if TYPE_CHECKING:
    from gateway.store.store import Found

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]


def tab_of(key: str) -> Tab:
    """The drawer of that key, the first when there is none."""
    return next((one for one in (*words.TABS, words.EVERYTHING) if one.key == key), words.TABS[0])


def lines(request: Request, found: Found) -> list[view.PaperLine]:
    """Rows of a drawer."""
    desk, forecasts, language = frame.desk_of(request), request.app.state.forecasts, frame.language_of(request)
    now = desk.clock()
    waits = {one.id: forecasts.wait(desk, one, language) for one in found.documents if one.stage in view.READING}
    twins = desk.store.matters.others(found.documents)
    return [
        view.paper_line(one, now=now, wait=waits.get(one.id, NOTHING), twins=twins.get(one.id, ()))
        for one in found.documents
    ]


@router.get("/")
def inbox(request: Request, visit: Visitor) -> Response:
    """One drawer, or what was searched for."""
    return _inbox(request, visit, "inbox.html")


@router.get("/rows")
def rows(request: Request, visit: Visitor) -> Response:
    """The rows alone, for a page that is open already."""
    return _inbox(request, visit, "_rows.html")


def _inbox(request: Request, visit: Visit, template: str) -> Response:
    desk, who, wish = frame.desk_of(request), visit.person, find.wish_of(request.query_params)
    if not may_enter(Room.PAPERS, who):
        return frame.go("/overview")
    tab = wish.drawer
    beat = request.app.state.pulse.beat(desk, who)  # before the rows: what moves in between is drawn by the next beat
    found = desk.store.find(wish.query(who))
    values = {
        "seq": beat.seq,
        "tab": tab,
        "q": wish.text,
        "wish": wish,
        "found": found,
        "lines": lines(request, found),
        "counts": beat.counts,
        "offset": wish.offset,
        "limit": find.LIMIT,
        "pager": f"/?{wish.query_string}",
        "types": form.TYPES,
        "views": desk.store.views.of(who.login) if wish.searches or wish.filters else (),
        "full": "full" in request.query_params,
        "may_upload": bool(ALLOWED[Act.UPLOAD] & who.roles),
        "may_seal": tab.key == "seal" and bool(found.documents) and bool(ALLOWED[Act.SEAL] & who.roles),
    }
    return frame.page(request, template, values, visit=visit)


@router.post("/upload")
def upload(
    request: Request, visit: Visitor, file: Annotated[list[UploadFile], File()], word: Annotated[str, Form()] = ""
) -> Response:
    """Takes scans from the clerk's own disk; each is durable before the answer."""
    desk, who = frame.desk_of(request), visit.person
    frame.check_word(visit.token, word)
    if not ALLOWED[Act.UPLOAD] & who.roles:
        raise NotAllowed
    for one in file:
        _take(desk, one, who)
    return frame.go("/?tab=confirm")


def _take(desk: Desk, file: UploadFile, who: Person) -> None:
    kind = media_type_of(file.file, file.size or 0, desk.upload_limit, file.filename or "")
    document = desk.take(file.file, unit=desk.home, name=file.filename or "tep", by=who.login, media_type=kind)
    log.info("%s uploaded by=%s", document.id, who.login)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One unit's key, for the overview and the sealing dialog."""

    unit: str
    subject: str
    rehearsal: bool
    ok: bool
    trouble: str
    asks_pin: bool = False


def key_line(office: Office, at: dt.datetime) -> KeyLine:
    """Whether the unit could seal now."""
    if office.program is not None:
        return KeyLine(office.body.name, office.program.name, rehearsal=False, ok=True, trouble="")
    if office.signer is None:
        return KeyLine(office.body.name, "–", rehearsal=False, ok=False, trouble=mark("Đơn vị chưa có khóa ký ở đây."))
    try:
        subject, rehearsal = office.signer.subject(), office.signer.rehearsal
        office.signer.check(at)
    except GatewayError as trouble:
        return KeyLine(office.body.name, "–", rehearsal=False, ok=False, trouble=str(trouble))
    asks = office.signer.asks_pin
    return KeyLine(office.body.name, subject, rehearsal=rehearsal, ok=True, trouble="", asks_pin=asks)


@router.get("/overview")
def overview(request: Request, visit: Visitor) -> Response:
    """How things stand, in plain words."""
    desk = frame.desk_of(request)
    keys: Sequence[KeyLine] = [key_line(office, desk.clock()) for office in desk.offices.values()]
    values = {
        "counts": request.app.state.pulse.beat(desk, visit.person).counts,
        "health": desk.health(),
        "keys": keys,
        "bodies": desk.store.directory.count(),
        **_charts(desk, visit.person),
    }
    return frame.page(request, "overview.html", values, visit=visit)


def _charts(desk: Desk, who: Person) -> dict[str, object]:
    """The last thirty days in three charts."""
    figures = desk.store.figures.days(desk.clock().date(), 30, who.units)
    days = [f"{one.day:%d/%m}" for one in figures]
    doors = [door for door in Door if any(one.by_door.get(door) for one in figures)] or [Door.FOLDER]
    return {
        "chart_doors": doors,
        "came": stacked(days, [[one.by_door.get(door, 0) for one in figures] for door in doors]),
        "right": stacked(days, [[one.confirmed - one.corrected for one in figures],
                                [one.corrected for one in figures]]),
        "on_time": stacked(days, [[one.sent - one.late for one in figures], [one.late for one in figures]]),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Queue:
    """Where a paper lies in its drawer."""

    before: str
    """Id of the paper before it, "" at the end."""
    after: str
    place: int
    """1-based; 0 when it no longer lies there."""
    total: int


def neighbors(desk: Desk, who: Person, tab: Tab, document_id: str) -> Queue:
    """A paper's neighbors in its drawer.  Only the first hundred are looked at: a queue is worked from its head."""
    found, total = desk.store.places(query_of(tab, who, limit=100))
    ids = [one.id for one in found if one.stage not in view.READING or one.held]
    if document_id not in ids:
        return Queue("", ids[0] if ids else "", 0, total)
    place = ids.index(document_id)
    after = ids[place + 1] if place + 1 < len(ids) else ""
    return Queue(ids[place - 1] if place else "", after, place + 1, total)
