"""`vanthu register`: registers of Decree 30/2020 annex IV as PDF or XLSX."""
from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from gateway.cli.opened import Opened
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


def _register(arguments: argparse.Namespace) -> int:
    from gateway.document import VN
    from gateway.registers import Register, Span, Wanted, sheet_of
    from gateway.units import unit_called

    opened, now = Opened.by(arguments), dt.datetime.now(VN)
    last: dt.date = arguments.last or now.date()
    first: dt.date = arguments.first or last.replace(month=1, day=1)
    if last < first:
        raise BadSettings("--from phải trước --to. Hãy sửa khoảng ngày.")
    unit, parent = unit_called(opened.settings, opened.store, arguments.unit)
    sheet = sheet_of(opened.store, Wanted(register=Register(arguments.register), unit=unit, parent=parent,
                                          span=Span(first=first, last=last), book=arguments.book))
    _written(arguments.out, sheet, now)
    print(f"{arguments.out}: {len(sheet.rows)} dòng.")
    return 0


def _written(out: Path, sheet: Any, now: dt.datetime) -> None:
    from gateway.sheets.table import table_pdf, table_xlsx

    if out.suffix.lower() == ".pdf":
        out.write_bytes(table_pdf(sheet, now))
    elif out.suffix.lower() == ".xlsx":
        out.write_bytes(table_xlsx([sheet], now))
    else:
        raise BadSettings(f"--out {out}: chỉ ghi được tệp .pdf hoặc .xlsx. Hãy đổi đuôi tệp.")
