"""What everybody may do with their own login: password, second factor, open sessions."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from gateway.review import login as doorkeeper
from gateway.review import second_factor
from gateway.review.login import Visit
from gateway.review.translations import mark
from gateway.review.web import frame

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
Text = Annotated[str, Form()]
DONE = {
    "password": mark("Đã đổi mật khẩu."),
    "codes": mark("Đã đổi cách xác thực."),
    "sessions": mark("Đã kết thúc phiên làm việc."),
}
WRONG_CODE = mark("Mã không khớp. Hãy quét lại ảnh mã, chờ mã mới rồi nhập.")


@router.get("/me")
def my_page(request: Request, visit: Visitor, done: str = "") -> Response:
    """Who I am here, where I am logged in, and the forms for password and second factor."""
    return _page(request, visit, done=done)


def _page(request: Request, visit: Visit, *, done: str = "", trouble: str = "", secret: str = "") -> Response:
    desk, login = frame.desk_of(request), visit.person.login
    row = desk.store.people.get(login)
    mine = doorkeeper.fingerprint(visit.token)
    values: dict[str, object] = {"trouble": trouble, "done": DONE.get(done, ""), "codes": bool(row and row.totp_secret)}
    values["sessions"] = [(one, one.token_sha256 == mine) for one in desk.store.people.sessions(desk.clock(), login)]
    values["new"] = None
    if secret:
        issuer = desk.offices[desk.home].body.name
        side, path = second_factor.picture(second_factor.address(secret, login, issuer))
        values["new"] = {"secret": secret, "side": side, "path": path}
    return frame.page(request, "me.html", values, visit=visit, status=422 if trouble else 200)


@router.post("/me")
def new_password(request: Request, visit: Visitor, old: Text = "", new: Text = "", word: Text = "") -> Response:
    """Changes the visitor's own password; every other session of theirs ends."""
    frame.check_word(visit.token, word)
    desk = frame.desk_of(request)
    trouble = doorkeeper.change_password(desk.store.people, visit, old, new)
    log.info("password login=%r changed=%s", visit.person.login, not trouble)
    if trouble:
        return _page(request, visit, trouble=trouble)
    desk.store.note("", who=visit.person.login, what="password_set")
    return frame.go("/me?done=password")


@router.post("/me/codes")
def codes(
    request: Request, visit: Visitor, secret: Text = "", code: Text = "", password: Text = "", word: Text = ""
) -> Response:
    """Without a code: shows a new secret.  With one: asks for codes from now on.  With the password: no more."""
    frame.check_word(visit.token, word)
    desk = frame.desk_of(request)
    people, login = desk.store.people, visit.person.login
    if password:
        if not doorkeeper.ask_for_no_codes(people, visit, password):
            return _page(request, visit, trouble=doorkeeper.WRONG_OLD)
        desk.store.note("", who=login, what="codes_off")
        return frame.go("/me?done=codes")
    if not secret:
        return _page(request, visit, secret=second_factor.new_secret())
    if not doorkeeper.ask_for_codes(people, visit, secret, code=code, now=desk.clock()):
        return _page(request, visit, trouble=WRONG_CODE, secret=second_factor.new_secret())
    desk.store.note("", who=login, what="codes_on")
    return frame.go("/me?done=codes")


@router.post("/me/sessions")
def end_session(request: Request, visit: Visitor, session: Text = "", word: Text = "") -> Response:
    """Ends one of the visitor's own sessions, or all others."""
    frame.check_word(visit.token, word)
    desk = frame.desk_of(request)
    people, login = desk.store.people, visit.person.login
    if not session:
        people.close_sessions(login, but=doorkeeper.fingerprint(visit.token))
    elif any(one.token_sha256 == session for one in people.sessions(desk.clock(), login)):
        people.close_session(session)
    desk.store.note("", who=login, what="sessions_ended")
    return frame.go("/me?done=sessions")
