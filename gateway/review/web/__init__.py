"""The desk's web application: `create_app(desk)`.  Routes translate; `review.acts` decides."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import GatewayError, Stale, WrongStage
from gateway.review.desk import Desk
from gateway.review.login import Visit
from gateway.review.statuses import status_of
from gateway.review.translations import mark
from gateway.review.web import (
    account,
    archive,
    bodies,
    bulk,
    directory,
    entrance,
    files,
    find,
    frame,
    guide,
    handed,
    health,
    hooks,
    inbox,
    incoming,
    journal,
    live,
    pages,
    paper,
    people,
    perform,
    registers,
    seals,
    service_login,
    tokens,
)
from gateway.review.web.frame import ForgedForm, LoginNeeded
from gateway.review.web.looks import Looks
from gateway.review.web.pulse import Pulse
from gateway.review.web.waiting import Forecasts

log = logging.getLogger(__name__)
CLOSED = "no-store, private"
FOR_EVER = "public, max-age=31536000, immutable"
"""For scripts and styles, whose address changes with them; nothing of a paper is among them."""
ROOMS = (
    entrance, service_login, account, people, journal, inbox, find, bulk, files, archive, directory, bodies, live,
    pages, paper, perform, seals, handed, incoming, registers, health, tokens, hooks, guide,
)  # fmt: skip
FORGED = mark("Biểu mẫu đã hết hạn hoặc không thuộc phiên làm việc này. Hãy tải lại trang rồi làm lại.")
_PAPER = re.compile(r"(/d/[0-9a-z]+)/")
"""Below the page of a paper: whoever came too late goes back to it."""
NO_PAGE = mark("Không có trang này. Hãy quay lại hộp văn bản.")
FAULT = mark("Cổng gặp lỗi bất ngờ; việc vừa làm có thể đã ghi hoặc chưa. Hãy tải lại trang để xem rồi làm tiếp; "
             "vẫn lỗi thì báo quản trị viên kèm giờ dưới đây.")


def create_app(desk: Desk) -> FastAPI:
    """The application; one per process.  Needs no start-up work of its own."""
    app = FastAPI(title="vanthu", openapi_url=None, docs_url=None, redoc_url=None, lifespan=_lifespan)
    app.state.desk = desk
    app.state.templates = frame.environments()
    app.state.shelf = files.Shelf()
    app.state.pulse = Pulse()
    app.state.looks = Looks()
    app.state.forecasts = Forecasts()
    app.state.closing = threading.Event()
    for room in ROOMS:
        app.include_router(room.router)
    from gateway.review.api import create_api  # it shows papers as these pages do, so it stands on this package

    app.mount("/api/v1", create_api(desk))
    app.mount(frame.STATIC, StaticFiles(directory=frame.HERE / "static"), name="static")
    app.add_exception_handler(LoginNeeded, lambda request, _: frame.to_login(request))
    app.add_exception_handler(ForgedForm, lambda request, _: _trouble(request, FORGED, 403))
    app.add_exception_handler(GatewayError, _gateway_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _fault)
    app.add_middleware(ClosedHeaders)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.closing.set()


class ClosedHeaders:
    """Every answer carries the policy; only the static files may be kept by a browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds headers to the start of each response."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                static = scope["path"].startswith(f"{frame.STATIC}/")
                wanted = frame.HEADERS | {"Cache-Control": FOR_EVER if static else CLOSED}
                extra = [(name.lower().encode(), value.encode()) for name, value in wanted.items()]
                message["headers"] = [*message["headers"], *(pair for pair in extra if pair[0] not in present)]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def _gateway_error(request: Request, error: Exception) -> Response:
    log.warning("page_refused path=%s why=%s", request.url.path, type(error).__name__)
    paper = _PAPER.match(request.url.path) if isinstance(error, (WrongStage, Stale)) else None
    return _trouble(request, str(error), status_of(error), back=paper[1] if paper else "/")


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _trouble(request, NO_PAGE if status == 404 else GatewayError.__doc__ or "", status)


def _fault(request: Request, error: Exception) -> Response:
    """What nobody has foreseen, or a database that is away: so nothing is asked of the store.  The server logs it."""
    log.error("page_failed path=%s why=%s", request.url.path, type(error).__name__)
    paper = _PAPER.match(f"{request.url.path}/")
    answer = _said(request, FAULT, 500, back=paper[1] if paper else "/")
    answer.headers.update(frame.HEADERS | {"Cache-Control": CLOSED})  # this answer passes no middleware
    return answer


def _trouble(request: Request, sentence: str, status: int, *, back: str = "/") -> Response:
    """A sentence in the desk's frame, or as JSON where a script asks."""
    try:
        visit = frame.visitor(request)
    except LoginNeeded:
        visit = None
    return _said(request, sentence, status, back=back, visit=visit)


def _said(request: Request, sentence: str, status: int, *, back: str, visit: Visit | None = None) -> Response:
    if request.headers.get("sec-fetch-dest") in ("empty", "image"):
        return JSONResponse({"trouble": sentence}, status_code=status)
    return frame.page(request, "trouble.html", {"words_of_trouble": sentence, "back": back}, visit=visit, status=status)
