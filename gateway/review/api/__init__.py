"""The interface for programs: upload, list, document, status.  Described by /api/v1/openapi.json."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from gateway.errors import GatewayError
from gateway.review.api import documents, told
from gateway.review.desk import Desk
from gateway.review.statuses import status_of

log = logging.getLogger(__name__)
FAULT = "Cổng gặp lỗi bất ngờ. Hãy gửi lại với cùng Idempotency-Key; vẫn lỗi thì báo quản trị viên kèm giờ xảy ra."
ABOUT = """Every call brings `Authorization: Bearer TOKEN`; a token is made by an administrator for one unit, and sees
and brings that unit's documents only.  Sentences in `trouble` are Vietnamese and end in the next thing to do."""


def create_api(desk: Desk) -> FastAPI:
    """The application that stands under /api/v1 of the desk."""
    api = FastAPI(title="vanthu", version="1", description=ABOUT, docs_url=None, redoc_url=None)
    api.state.desk = desk
    api.include_router(documents.router)
    api.webhooks.include_router(told.router)
    api.add_exception_handler(GatewayError, _refused)
    api.add_exception_handler(HTTPException, _said)
    api.add_exception_handler(Exception, _fault)
    return api


def _refused(request: Request, error: Exception) -> Response:
    log.warning("- api_refused path=%s why=%s", request.url.path, type(error).__name__)
    return JSONResponse({"trouble": str(error)}, status_code=status_of(error))


def _fault(request: Request, error: Exception) -> Response:
    log.error("- api_failed path=%s why=%s", request.url.path, type(error).__name__)
    return JSONResponse({"trouble": FAULT}, status_code=500)


def _said(request: Request, error: Exception) -> Response:
    """Refusals of every kind have one shape."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"trouble": str(error.detail)}, status_code=error.status_code, headers=error.headers)
