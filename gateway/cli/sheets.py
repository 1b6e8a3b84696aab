"""`vanthu register`, `slip` and `report`: sheets of Decree 30/2020 annex IV and reports on a period, for print."""
from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path
from typing import Any

from gateway.cli.opened import Opened, show_json
from gateway.errors import BadSettings

_WORDS = {"incoming": "sổ đăng ký văn bản đến", "outgoing": "sổ đăng ký văn bản đi",
          "follow-up": "sổ theo dõi giải quyết văn bản đến"}


def add_to(commands: Any) -> None:
    """Adds the commands of this room."""
    register = commands.add_parser("register", help="in sổ đăng ký văn bản / print a register")
    register.add_argument("register", choices=list(_WORDS), help="; ".join(f"{key}: {word}" for key, word in
                                                                           _WORDS.items()))
    register.add_argument("--from", dest="first", type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
                          help="mặc định: ngày 1 tháng 1 năm nay / default: 1 January")
    register.add_argument("--to", dest="last", type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
                          help="mặc định: hôm nay / default: today")
    register.add_argument("--unit", default="", help="mã đơn vị, mặc định unit.code / organisation code")
    register.add_argument("--book", default="", help="quyển số / volume")
    register.add_argument("--out", type=Path, required=True, metavar="FILE", help="tệp .pdf hoặc .xlsx")
    register.set_defaults(do=_register)
    slip = commands.add_parser("slip", help="in phiếu giải quyết văn bản đến / print the slip of an incoming document")
    slip.add_argument("document", help="mã văn bản / document id")
    slip.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    slip.set_defaults(do=_slip)
    report = commands.add_parser("report", help="báo cáo theo kỳ / report on a period")
    when = report.add_mutually_exclusive_group(required=True)
    for kind, form in (("month", "2026-10"), ("quarter", "2026-4"), ("half", "2026-2"), ("year", "2026")):
        when.add_argument(f"--{kind}", metavar=form)
    when.add_argument("--days", nargs=2, type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
                      help="ngày đầu và ngày cuối / first and last day")
    report.add_argument("--unit", default="", help="mã đơn vị, mặc định unit.code / organisation code")
    report.add_argument("--out", type=Path, metavar="FILE", help="tệp .pdf, .xlsx hoặc .json; không có thì in JSON")
    report.set_defaults(do=_report)


def _register(arguments: argparse.Namespace) -> int:
    from gateway.document import VN
    from gateway.periods import days
    from gateway.registers import Register, Wanted, sheet_of
    from gateway.units import unit_called

    opened, now = Opened.by(arguments), dt.datetime.now(VN)
    last: dt.date = arguments.last or now.date()
    first: dt.date = arguments.first or last.replace(month=1, day=1)
    unit, parent = unit_called(opened.settings, opened.store, arguments.unit)
    sheet = sheet_of(opened.store, Wanted(register=Register(arguments.register), unit=unit, parent=parent,
                                          span=days(first, last).span, book=arguments.book))
    _written(arguments.out, sheet, now)
    print(f"{arguments.out}: {len(sheet.rows)} dòng.")
    return 0


def _slip(arguments: argparse.Namespace) -> int:
    from gateway.sheets.slip import slip_pdf
    from gateway.slips import slip_of
    from gateway.units import unit_called

    opened = Opened.by(arguments)
    document = opened.store.get(arguments.document)
    unit, parent = unit_called(opened.settings, opened.store, document.unit)
    slip = slip_of(opened.store, document, unit, parent=parent, place=opened.settings.unit.place)
    arguments.out.write_bytes(slip_pdf(slip))
    print(f"{arguments.out}: phiếu giải quyết văn bản đến số {slip.number}.")
    return 0


def _written(out: Path, sheet: Any, now: dt.datetime) -> None:
    from gateway.sheets.table import table_pdf, table_xlsx

    if out.suffix.lower() == ".pdf":
        out.write_bytes(table_pdf(sheet, now))
    elif out.suffix.lower() == ".xlsx":
        out.write_bytes(table_xlsx([sheet], now))
    else:
        raise BadSettings(f"--out {out}: chỉ ghi được tệp .pdf hoặc .xlsx. Hãy đổi đuôi tệp.")


def _report(arguments: argparse.Namespace) -> int:
    from gateway.document import VN
    from gateway.periods import days, period
    from gateway.reports import report_as_json, report_of
    from gateway.sheets.report import report_pdf, report_xlsx
    from gateway.units import unit_called

    kind = next((one for one in ("month", "quarter", "half", "year") if getattr(arguments, one)), "")
    wanted = period(kind, getattr(arguments, kind)) if kind else days(*arguments.days)
    opened, out = Opened.by(arguments), arguments.out
    report = report_of(opened.store, *unit_called(opened.settings, opened.store, arguments.unit), wanted,
                       dt.datetime.now(VN))
    if out is None:
        show_json(report_as_json(report))
        return 0
    ending = out.suffix.lower()
    if ending == ".json":
        out.write_text(json.dumps(report_as_json(report), ensure_ascii=False, indent=1), "utf-8")
    elif ending in (".pdf", ".xlsx"):
        out.write_bytes(report_pdf(report) if ending == ".pdf" else report_xlsx(report))
    else:
        raise BadSettings(f"--out {out}: chỉ ghi được tệp .pdf, .xlsx hoặc .json. Hãy đổi đuôi tệp.")
    print(f"{out}: {wanted.name}.")
    return 0
