"""The cover sheet of a paper that came over the Exchange, with the ĐẾN stamp of Decree 30/2020 annex IV (R-014).

The stamp stands on a sheet of its own: the paper itself is signed, and nothing is added to it.
"""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.document import VN
from gateway.sheets.page import TYPE, draw_row, new_page, plain, write

if TYPE_CHECKING:
    from fpdf import FPDF

STAMP_WIDTH, STAMP_HEIGHT = 50.0, 35.0
"""Millimetres."""
_WIDTHS = (45.0, 125.0)
_LISTED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What the sheet says, in words for paper."""

    office: str
    """Name of the office whose clerk registered it."""
    unit: str
    number: str
    """Arrival number ("125")."""
    register_number: str
    """CODE-YYYY.N."""
    registered_at: dt.datetime
    rows: tuple[tuple[str, str], ...]
    """What is known of the paper: name and value."""
    signatures: tuple[str, ...]
    """A sentence for each signature."""
    files: tuple[str, ...]
    recipient: str = ""
    """Whom it is handed to ("Chuyển")."""


def cover_pdf(cover: Cover) -> bytes:
    """One page, as a rule.

    Raises:
        BadSettings: the type is not on this machine.
    """
    at = cover.registered_at.astimezone(VN)
    page = new_page(f"Phiếu chuyển văn bản đến {cover.register_number}", at)
    top, left = page.get_y(), page.get_x()
    draw_stamp(page, cover, left, top)
    page.set_xy(left + STAMP_WIDTH + 10, top + 2)
    write(page, cover.office.upper(), size=13, style="B", align="C")
    write(page, "Văn thư cơ quan", size=12, align="C")
    page.ln(4)
    page.set_x(left + STAMP_WIDTH + 10)
    write(page, f"Mã văn bản: {cover.register_number}", size=12, align="C")
    page.set_xy(left, top + STAMP_HEIGHT + 12)
    write(page, "PHIẾU CHUYỂN VĂN BẢN ĐẾN", size=15, style="B", align="C")
    page.ln(3)
    write(page, f"Kính gửi: {cover.unit}", size=13, align="C")
    page.ln(5)
    for name, value in cover.rows:
        draw_row(page, (name, value), _WIDTHS, size=12)
    draw_row(page, ("Chữ ký số", _some(cover.signatures) or "Không có chữ ký số."), _WIDTHS, size=12)
    draw_row(page, ("Tệp chuyển kèm", _some(cover.files)), _WIDTHS, size=12)
    page.ln(6)
    write(page, "Văn bản được nhận qua trục liên thông văn bản; tệp gửi kèm giữ nguyên như khi nhận. "
                "Phiếu này do hệ thống lập.", size=11, style="I")
    page.ln(8)
    half = sum(_WIDTHS) / 2
    top = page.get_y()
    for place, words in ((left, "NGƯỜI CHUYỂN"), (left + half, "NGƯỜI NHẬN")):
        page.set_xy(place, top)
        write(page, words, half, size=12, style="B", align="C")
        write(page, "(Ký, ghi rõ họ tên, ngày nhận)", half, size=11, style="I", align="C")
    return bytes(page.output())


def _some(lines: tuple[str, ...]) -> str:
    """As much as the sheet has room for."""
    more = (f"và {len(lines) - _LISTED} mục khác.",) if len(lines) > _LISTED else ()
    return "\n".join((*lines[:_LISTED], *more))


def draw_stamp(page: FPDF, cover: Cover, left: float, top: float) -> None:
    """The stamp: name of the office; ĐẾN with number and day; Chuyển; Số và ký hiệu HS."""
    at = cover.registered_at.astimezone(VN)
    head, foot = 8.0, 6.5
    middle = STAMP_HEIGHT - head - 2 * foot
    page.rect(left, top, STAMP_WIDTH, STAMP_HEIGHT)
    for height in (head, head + middle, head + middle + foot):
        page.line(left, top + height, left + STAMP_WIDTH, top + height)
    page.line(left + 17, top + head, left + 17, top + head + middle)
    _fit(page, cover.office.upper(), left, top + head / 2, STAMP_WIDTH, style="B")
    _fit(page, "ĐẾN", left, top + head + middle / 2, 17, size=15, style="B")
    _fit(page, f"Số: {cover.number}", left + 17, top + head + middle * 0.3, STAMP_WIDTH - 17, size=11)
    _fit(page, f"Ngày: {at:%d/%m/%Y}", left + 17, top + head + middle * 0.72, STAMP_WIDTH - 17, size=11)
    _fit(page, f"Chuyển: {cover.recipient or '.' * 30}", left, top + head + middle + foot / 2, STAMP_WIDTH, size=10)
    _fit(page, f"Số và ký hiệu HS: {'.' * 16}", left, top + STAMP_HEIGHT - foot / 2, STAMP_WIDTH, size=10)


def _fit(page: FPDF, text: str, left: float, middle: float, width: float, *, size: float = 9.0,
         style: str = "") -> None:
    """One line, as large as it may be, its middle at that height."""
    text = plain(text)
    while True:
        page.set_font(TYPE, style, size)
        if size <= 4.0 or page.get_string_width(text) <= width - 2:
            break
        size -= 0.5
    page.set_xy(left + 1, middle - size * 0.2)
    page.cell(width - 2, size * 0.4, text, align="C" if style else "L")
