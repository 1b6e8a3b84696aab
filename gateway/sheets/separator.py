"""The separator sheet: laid between two papers of a stack, it makes the gateway take them apart.

Patch T at head and foot (a scanner's own software knows it, and it is found whichever side is up), our own mark as QR
code in the middle, and words for whoever finds it among papers.
"""
from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from gateway.document import VN
from gateway.sheets.page import new_page, write
from ocr.patch import LENGTH_INCH, NARROW_INCH, WIDE_INCH
from ocr.survey import MARKER

if TYPE_CHECKING:
    from fpdf import FPDF

_MM = 25.4
_SIDE = 60.0
"""Millimetres of the QR code."""
_MADE = dt.datetime(2026, 1, 1, tzinfo=VN)
"""The sheet is always the same, to the byte."""


def separator_pdf() -> bytes:
    """One A4 page.

    Raises:
        BadSettings: the type is not on this machine.
    """
    page = new_page("Tờ phân cách văn bản", _MADE)
    for top in (18.0, page.h - 18.0 - _height()):
        _draw_patch(page, top)
    page.set_y(60)
    write(page, "TỜ PHÂN CÁCH VĂN BẢN", size=22, style="B", align="C")
    page.ln(2)
    write(page, "Đặt giữa hai văn bản rồi quét cả xấp; máy tự tách và bỏ tờ này ra.", size=13, align="C")
    write(page, "Lay between two papers and scan the whole stack.", size=11, style="I", align="C")
    _draw_code(page, (page.w - _SIDE) / 2, 105)
    page.set_y(180)
    write(page, "In một mặt, cỡ thật 100 %, không thu nhỏ. Dùng lại được nhiều lần.", size=12, align="C")
    return bytes(page.output())


def _height() -> float:
    return (2 * WIDE_INCH + 5 * NARROW_INCH) * _MM


def _draw_patch(page: FPDF, top: float) -> None:
    """Narrow, wide, narrow, wide; across the middle, longer than the least."""
    length = LENGTH_INCH * _MM * 2
    page.set_fill_color(0)
    for width in (NARROW_INCH, WIDE_INCH, NARROW_INCH, WIDE_INCH):
        page.rect((page.w - length) / 2, top, length, width * _MM, style="F")
        top += (width + NARROW_INCH) * _MM


def _draw_code(page: FPDF, left: float, top: float) -> None:
    import numpy as np
    import zxingcpp

    code = zxingcpp.create_barcode(MARKER, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    dots = np.asarray(code.to_image(scale=1, add_quiet_zones=False)) == 0
    size = _SIDE / len(dots)
    for row, column in np.argwhere(dots):
        page.rect(left + float(column) * size, top + float(row) * size, size, size, style="F")
