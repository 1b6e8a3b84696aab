"""Log in, log out, choose the language."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from gateway.review import login as doorkeeper
from gateway.review.login import Locked, Visit
from gateway.review.translations import LANGUAGES, mark
from gateway.review.web import frame
from gateway.store.people import Session

router = APIRouter()
log = logging.getLogger(__name__)

WRONG = mark("Tên đăng nhập hoặc mật khẩu không đúng. Hãy thử lại.")
RESTING = mark("Sai mật khẩu quá nhiều lần. Hãy chờ 10 phút rồi thử lại, hoặc nhờ quản trị viên đặt lại mật khẩu.")
WRONG_CODE = mark("Mã không đúng hoặc đã dùng. Hãy chờ mã mới rồi nhập lại; quá năm phút thì đăng nhập lại từ đầu.")
NO_PASSWORDS = mark("Ở đây không đăng nhập bằng mật khẩu. Hãy dùng nút đăng nhập của cơ quan.")
YEAR = 365 * 24 * 3600


@router.get("/login")
def login_page(request: Request, next: str = "/", left: bool = False) -> Response:  # noqa: A002
    """The form; its word belongs to a short-lived cookie."""
    return form(request, next_path=next, left=left)


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
    if desk.login_service and not desk.login_service.passwords_too:
        return form(request, next_path=next, trouble=NO_PASSWORDS, status=403)
    token = secrets.token_urlsafe(32)
    try:
        right = doorkeeper.enter(desk.store.people, login, password, visit=visit_of(request, token, login))
    except Locked:
        log.warning("login_locked login=%r", login)
        return form(request, next_path=next, login=login, trouble=RESTING, status=429)
    if not right:
        log.warning("login_failed login=%r", login)
        return form(request, next_path=next, login=login, trouble=WRONG, status=403)
    known = doorkeeper.recognize(desk.store.people, token, desk.clock())
    answer = _inside(request, token, next, login) if known else frame.go(f"/login/code?next={quote(next)}")
    with_session(request, answer, token).delete_cookie(frame.DOOR_COOKIE)
    return answer


def visit_of(request: Request, token: str, login: str) -> Session:
    """A session about to be opened."""
    desk = frame.desk_of(request)
    now = desk.clock()
    place = request.client.host if request.client else ""
    browser = "".join(one for one in request.headers.get("user-agent", "") if one.isprintable())[:120]
    return Session(doorkeeper.fingerprint(token), login, now, now + dt.timedelta(hours=desk.session_hours),
                   opened_from=f"{place} {browser}".strip())  # fmt: skip


def _inside(request: Request, token: str, target: str, login: str) -> Response:
    entered(request, login)
    return frame.go(frame.local_path(target))


def entered(request: Request, login: str) -> None:
    """Somebody is in: an Event."""
    frame.desk_of(request).store.note("", who=login, what="entered")
    log.info("login login=%r", login)


def with_session(request: Request, answer: Response, token: str) -> Response:
    """The answer with the session's cookie."""
    secure = frame.desk_of(request).secure_cookies
    answer.set_cookie(frame.SESSION_COOKIE, token, httponly=True, samesite="strict", secure=secure)
    return answer


@router.get("/login/code")
def code_page(request: Request, next: str = "/") -> Response:  # noqa: A002
    """The password was right; the code is asked for."""
    return _code_form(request, next)


@router.post("/login/code")
def give_code(
    request: Request,
    code: Annotated[str, Form()] = "",
    word: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """The second factor; a wrong code counts like a wrong password."""
    desk, half = frame.desk_of(request), request.cookies.get(frame.SESSION_COOKIE, "")
    frame.check_word(half, word)
    token = secrets.token_urlsafe(32)
    try:
        fits = doorkeeper.give_code(desk.store.people, half, code, visit=visit_of(request, token, ""))
    except Locked:
        return _code_form(request, next, trouble=RESTING, status=429)
    if not fits:
        log.warning("code_failed")
        return _code_form(request, next, trouble=WRONG_CODE, status=403)
    person = doorkeeper.recognize(desk.store.people, token, desk.clock())
    return with_session(request, _inside(request, token, next, person.login if person else ""), token)


def _code_form(request: Request, target: str, *, trouble: str = "", status: int = 200) -> Response:
    word = doorkeeper.form_word(request.cookies.get(frame.SESSION_COOKIE, ""))
    values = {"word": word, "next": frame.local_path(target), "trouble": trouble}
    return frame.page(request, "code.html", values, status=status)


def form(
    request: Request, *, next_path: str, status: int = 200, left: bool = False, **said: str
) -> Response:
    """The page where one logs in.

    `said`: the login as typed, the trouble, the subject at the login service that an administrator may ask for.
    `left`: somebody has just logged out here.
    """
    desk, token = frame.desk_of(request), secrets.token_urlsafe(24)
    service = desk.login_service
    values = {"login": "", "trouble": "", "subject": ""} | said
    values |= {"word": doorkeeper.form_word(token), "next": frame.local_path(next_path)}
    values["leaving"] = service.leaving() if service and left else ""
    answer = frame.page(request, "login.html", values | {"service": service}, status=status)
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
    store = frame.desk_of(request).store
    doorkeeper.leave(store.people, visit.token)
    store.note("", who=visit.person.login, what="left")
    answer = frame.go("/login?left=1" if frame.desk_of(request).login_service else "/login")
    answer.delete_cookie(frame.SESSION_COOKIE)
    return answer


@router.get("/language/{code}")
def choose_language(request: Request, code: str, next: str = "/") -> Response:  # noqa: A002
    """Remembers the language in a cookie and goes back."""
    answer = frame.go(frame.local_path(next))
    if code in LANGUAGES:
        secure = frame.desk_of(request).secure_cookies
        answer.set_cookie(frame.LANGUAGE_COOKIE, code, httponly=True, samesite="strict", secure=secure, max_age=YEAR)
    return answer
