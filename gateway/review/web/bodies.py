"""The directory of receiving bodies: how long a code is good, what comes after it, by which paper (R-193)."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from gateway.review.login import Visit
from gateway.review.rooms import Room, demand_room
from gateway.review.translations import mark
from gateway.review.web import frame
from gateway.review.web.perform import Sent
from gateway.store.directory import Directory, Term

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
_CODE = re.compile(r"[A-Z0-9]+(\.[A-Z0-9]+)*")
_LONGEST = 35
BAD_CODE = mark("Mã cơ quan gồm chữ in hoa, chữ số và dấu chấm, dài nhất 35 ký tự. Hãy kiểm tra lại mã.")
NO_NAME = mark("Danh bạ chưa có mã này. Hãy nhập tên để thêm cơ quan mới.")
NO_SUCCESSOR = mark("Mã kế tiếp không có trong danh bạ. Hãy tìm mã đúng trước.")
BAD_DAY = mark("Ngày chưa đúng. Hãy chọn lại ngày; ngày cuối không trước ngày đầu.")


@router.get("/bodies")
def bodies_page(request: Request, visit: Visitor, q: str = "", code: str = "") -> Response:
    """A search, and one body's form."""
    demand_room(Room.DIRECTORY, visit.person)
    return _page(request, visit, q=q.strip()[:100], term=_known(request, code.strip().upper()))


def _known(request: Request, code: str) -> Term:
    return frame.desk_of(request).store.directory.term(code) or Term(code)


def _page(request: Request, visit: Visit, *, q: str, term: Term, trouble: str = "") -> Response:
    desk = frame.desk_of(request)
    directory = desk.store.directory
    found = [(body, directory.term(body.code)) for body in (directory.search(q) if q else ())]
    values = {
        "q_bodies": q,
        "found": found,
        "count": directory.count(),
        "term": term,
        "trouble": trouble,
        "body": directory.get(term.code) if term.code else None,
        "today": desk.clock().date(),
    }
    return frame.page(request, "bodies.html", values, visit=visit, status=422 if trouble else 200)


@router.post("/bodies")
def set_body(request: Request, visit: Visitor, sent: Sent) -> Response:
    """What a person says of a body, in place of what was said before."""
    demand_room(Room.DIRECTORY, visit.person)
    frame.check_word(visit.token, str(sent.get("word", "")))
    desk = frame.desk_of(request)
    term = Term(
        code=_line(sent, "code").upper(),
        since=_day(sent, "since"),
        until=_day(sent, "until"),
        successor=_line(sent, "successor").upper(),
        note=_line(sent, "note"),
        name=_line(sent, "name"),
        mail=_line(sent, "mail"),
    )
    trouble = BAD_DAY if _bad_days(sent, term) else _trouble(term, desk.store.directory)
    if trouble:
        return _page(request, visit, q="", term=term, trouble=trouble)
    desk.store.directory.set_term(term, who=visit.person.login, at=desk.clock())
    log.info("- body_set code=%s by=%s", term.code, visit.person.login)
    return frame.go(f"/bodies?q={term.code}")


def _trouble(term: Term, directory: Directory) -> str:
    if not _CODE.fullmatch(term.code) or len(term.code) > _LONGEST:
        return BAD_CODE
    if directory.get(term.code) is None and not term.name:
        return NO_NAME
    if term.successor and (term.successor == term.code or directory.get(term.successor) is None):
        return NO_SUCCESSOR
    return ""


def _line(sent: FormData, name: str) -> str:
    return " ".join(str(sent.get(name, "")).split())[:300]


def _day(sent: FormData, name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(_line(sent, name))
    except ValueError:
        return None


def _bad_days(sent: FormData, term: Term) -> bool:
    wrong = any(_line(sent, name) and _day(sent, name) is None for name in ("since", "until"))
    return wrong or (term.since is not None and term.until is not None and term.until < term.since)
