"""The page of one Document: scan at the left, fields, recipients, receipts, files and journal at the right."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from gateway import verdicts
from gateway.document import CopyKind, Document, Stage
from gateway.errors import NotFound
from gateway.exchange.port import Body
from gateway.review import acts, seal_acts, sealing
from gateway.review import entries as form
from gateway.review.acts import Act, Person
from gateway.review.desk import Desk
from gateway.review.entries import Entries
from gateway.review.login import Visit
from gateway.review.rescan import FAULTS
from gateway.review.rooms import Room, demand_room
from gateway.review.web import frame, inbox, incoming, looks, related, view
from gateway.review.web.letter import letter_view
from rules.field import Name

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
MOST_SUGGESTED = 6


def document_of(desk: Desk, document_id: str, who: Person) -> Document:
    """The Document, if it is of a unit this person handles; otherwise it does not exist for them."""
    demand_room(Room.PAPERS, who)
    document = desk.store.get(document_id)
    if not who.handles(document.unit):
        raise NotFound
    return document


@dataclass(frozen=True, slots=True)
class Again:
    """What a refused form brings back to the page."""

    trouble: str = ""
    problems: Mapping[str, str] | None = None
    typed: Entries | None = None
    theirs: str = ""
    """Names of the fields another clerk has changed meanwhile."""
    corner: bool = False
    """The corner of the first page is not free for the mark."""
    counted: str = ""
    """Pages of the paper, as typed."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the page is looked at."""

    tab: str = ""
    """The drawer the clerk works through."""
    of: str = ""
    """Role of the file shown at the left."""
    again: Again = Again()


@router.get("/d/{document_id}")
def paper(request: Request, document_id: str, visit: Visitor, tab: str = "", of: str = "") -> Response:
    """Scan at the left, fields at the right; leaves a "viewed" Event (R-186)."""
    desk = frame.desk_of(request)
    document = document_of(desk, document_id, visit.person)
    looks.viewed(request, visit, document.id)
    return draw(request, visit, document, Look(tab, of))


def draw(request: Request, visit: Visit, document: Document, look: Look) -> Response:
    """The whole page; with `look.again` as the answer to a form that could not be taken."""
    desk, who, again = frame.desk_of(request), visit.person, look.again
    status = 200 if not again.trouble else 422 if again.problems else 409
    values: dict[str, object] = {
        "tab": look.tab,
        "back": f"/?tab={look.tab}" if look.tab else "/",
        "paper": document,
        "view": view.paper_view(document),
        "due": view.deadline(document, desk.clock()),
        "twins": view.twins_of(desk.store.matters.others([document]).get(document.id, ())),
        "acts": acts.offered(document, who),
        "trouble": again.trouble,
        "theirs": again.theirs,
        "corner": again.corner,
        "counted": again.counted,
        "problems": _Problems(again.problems),
        "wait": request.app.state.forecasts.wait(desk, document, frame.language_of(request)),
        "urgencies": form.URGENCIES,
        "types": form.TYPES,
        "faults": FAULTS,
        "rows": view.field_rows(document, typed=again.typed, problems=again.problems or {}),
        "queue": inbox.neighbors(desk, who, inbox.tab_of(look.tab), document.id),
    }
    values["signatures"] = verdicts.said(document, desk.vault)
    values["letter"] = letter_view(desk, document, who)
    parts = (_recipients(desk, document, again.typed), _sheets(document, look.of), _sealing(desk, document, who))
    for part in (*parts, incoming.values_of(desk, document), _side(desk, document)):
        values.update(part)
    return frame.page(request, "paper.html", values, visit=visit, status=status)


class _Problems:
    """Problem sentences by attribute, "" for none; what a template can ask without a test."""

    def __init__(self, problems: Mapping[str, str] | None) -> None:
        self.recipients = (problems or {}).get("recipients", "")
        self.compared = (problems or {}).get("compared", "")
        self.pages = (problems or {}).get("pages", "")
        self.earlier = (problems or {}).get("earlier", "")
        self.to = (problems or {}).get("to", "")
        self.fault = (problems or {}).get("fault", "")


def _sheets(document: Document, of: str) -> dict[str, object]:
    found = view.faces(document)
    shown = next((face.role for face in found if face.role.value == of), found[0].role if found else None)
    return {"faces": found, "shown": shown, "sheets": range(1, (document.pages or 1) + 1) if found else range(0)}


def _sealing(desk: Desk, document: Document, who: Person) -> dict[str, object]:
    place = sealing.ground(desk)
    kinds = seal_acts.copy_kinds(document, who, place)
    office = desk.offices.get(seal_acts.sealing_unit(document, kinds[0], place)) if kinds else None
    key = inbox.key_line(office, desk.clock()) if office else None
    told = document.stage in (Stage.PROPOSED, Stage.CONFIRMED) and kinds == (CopyKind.CHUYEN_TIEP,)
    can_seal = bool(acts.ALLOWED[Act.SEAL] & who.roles)
    return {"copy_kinds": kinds, "can_seal": can_seal, "key": key, "for_information": told,
            "program": office.program if office else None}  # fmt: skip


def _side(desk: Desk, document: Document) -> dict[str, object]:
    told, quiet = view.split_events(desk.store.events(document.id))
    return {
        "events": told,
        "quiet_events": quiet,
        "files": view.downloads(document),
        "notices": desk.store.notices.of(document.id),
        **related.values_of(desk, document),
        "answers": view.answers(document, desk.store.receipts(document.id)),
    }


def _recipients(desk: Desk, document: Document, typed: Entries | None) -> dict[str, object]:
    chosen = typed.recipients if typed else document.recipients
    found = document.fields.get(Name.RECIPIENTS)
    taken = {one.code for one in chosen}
    suggested = [body for body in suggestions(desk, found.value if found else "") if body.code not in taken]
    send = typed.send if typed else True
    return {"recipients": chosen, "suggested": suggested[:MOST_SUGGESTED], "send": send}


def suggestions(desk: Desk, printed: str) -> list[Body]:
    """Bodies that the paper names under "Kính gửi" or "Nơi nhận", only where the whole name is printed."""
    bodies: dict[str, Body] = {}
    for line in printed.splitlines():
        wanted = line.strip(" -–;.,:").removeprefix("Như trên").strip()
        for body in desk.store.directory.search(wanted, limit=3) if len(wanted) > 5 else ():
            if body.name.casefold() == wanted.casefold():
                bodies[body.code] = body
    return list(bodies.values())


@router.get("/d/{document_id}/part/{name}")
def part(request: Request, document_id: str, name: str, visit: Visitor) -> Response:
    """Receipts, or files and journal, drawn anew for an open page."""
    desk = frame.desk_of(request)
    document = document_of(desk, document_id, visit.person)
    template = {"receipts": "_receipts.html", "side": "_side.html"}.get(name)
    if template is None:
        raise NotFound
    looks.glimpsed(request, visit, document.id)
    return frame.page(request, template, {"paper": document, **_side(desk, document)}, visit=visit)
