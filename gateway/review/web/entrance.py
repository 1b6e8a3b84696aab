"""Log in, log out, choose the language."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from gateway.review import login as doorkeeper
from gateway.review.login import Locked, Visit
from gateway.review.translations import LANGUAGES, mark
from gateway.review.web import frame

router = APIRouter()
log = logging.getLogger(__name__)

WRONG = mark("Tên đăng nhập hoặc mật khẩu không đúng. Hãy thử lại.")
RESTING = mark("Sai mật khẩu quá nhiều lần. Hãy chờ 10 phút rồi thử lại, hoặc nhờ quản trị viên đặt lại mật khẩu.")
YEAR = 365 * 24 * 3600


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002
    """The form; its word belongs to a short-lived cookie."""
    return _form(request, next_path=next)


@router.post("/login")
def log_in(
    request: Request,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    word: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Opens a session; a wrong password and a wrong login look the same."""
    desk = frame.desk_of(request)
    frame.check_word(request.cookies.get(frame.DOOR_COOKIE, ""), word)
    now = desk.clock()
    try:
        token = doorkeeper.enter(
            desk.store.people, login, password, now=now, ends_at=now + dt.timedelta(hours=desk.session_hours)
        )
    except Locked:
        log.warning("login_locked login=%r", login)
        return _form(request, next_path=next, login=login, trouble=RESTING, status=429)
    if token is None:
        log.warning("login_failed login=%r", login)
        return _form(request, next_path=next, login=login, trouble=WRONG, status=403)
    log.info("login login=%r", login)
    answer = frame.go(frame.local_path(next))
    answer.set_cookie(frame.SESSION_COOKIE, token, httponly=True, samesite="strict", secure=desk.secure_cookies)
    answer.delete_cookie(frame.DOOR_COOKIE)
    return answer


def _form(request: Request, *, next_path: str, login: str = "", trouble: str = "", status: int = 200) -> Response:
    desk, token = frame.desk_of(request), secrets.token_urlsafe(24)
    word = doorkeeper.form_word(token)
    values = {"login": login, "trouble": trouble, "word": word, "next": frame.local_path(next_path)}
    answer = frame.page(request, "login.html", values, status=status)
    answer.set_cookie(
        frame.DOOR_COOKIE, token, httponly=True, samesite="strict", secure=desk.secure_cookies, max_age=3600
    )
    return answer


@router.post("/logout")
def log_out(
    request: Request, visit: Annotated[Visit, Depends(frame.visitor)], word: Annotated[str, Form()] = ""
) -> Response:
    """Ends the session."""
    frame.check_word(visit.token, word)
    doorkeeper.leave(frame.desk_of(request).store.people, visit.token)
    answer = frame.go("/login")
    answer.delete_cookie(frame.SESSION_COOKIE)
    return answer


@router.get("/me")
def my_page(request: Request, visit: Annotated[Visit, Depends(frame.visitor)], done: str = "") -> Response:
    """Who I am here, and the form for a new password."""
    return frame.page(request, "me.html", {"trouble": "", "done": bool(done)}, visit=visit)


@router.post("/me")
def new_password(
    request: Request,
    visit: Annotated[Visit, Depends(frame.visitor)],
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    word: Annotated[str, Form()] = "",
) -> Response:
    """Changes the visitor's own password."""
    frame.check_word(visit.token, word)
    trouble = doorkeeper.change_password(frame.desk_of(request).store.people, visit.person, old, new)
    log.info("password login=%r changed=%s", visit.person.login, not trouble)
    if trouble:
        return frame.page(request, "me.html", {"trouble": trouble, "done": False}, visit=visit, status=422)
    return frame.go("/me?done=1")


@router.get("/language/{code}")
def choose_language(request: Request, code: str, next: str = "/") -> Response:  # noqa: A002
    """Remembers the language in a cookie and goes back."""
    answer = frame.go(frame.local_path(next))
    if code in LANGUAGES:
        secure = frame.desk_of(request).secure_cookies
        answer.set_cookie(frame.LANGUAGE_COOKIE, code, httponly=True, samesite="strict", secure=secure, max_age=YEAR)
    return answer
