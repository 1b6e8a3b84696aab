"""Webhooks, for administrators: where programs listen, how each address stands, its key, another try."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from gateway.errors import NotAllowed, NotFound
from gateway.review.desk import Desk, Programs
from gateway.review.login import Visit
from gateway.review.rooms import Room, demand_room
from gateway.review.translations import mark
from gateway.review.web import frame
from gateway.store.hooks import Hook

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
Text = Annotated[str, Form()]
NO_UNIT = mark("Mã đơn vị không có ở đây. Hãy chọn lại.")
CLOSED = mark("Chưa máy chủ nào được phép nhận tin. Hãy khai báo webhooks.hosts trong tệp cấu hình rồi khởi động lại.")


@router.get("/webhooks")
def hooks_page(request: Request, visit: Visitor) -> Response:
    """Addresses that are told something now."""
    demand_room(Room.PEOPLE, visit.person)
    return _page(request, visit)


def _page(request: Request, visit: Visit, *, trouble: str = "", key: str = "") -> Response:
    desk = frame.desk_of(request)
    values = {
        "hooks": [(one, desk.store.hooks.tally(one.id)) for one in desk.store.hooks.open()],
        "units": {code: office.body.name for code, office in desk.offices.items()},
        "trouble": trouble or (CLOSED if desk.programs is None else ""),
        "key": key,
    }
    return frame.page(request, "hooks.html", values, visit=visit, status=422 if trouble else 200)


@router.post("/webhooks")
def make_hook(request: Request, visit: Visitor, url: Text = "", unit: Text = "", word: Text = "") -> Response:
    """A new address for one unit; its key stands on this answer."""
    desk = _administrator(request, visit, word)
    if unit not in desk.offices:
        return _page(request, visit, trouble=NO_UNIT)
    try:
        programs = _programs(desk)
        hook = desk.store.hooks.make(unit, programs.checked(url.strip()), by=visit.person.login, at=desk.clock())
    except NotAllowed as refusal:
        return _page(request, visit, trouble=str(refusal))
    _note(desk, visit, "hook_made", hook)
    return _page(request, visit, key=programs.key_of(hook))


@router.post("/webhooks/{hook_id}/key")
def show_key(request: Request, hook_id: int, visit: Visitor, word: Text = "") -> Response:
    """The key that its program checks signatures with, the newest."""
    desk = _administrator(request, visit, word)
    hook = _hook(desk, hook_id)
    key = _programs(desk).key_of(hook)
    _note(desk, visit, "hook_key_shown", hook)
    return _page(request, visit, key=key)


@router.post("/webhooks/{hook_id}/again")
def try_again(request: Request, hook_id: int, visit: Visitor, word: Text = "") -> Response:
    """What was given up is sent anew."""
    desk = _administrator(request, visit, word)
    hook = _hook(desk, hook_id)
    desk.store.hooks.again(hook.id)
    _note(desk, visit, "hook_again", hook)
    return frame.go("/webhooks")


@router.post("/webhooks/{hook_id}/end")
def end_hook(request: Request, hook_id: int, visit: Visitor, word: Text = "") -> Response:
    """Is told nothing from now on."""
    desk = _administrator(request, visit, word)
    hook = _hook(desk, hook_id)
    desk.store.hooks.end(hook.id, desk.clock())
    _note(desk, visit, "hook_ended", hook)
    return frame.go("/webhooks")


def _administrator(request: Request, visit: Visit, word: str) -> Desk:
    frame.check_word(visit.token, word)
    demand_room(Room.PEOPLE, visit.person)
    return frame.desk_of(request)


def _programs(desk: Desk) -> Programs:
    if desk.programs is None:
        raise NotAllowed(CLOSED)
    return desk.programs


def _hook(desk: Desk, hook_id: int) -> Hook:
    found = next((one for one in desk.store.hooks.open() if one.id == hook_id), None)
    if found is None:
        raise NotFound
    return found


def _note(desk: Desk, visit: Visit, what: str, hook: Hook) -> None:
    desk.store.note("", who=visit.person.login, what=what, why=f"{hook.url} ({hook.unit}).")
    log.warning("- %s hook=%s unit=%s by=%s", what, hook.id, hook.unit, visit.person.login)
