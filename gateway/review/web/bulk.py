"""The page on which several papers without a doubt are confirmed at once."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from gateway.document import Document, Recipient
from gateway.errors import NotAllowed, NotFound
from gateway.receivers import ended
from gateway.review import bulk
from gateway.review.acts import ALLOWED, Act, Person
from gateway.review.desk import Desk
from gateway.review.login import Visit
from gateway.review.web import frame, inbox, looks, view
from gateway.review.web.paper import suggestions
from gateway.review.web.perform import Sent
from gateway.review.web.pulse import query_of
from rules.field import Name

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
MOST = 20
LOOKED_AT = 200
"""So many papers at the head of the queue are looked at."""


@router.get("/bulk")
def bulk_page(request: Request, visit: Visitor, done: int = 0, left: int = 0) -> Response:
    """Papers of which every field is sure, each with the head of its first page; a look at each is in the journal."""
    desk, who = frame.desk_of(request), _clerk(visit)
    found = bulk.candidates(desk, who, query_of(inbox.tab_of("confirm"), who, limit=LOOKED_AT), MOST)
    for document in found:
        looks.viewed(request, visit, document.id)
    rows = [(one, view.field_rows(one, typed=None, problems={}), _recipients(desk, one)) for one in found]
    sendable = any(to for _, _, to in rows)
    return frame.page(request, "bulk.html", {"rows": rows, "sendable": sendable, "done": done, "left": left},
                      visit=visit)  # fmt: skip


@router.post("/bulk")
def confirm_ticked(request: Request, visit: Visitor, sent: Sent) -> Response:
    """Confirms what is ticked, each paper as it was seen; what has changed meanwhile stays."""
    desk, who = frame.desk_of(request), _clerk(visit)
    frame.check_word(visit.token, str(sent.get("word", "")))
    ticked = [str(one) for one in sent.getlist("paper")]
    choices = [choice for one in ticked if (choice := _choice(desk, sent, one))]
    done, left = bulk.confirm_all(desk, choices, who)
    left += len(ticked) - len(choices)
    log.info("- bulk_confirmed by=%s done=%d left=%d", who.login, done, left)
    return frame.go(f"/bulk?done={done}&left={left}")


def _clerk(visit: Visit) -> Person:
    if not ALLOWED[Act.CONFIRM] & visit.person.roles:
        raise NotAllowed
    return visit.person


def _recipients(desk: Desk, document: Document) -> tuple[Recipient, ...]:
    """Those chosen before, else those that the paper names in full; what came over the Exchange stays here."""
    if bulk.came_over(document):
        return ()
    printed = document.fields.get(Name.RECIPIENTS)
    named = suggestions(desk, printed.value if printed else "")
    return document.recipients or tuple(Recipient(body.code, body.name) for body in named)


def _came_over(desk: Desk, id_: str) -> bool:
    try:
        return bulk.came_over(desk.store.get(id_))
    except NotFound:
        return False


def _choice(desk: Desk, sent: FormData, ticked: str) -> bulk.Choice | None:
    """A ticked box says "id version"; where it goes is taken from the directory, never from the form."""
    id_, _, version = ticked.partition(" ")
    if not version.isdecimal():
        return None
    goes_out = sent.get("send") == "1" and not _came_over(desk, id_)
    codes = dict.fromkeys(str(one) for one in sent.getlist(f"to.{id_}")) if goes_out else {}
    bodies = [body for code in codes if (body := desk.store.directory.get(code))]
    recipients = tuple(Recipient(body.code, body.name) for body in bodies)
    # One that cannot receive any more is for the clerk's own look at that paper, where its successor is named.
    if goes_out and (not bodies or ended(recipients, desk.store.directory, desk.clock().date())):
        return None
    return bulk.Choice(id_, int(version), recipients)
