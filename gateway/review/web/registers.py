"""Registers and reports to print: chosen on a page, drawn when they are asked for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from gateway.document import VN
from gateway.errors import BadSettings, NotAllowed
from gateway.exchange.port import Body
from gateway.periods import Period, days, period
from gateway.registers import TITLES, Register, Wanted, sheet_of
from gateway.reports import Report, report_of
from gateway.review.acts import Person
from gateway.review.desk import Desk
from gateway.review.entries import iso_date
from gateway.review.login import Visit
from gateway.review.rooms import Room, demand_room
from gateway.review.translations import mark as _
from gateway.review.web import frame
from gateway.review.web.paper import document_of
from gateway.slips import slip_of

router = APIRouter()
Visitor = Annotated[Visit, Depends(frame.visitor)]
REGISTERS: Mapping[Register, str] = {
    Register.INCOMING: _("Sổ đăng ký văn bản đến"),
    Register.OUTGOING: _("Sổ đăng ký văn bản đi"),
    Register.FOLLOW_UP: _("Sổ theo dõi giải quyết văn bản đến"),
}
KINDS: Mapping[str, str] = {
    "month": _("Tháng"),
    "quarter": _("Quý"),
    "half": _("6 tháng"),
    "year": _("Năm"),
    "days": _("Từ ngày đến ngày"),
}
TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("/registers")
def registers(request: Request, visit: Visitor) -> Response:
    """The two forms, and the report of this month in figures."""
    demand_room(Room.PAPERS, visit.person)
    return _draw(request, visit)


def _draw(request: Request, visit: Visit, trouble: str = "") -> Response:
    desk, who = frame.desk_of(request), visit.person
    today, units = desk.clock().astimezone(VN).date(), units_for(desk, who)
    values = {
        "units": units,
        "registers": REGISTERS,
        "kinds": KINDS,
        "first": today.replace(month=1, day=1).isoformat(),
        "today": today.isoformat(),
        "part": _latest(today),
        "report": _report(desk, units[0], period("month", _latest(today))),
        "trouble": trouble,
    }
    return frame.page(request, "registers.html", values, visit=visit, status=422 if trouble else 200)


@router.get("/registers/register")
def register(request: Request, visit: Visitor) -> Response:
    """One register as a file; that it was printed is told in the journal."""
    desk, who, asked = frame.desk_of(request), visit.person, request.query_params
    demand_room(Room.PAPERS, who)
    unit, ending = _unit(desk, who, asked.get("unit", "")), _ending(asked.get("form", ""))
    chosen = next((one for one in Register if one.value == asked.get("register")), Register.INCOMING)
    try:
        span = _days(asked.get("from", ""), asked.get("to", "")).span
    except BadSettings as error:
        return _draw(request, visit, str(error))
    sheet = sheet_of(desk.store, Wanted(register=chosen, unit=unit, parent=_above(desk, unit), span=span,
                                        book=asked.get("book", "")[:20]))  # fmt: skip
    from gateway.sheets.table import table_pdf, table_xlsx

    now = desk.clock()
    body = table_pdf(sheet, now) if ending == "pdf" else table_xlsx([sheet], now)
    desk.store.note("", who=who.login, what="printed", why=f"{TITLES[chosen].capitalize()}, {len(sheet.rows)}.")
    return _file(body, f"so-{chosen.value}-{span.first:%Y%m%d}-{span.last:%Y%m%d}", ending)


@router.get("/registers/report")
def report(request: Request, visit: Visitor) -> Response:
    """One report as a file."""
    desk, who, asked = frame.desk_of(request), visit.person, request.query_params
    demand_room(Room.PAPERS, who)
    unit, ending, kind = _unit(desk, who, asked.get("unit", "")), _ending(asked.get("form", "")), asked.get("kind", "")
    today = desk.clock().astimezone(VN).date()
    try:
        if kind == "days":
            wanted = _days(asked.get("from", ""), asked.get("to", ""))
        else:
            wanted = period(kind if kind in KINDS else "month", asked.get("part", "") or _latest(today))
    except BadSettings as error:
        return _draw(request, visit, str(error))
    from gateway.sheets.report import report_pdf, report_xlsx

    made = _report(desk, unit, wanted)
    body = report_pdf(made) if ending == "pdf" else report_xlsx(made)
    desk.store.note("", who=who.login, what="printed", why=f"{wanted.name}.")
    return _file(body, f"bao-cao-{wanted.span.first:%Y%m%d}-{wanted.span.last:%Y%m%d}", ending)


@router.get("/d/{document_id}/slip.pdf")
def slip(request: Request, document_id: str, visit: Visitor) -> Response:
    """The slip that goes round with a registered paper."""
    desk, who = frame.desk_of(request), visit.person
    document = document_of(desk, document_id, who)
    office = desk.offices.get(document.unit)
    unit = _body(desk, document.unit)
    made = slip_of(desk.store, document, unit, parent=_above(desk, unit), place=office.place if office else "")
    from gateway.sheets.slip import slip_pdf

    desk.store.note(document.id, who=who.login, what="printed", why="Phiếu giải quyết văn bản đến.")
    return _file(slip_pdf(made), f"phieu-giai-quyet-{made.number}", "pdf")


def _report(desk: Desk, unit: Body, wanted: Period) -> Report:
    return report_of(desk.store, unit, _above(desk, unit), wanted, desk.clock())


def units_for(desk: Desk, who: Person) -> list[Body]:
    """The units whose sheets this person may print, the office itself first."""
    codes = [code for code in dict.fromkeys((desk.home, *desk.offices, *sorted(who.units))) if who.handles(code)]
    return [_body(desk, code) for code in codes]


def _body(desk: Desk, code: str) -> Body:
    office = desk.offices.get(code)
    return office.body if office else desk.store.directory.get(code) or Body(code, code)


def _unit(desk: Desk, who: Person, code: str) -> Body:
    units = units_for(desk, who)
    found = next((one for one in units if one.code == code), None)
    if found is None and code:
        raise NotAllowed
    return found or units[0]


def _above(desk: Desk, unit: Body) -> str:
    above = desk.store.directory.get(unit.parent) if unit.parent else None
    return above.name if above else unit.parent


def _latest(today: dt.date) -> str:
    """The month whose window holds today."""
    month = today.replace(day=1) if today.day < 15 else (today.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return f"{month.year}-{month.month}"


def _days(first: str, last: str) -> Period:
    today = dt.datetime.now(VN).date()
    found = [iso_date(text) if text else "" for text in (first, last)]
    if (first and not found[0]) or (last and not found[1]):
        raise BadSettings(_("Ngày chưa đúng. Hãy nhập dạng ngày/tháng/năm, ví dụ 09/04/2019."))
    ends = dt.date.fromisoformat(found[1]) if found[1] else today
    return days(dt.date.fromisoformat(found[0]) if found[0] else ends.replace(month=1, day=1), ends)


def _ending(form: str) -> str:
    return form if form in TYPES else "pdf"


def _file(body: bytes, name: str, ending: str) -> Response:
    safe = re.sub(r"[^a-z0-9-]", "", name)
    return Response(body, media_type=TYPES[ending],
                    headers={"Content-Disposition": f'attachment; filename="{safe}.{ending}"'})  # fmt: skip
