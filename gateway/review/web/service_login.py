"""Log in by the login service: away to it, and back from it."""

from __future__ import annotations

import logging
import secrets
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from gateway.errors import GatewayError, LoginRefused, LoginServiceDown, NotFound
from gateway.review import login as doorkeeper
from gateway.review.login_service import UNKNOWN, Errand, Identity, LoginService, enter_as
from gateway.review.translations import mark
from gateway.review.web import entrance, frame

router = APIRouter()
log = logging.getLogger(__name__)
COOKIE = "vanthu_errand"
PATH = "/login/oidc"
MINUTES = 10
OTHER_BROWSER = mark("Lần đăng nhập này đã hết hạn hoặc bắt đầu từ trình duyệt khác. Hãy đăng nhập lại từ đầu.")
REFUSED_THERE = mark("Dịch vụ đăng nhập không cho vào. Hãy đăng nhập lại từ đầu, hoặc hỏi quản trị viên dịch vụ đó.")


def service_of(request: Request) -> LoginService:
    """The desk's login service; without one these pages do not exist."""
    service = frame.desk_of(request).login_service
    if service is None:
        raise NotFound
    return service


Service = Annotated[LoginService, Depends(service_of)]


@router.get(PATH)
def away(request: Request, service: Service, next: str = "/") -> Response:  # noqa: A002
    """Sends the browser to the service; what it must bring back stays in a cookie of ten minutes."""
    errand, target = Errand.new(), frame.local_path(next)
    try:
        answer: Response = frame.go(service.way(errand))
    except GatewayError as error:
        return _trouble(request, error, target)
    # "lax": the service sends the browser back from another site, where a strict cookie would stay at home.
    answer.set_cookie(COOKIE, f"{errand.secret}.{quote(target, safe='')}", httponly=True, samesite="lax", path=PATH,
                      secure=frame.desk_of(request).secure_cookies, max_age=MINUTES * 60)  # fmt: skip
    return answer


@router.get(f"{PATH}/back")
def back(request: Request, service: Service, code: str = "", state: str = "", iss: str = "") -> Response:
    """Opens the session; the cookie is good for one answer only."""
    secret, _, target = request.cookies.get(COOKIE, "").partition(".")
    target = frame.local_path(unquote(target))
    identity = None
    try:
        identity = _identity(service, Errand(secret), code=code, state=state, iss=iss)
        answer = _enter(request, identity, target)
    except GatewayError as error:
        answer = _trouble(request, error, target, identity.subject if identity and str(error) == UNKNOWN else "")
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


def _identity(service: LoginService, errand: Errand, *, code: str, state: str, iss: str) -> Identity:
    if not errand.secret or not secrets.compare_digest(errand.state.encode(), state.encode()):
        raise LoginRefused(OTHER_BROWSER)
    if iss and iss != service.issuer:  # RFC 9207: the answer of another service
        raise LoginRefused
    if not code:
        raise LoginRefused(REFUSED_THERE)
    return service.identity(errand, code)


def _enter(request: Request, identity: Identity, target: str) -> Response:
    desk, token = frame.desk_of(request), secrets.token_urlsafe(32)
    login = enter_as(desk.store, identity, visit=entrance.visit_of(request, token, ""))
    known = doorkeeper.recognize(desk.store.people, token, desk.clock())
    if known:
        entrance.entered(request, login)
    # A page of ours and not a redirect: strict cookies do not travel on a way that began at another site.
    place = target if known else f"/login/code?next={quote(target)}"
    answer = frame.page(request, "arrived.html", {"target": place})
    return entrance.with_session(request, answer, token)


def _trouble(request: Request, error: GatewayError, target: str, subject: str = "") -> Response:
    log.warning("- service_login_failed reason=%s subject=%r", type(error).__name__, subject)
    status = 503 if isinstance(error, LoginServiceDown) else 403
    return entrance.form(request, next_path=target, trouble=str(error), subject=subject, status=status)
