"""Who works here and as what: for administrators; changes of rights wait for a second person (R-185)."""

from __future__ import annotations

import logging
import re
import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from gateway.errors import GatewayError, NotFound
from gateway.review import login as doorkeeper
from gateway.review.desk import Desk
from gateway.review.login import Visit
from gateway.review.rooms import OPEN, Room, demand_room
from gateway.review.translations import mark
from gateway.review.web import frame, words
from gateway.review.web.perform import Sent
from gateway.store.people import PersonRow
from gateway.store.rights import Rights, RightsChange

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
Text = Annotated[str, Form()]
_LONGEST_SUBJECT = 255
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
BAD_LOGIN = mark("Tên đăng nhập gồm 2 đến 32 chữ thường không dấu, chữ số, dấu chấm. Hãy chọn tên khác.")
NO_NAME = mark("Chưa có họ tên. Hãy nhập họ tên.")
TIED = mark("Mã này đã gắn với người khác. Hãy kiểm tra lại mã, hoặc gỡ mã ở người kia trước.")
OWN_CHANGE = mark("Bạn đã tự đổi quyền này hoặc đây là quyền của chính bạn. Hãy nhờ người thứ hai xác nhận.")
NO_THIRD = mark("Xác nhận quyền của chính mình vì ở đây không có người thứ ba được xác nhận.")
OWN_RIGHTS = mark("Không tự đổi quyền của mình được. Hãy nhờ quản trị viên khác.")


@router.get("/people")
def people_page(request: Request, visit: Visitor) -> Response:
    """Everybody, with their rights and open sessions."""
    demand_room(Room.PEOPLE, visit.person)
    return _page(request, visit)


def _page(request: Request, visit: Visit, *, trouble: str = "", made: tuple[str, str] | None = None) -> Response:
    desk = frame.desk_of(request)
    open_sessions = [one.login for one in desk.store.people.sessions(desk.clock())]
    service = desk.login_service
    values = {
        "subjects": desk.store.identities.of(service.issuer) if service else None,
        "people": [(one, open_sessions.count(one.login)) for one in desk.store.people.all()],
        "units": {code: office.body.name for code, office in desk.offices.items()},
        "trouble": trouble,
        "made": made,
    }
    return frame.page(request, "people.html", values, visit=visit, status=422 if trouble else 200)


@router.post("/people")
def add_person(request: Request, visit: Visitor, sent: Sent) -> Response:
    """A new person with a password made here, shown once."""
    desk = _administrator(request, visit, sent)
    login, name = str(sent.get("login", "")).strip(), " ".join(str(sent.get("name", "")).split())[:100]
    if not _LOGIN.fullmatch(login):
        return _page(request, visit, trouble=BAD_LOGIN)
    if not name:
        return _page(request, visit, trouble=NO_NAME)
    password = secrets.token_urlsafe(12)
    try:
        desk.store.people.add(login, name, password_hash=doorkeeper.password_hash(password), roles=())
    except GatewayError as taken:
        return _page(request, visit, trouble=str(taken))
    desk.store.note("", who=visit.person.login, what="person_added", why=f"{login}.")
    _give(desk, visit, login, _rights(sent))
    return _page(request, visit, made=(login, password))


@router.post("/people/{login}/{deed}")
def change_person(request: Request, login: str, deed: str, visit: Visitor, sent: Sent) -> Response:
    """Other rights, a new password, no second factor, no open sessions, another account at the login service."""
    desk = _administrator(request, visit, sent)
    row = desk.store.people.get(login)
    if row is None or deed not in ("rights", "password", "codes", "sessions", "subject"):
        raise NotFound
    if deed == "subject":
        return _tie(request, visit, login, str(sent.get("subject", "")).strip())
    if deed == "rights":
        if login == visit.person.login:
            return _page(request, visit, trouble=OWN_RIGHTS)
        _give(desk, visit, login, _rights(sent))
        return frame.go("/people")
    made = _reset(desk, visit, row, deed)
    return _page(request, visit, made=(login, made)) if made else frame.go("/people")


def _tie(request: Request, visit: Visit, login: str, subject: str) -> Response:
    """Who somebody is at the login service; open sessions end, whoever they were opened by."""
    desk = frame.desk_of(request)
    if desk.login_service is None or len(subject) > _LONGEST_SUBJECT or not subject.isprintable():
        raise NotFound
    issuer, by = desk.login_service.issuer, visit.person.login
    owner = desk.store.identities.login_of(issuer, subject) if subject else ""
    if owner not in ("", login):
        return _page(request, visit, trouble=TIED)
    desk.store.identities.untie(login, issuer)
    if subject:
        desk.store.identities.tie(login, issuer, subject, by=by, at=desk.clock())
    if login != by:
        desk.store.people.close_sessions(login)
    desk.store.note("", who=by, what="login_tied", why=f"{login}: {subject or '–'}.")
    log.warning("- login_tied login=%r by=%s", login, by)
    return frame.go("/people")


def _reset(desk: Desk, visit: Visit, row: PersonRow, deed: str) -> str:
    """Does what needs no second person; gives the new password, if one was made."""
    people, made = desk.store.people, ""
    people.close_sessions(row.login)
    if deed == "password":
        made = secrets.token_urlsafe(12)
        people.set_password(row.login, doorkeeper.password_hash(made))
        people.clear_failures(row.login)
    elif deed == "codes":
        people.set_totp(row.login, "")
    what = {"password": "password_set", "codes": "codes_off", "sessions": "sessions_ended"}[deed]
    desk.store.note("", who=visit.person.login, what=what, why=f"{row.login}.")
    log.info("- %s login=%r by=%s", what, row.login, visit.person.login)
    return made


def _administrator(request: Request, visit: Visit, sent: Sent) -> Desk:
    frame.check_word(visit.token, str(sent.get("word", "")))
    demand_room(Room.PEOPLE, visit.person)
    return frame.desk_of(request)


def _rights(sent: Sent) -> Rights:
    roles = frozenset(str(one) for one in sent.getlist("role")) & frozenset(words.ROLES)
    units = re.findall(r"[\w.-]+", str(sent.get("units", "")))
    return Rights(roles, frozenset(units[:50]))


def _give(desk: Desk, visit: Visit, login: str, rights: Rights) -> None:
    if desk.store.people.set_rights(login, rights, by=visit.person.login, at=desk.clock()):
        if not rights.roles:
            desk.store.people.close_sessions(login)
        said = f"{login}: {', '.join(sorted(rights.roles)) or '–'} ({', '.join(sorted(rights.units)) or '*'})."
        desk.store.note("", who=visit.person.login, what="rights_changed", why=said)
        log.warning("- rights_changed login=%r by=%s", login, visit.person.login)


@router.get("/alarms")
def alarms_page(request: Request, visit: Visitor) -> Response:
    """Changes of rights that wait for a second person."""
    demand_room(Room.ALARMS, visit.person)
    return _alarms(request, visit)


def _alarms(request: Request, visit: Visit, trouble: str = "") -> Response:
    desk, who = frame.desk_of(request), visit.person
    changes = [(one, _confirmers(desk, one)) for one in desk.store.rights.open()]
    values = {"changes": [(one, who.login in able, bool(able)) for one, able in changes], "trouble": trouble}
    return frame.page(request, "alarms.html", values, visit=visit, status=403 if trouble else 200)


def _confirmers(desk: Desk, change: RightsChange) -> frozenset[str]:
    """Who may confirm it: neither who made it nor whom it is for; where nobody else could, the latter, so that two
    people know of it all the same.
    """
    able = {row.login for row in desk.store.people.all() if OPEN[Room.ALARMS] & row.roles} - {change.changed_by}
    return frozenset(able - {change.login} or able)


@router.post("/alarms/{change}")
def confirm_change(request: Request, change: int, visit: Visitor, word: Text = "") -> Response:
    """A second person says that the change is right; who that may be: `_confirmers`."""
    frame.check_word(visit.token, word)
    demand_room(Room.ALARMS, visit.person)
    desk = frame.desk_of(request)
    one = next((one for one in desk.store.rights.open() if one.id == change), None)
    if one is None:
        raise NotFound
    who, able = visit.person.login, _confirmers(desk, one)
    if who not in able or not desk.store.rights.confirm(change, by=who, at=desk.clock(), own=who == one.login):
        return _alarms(request, visit, OWN_CHANGE)
    said = f"{one.login}. {NO_THIRD}" if who == one.login else f"{one.login}."
    desk.store.note("", who=who, what="rights_confirmed", why=said)
    return frame.go("/alarms")
