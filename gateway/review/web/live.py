"""Server-sent events: an open page learns within a second that something moved.

Every stream looks once a second; nothing is counted or sent while nothing moves.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from gateway.errors import GatewayError
from gateway.review.acts import Person
from gateway.review.login import Visit
from gateway.review.web import frame
from gateway.review.web.paper import document_of

router = APIRouter()
PAUSE_S = 1.0
HEARTBEAT_ROUNDS = 15
"""Rounds of silence after which a comment line keeps proxies from closing the stream."""
_SHOWN = 8
LONGEST_ROUNDS = 1800
"""The browser opens a new stream after half an hour, so that a revoked session does not listen for ever."""


@router.get("/live")
async def live(request: Request, visit: Annotated[Visit, Depends(frame.visitor)], d: str = "") -> StreamingResponse:
    """Events "desk" (counts, last journal line), and with `d` "paper" (version, stage, progress), else "reading"."""
    headers = {"Cache-Control": "no-store, private", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(request, visit.person, d), media_type="text/event-stream", headers=headers)


async def _stream(request: Request, who: Person, document_id: str) -> AsyncIterator[str]:
    desk, state, last, quiet = frame.desk_of(request), request.app.state, "", 0
    yield "retry: 3000\n\n"
    for _ in range(LONGEST_ROUNDS):
        if state.closing.is_set() or await request.is_disconnected():
            return
        beat = await run_in_threadpool(state.pulse.beat, desk, who)
        text = _event("desk", {"counts": dict(beat.counts), "seq": beat.seq})
        text += await run_in_threadpool(_paper if document_id else _reading, request, who, document_id)
        quiet = 0 if text != last else quiet + 1
        if text != last:
            last = text
            yield text
        elif quiet % HEARTBEAT_ROUNDS == 0:
            yield ": still here\n\n"
        await asyncio.sleep(PAUSE_S)


def _reading(request: Request, who: Person, _: str) -> str:
    """What is being read now, of what this person may see: id to words."""
    desk, language = frame.desk_of(request), frame.language_of(request)
    found = {}
    for document_id in desk.in_work()[:_SHOWN]:
        with suppress(GatewayError):  # gone meanwhile, or not theirs
            document = document_of(desk, document_id, who)
            found[document_id] = request.app.state.forecasts.wait(desk, document, language).words
    return _event("reading", found) if found else ""


def _paper(request: Request, who: Person, document_id: str) -> str:
    desk = frame.desk_of(request)
    try:
        document = document_of(desk, document_id, who)
    except GatewayError:  # gone, or not theirs: an open page simply hears no more of it
        return ""
    wait = request.app.state.forecasts.wait(desk, document, frame.language_of(request))
    news = {
        "version": document.version,
        "stage": document.stage.value,
        "held": document.held is not None,
        "progress": list(wait.progress) if wait.progress else None,
        "words": wait.words,
    }
    return _event("paper", news)


def _event(name: str, data: Mapping[str, object]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
