"""How things stand, for machines: JSON for a watchdog, figures for Prometheus.  No word of a letter, no name.

Both are answered to programs on this machine only; what a proxy brings in comes from elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from gateway.document import Stage
from gateway.errors import NotFound
from gateway.review.desk import Desk
from gateway.review.web import frame

router = APIRouter()
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
LOCAL = ("127.0.0.1", "::1", "testclient")
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def _demand_watcher(request: Request) -> Desk:
    """Raises NotFound for whoever comes from elsewhere: there is nothing here for them."""
    near = request.client is not None and request.client.host in LOCAL
    if not near or any(name in request.headers for name in FORWARDED):
        raise NotFound
    return frame.desk_of(request)


@router.get("/health.json")
def health(request: Request) -> Response:
    """The lines of the overview; 200 when all is well, 503 when something is not."""
    desk = _demand_watcher(request)
    lines = [{"name": one.name, "ok": one.ok, "words": one.words} for one in desk.health()]
    well = all(line["ok"] for line in lines)
    return JSONResponse({"ok": well, "at": desk.clock().isoformat(), "parts": lines}, 200 if well else 503)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Prometheus text."""
    return PlainTextResponse("\n".join(_lines(_demand_watcher(request))) + "\n", media_type=TEXT)


def _lines(desk: Desk) -> Iterator[str]:
    started = time.perf_counter()
    counts = desk.store.counts()
    yield from _head("vanthu_documents", "Documents on each stage.")
    for stage in Stage:
        yield f'vanthu_documents{{stage="{stage.value}"}} {counts[stage.value]}'
    yield from _head("vanthu_held", "Documents that wait for a person.")
    yield f"vanthu_held {counts['held']}"
    yield from _head("vanthu_late", "Documents past the time by which they must go out.")
    yield f"vanthu_late {desk.store.figures.waiting_late(desk.clock())}"
    yield from _head("vanthu_door_seen_seconds", "When a door or round last looked, seconds since 1970.")
    doors = desk.store.doors()
    for door in doors:
        yield f'vanthu_door_seen_seconds{{door="{_label(door.door)}"}} {door.at.timestamp():.0f}'
    yield from _head("vanthu_door_trouble", "1 when the last look ended in trouble.")
    for door in doors:
        yield f'vanthu_door_trouble{{door="{_label(door.door)}"}} {int(bool(door.note))}'
    last = desk.store.journal.recent(1)
    yield from _head("vanthu_journal_lines", "Lines of the journal.")
    yield f"vanthu_journal_lines {last[0].seq if last else 0}"
    yield from _head("vanthu_metrics_seconds", "How long these figures took.")
    yield f"vanthu_metrics_seconds {time.perf_counter() - started:.4f}"


def _head(name: str, said: str) -> tuple[str, str]:
    return f"# HELP {name} {said}", f"# TYPE {name} gauge"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
