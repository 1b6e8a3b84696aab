"""Phiếu giải quyết văn bản đến: the slip that goes round with an incoming paper (Decree 30/2020 annex IV)."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gateway.document import VN
from gateway.sheets.page import TYPE, new_page, write

_LEFT, _RIGHT = 75.0, 95.0
_PARTS = (
    ("Ý kiến của lãnh đạo cơ quan, tổ chức:",
     ("(Giao đơn vị, cá nhân chủ trì; đơn vị, cá nhân phối hợp; thời hạn giải quyết của từng đơn vị, cá nhân; ngày, "
      "tháng, năm cho ý kiến)"), 5),
    ("Ý kiến của lãnh đạo đơn vị:",
     "(Giao cá nhân; thời hạn giải quyết; ngày, tháng, năm cho ý kiến)", 4),
    ("Ý kiến đề xuất của người giải quyết:",
     "(Ý kiến đề xuất; ngày, tháng, năm đề xuất)", 4),
)
"""Whose opinion, what it holds, and how many lines there are for it."""
_LINE = 8.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What is known before anybody writes on it."""

    parent: str
    """Name of the body above."""
    office: str
    place: str
    number: str
    """Arrival number."""
    registered_at: dt.datetime
    paper: str
    """Type, number and symbol, date, issuer and subject of the paper, in a sentence."""
    due: str = ""
    """When its sender expects an answer."""


def slip_pdf(slip: Slip) -> bytes:
    """One page A4 upright.

    Raises:
        BadSettings: the type is not on this machine.
    """
    at = slip.registered_at.astimezone(VN)
    page = new_page(f"Phiếu giải quyết văn bản đến số {slip.number}", at)
    left, top = page.get_x(), page.get_y()
    write(page, slip.parent.upper(), _LEFT, size=12, align="C")
    write(page, slip.office.upper(), _LEFT, size=12, style="B", align="C")
    bottom = page.get_y()
    page.line(left + _LEFT / 3, bottom + 1, left + _LEFT * 2 / 3, bottom + 1)
    page.set_xy(left + _LEFT, top)
    write(page, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", _RIGHT, size=12, style="B", align="C")
    write(page, "Độc lập - Tự do - Hạnh phúc", _RIGHT, size=13, style="B", align="C")
    page.set_font(TYPE, "B", 13)
    width, under = page.get_string_width("Độc lập - Tự do - Hạnh phúc"), page.get_y() + 1
    middle = left + _LEFT + _RIGHT / 2
    page.line(middle - width / 2, under, middle + width / 2, under)
    page.ln(3)
    page.set_x(left + _LEFT)
    write(page, f"{slip.place or '..........'}, ngày {at:%d} tháng {at:%m} năm {at:%Y}", _RIGHT, size=13, style="I",
          align="C")
    page.set_xy(left, max(page.get_y(), bottom) + 8)
    write(page, "PHIẾU GIẢI QUYẾT VĂN BẢN ĐẾN", size=15, style="B", align="C")
    page.ln(4)
    write(page, slip.paper)
    write(page, f"Số đến: {slip.number}; ngày đến: {at:%d/%m/%Y}." + (f" Hạn trả lời: {slip.due}." if slip.due else ""))
    for whose, what, lines in _PARTS:
        page.ln(4)
        write(page, whose, style="B")
        write(page, what, size=11, style="I")
        page.set_draw_color(150)
        for _ in range(lines):
            page.ln(_LINE)
            page.line(left, page.get_y(), page.w - page.r_margin, page.get_y())
        page.set_draw_color(0)
    return bytes(page.output())
