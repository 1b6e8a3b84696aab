"""Tokens of programs, for administrators: made here, shown once, ended here."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from gateway.review.desk import Desk
from gateway.review.login import Visit
from gateway.review.rooms import Room, demand_room
from gateway.review.translations import mark
from gateway.review.web import frame

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
Text = Annotated[str, Form()]
NO_UNIT = mark("Chưa có tên chương trình hoặc mã đơn vị không có ở đây. Hãy nhập lại.")


@router.get("/tokens")
def tokens_page(request: Request, visit: Visitor) -> Response:
    """Tokens that are good now."""
    demand_room(Room.PEOPLE, visit.person)
    return _page(request, visit)


def _page(request: Request, visit: Visit, *, trouble: str = "", made: str = "") -> Response:
    desk = frame.desk_of(request)
    units = {code: office.body.name for code, office in desk.offices.items()}
    values = {"tokens": desk.store.tokens.open(), "units": units, "trouble": trouble, "made": made}
    return frame.page(request, "tokens.html", values, visit=visit, status=422 if trouble else 200)


@router.post("/tokens")
def make_token(request: Request, visit: Visitor, name: Text = "", unit: Text = "", word: Text = "") -> Response:
    """A new token for one unit; it stands on this one answer and nowhere else."""
    desk = _administrator(request, visit, word)
    name = " ".join(name.split())[:60]
    if not name or unit not in desk.offices:
        return _page(request, visit, trouble=NO_UNIT)
    made = desk.store.tokens.make(name, unit, by=visit.person.login, at=desk.clock())
    desk.store.note("", who=visit.person.login, what="token_made", why=f"{name} ({unit}).")
    log.warning("- token_made name=%r unit=%s by=%s", name, unit, visit.person.login)
    return _page(request, visit, made=made)


@router.post("/tokens/{token_id}")
def end_token(request: Request, token_id: int, visit: Visitor, word: Text = "") -> Response:
    """Good for nothing from now on."""
    desk = _administrator(request, visit, word)
    desk.store.tokens.end(token_id, desk.clock())
    desk.store.note("", who=visit.person.login, what="token_ended", why=f"{token_id}.")
    return frame.go("/tokens")


def _administrator(request: Request, visit: Visit, word: str) -> Desk:
    frame.check_word(visit.token, word)
    demand_room(Room.PEOPLE, visit.person)
    return frame.desk_of(request)
