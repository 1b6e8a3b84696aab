"""A page to print: Times-like type with all Vietnamese letters, measures in millimetres (fpdf2)."""
from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import BadSettings
from gateway.seal.font import LIBERATION

if TYPE_CHECKING:
    from fpdf import FPDF

TYPE = "serif"
_STYLES = {"": "Regular", "B": "Bold", "I": "Italic", "BI": "BoldItalic"}
_GAP = 1.2


def new_page(title: str, at: dt.datetime, *, across: bool = False, margin: float = 20.0,
             foot: Callable[[FPDF], None] | None = None) -> FPDF:
    """An empty A4 document, upright or across; `foot` draws the foot of every page.

    Raises:
        BadSettings: the type is not on this machine.
    """
    from fpdf import FPDF

    class Page(FPDF):
        def footer(self) -> None:
            if foot is not None:
                foot(self)

    page = Page(orientation="landscape" if across else "portrait", unit="mm", format="A4")
    page.set_title(title)
    page.set_lang("vi-VN")
    page.set_creation_date(at)
    page.set_producer("vanthu")
    page.set_margins(margin, margin, margin)
    page.set_auto_page_break(True, margin)
    page.c_margin = 0
    for style, name in _STYLES.items():
        file = Path(str(LIBERATION).replace("Regular", name))
        try:
            page.add_font(TYPE, style, file)
        except (OSError, RuntimeError) as error:
            raise BadSettings(f"Không có phông chữ {file}. Hãy cài gói fonts-liberation2.") from error
    page.add_page()
    page.set_font(TYPE, size=13)
    return page


def write(page: FPDF, text: str, width: float = 0.0, *, size: float = 13, style: str = "", align: str = "L") -> None:
    """A paragraph at the present place; the next one begins below it, at the same left edge."""
    page.set_font(TYPE, style, size)
    left = page.get_x()
    page.multi_cell(width or page.w - page.r_margin - left, size * 0.46, plain(text), align=align)
    page.set_x(left)


def plain(text: str) -> str:
    """NFC, without what cannot be printed."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in unicodedata.normalize("NFC", text))


def row_height(page: FPDF, cells: Sequence[str], widths: Sequence[float], size: float) -> float:
    """Height that the longest cell needs."""
    page.set_font(TYPE, size=size)
    heights = [page.multi_cell(width - 2 * _GAP, size * 0.44, plain(cell) or " ", dry_run=True, output="HEIGHT")
               for cell, width in zip(cells, widths, strict=True)]
    return max(float(str(height)) for height in heights) + 2 * _GAP


def draw_row(page: FPDF, cells: Sequence[str], widths: Sequence[float], *, size: float = 9.5, style: str = "",
             align: str = "L") -> None:
    """One row of a table with lines around every cell; it begins a new page where it does not fit."""
    height, left, top = row_height(page, cells, widths, size), page.get_x(), page.get_y()
    for cell, width in zip(cells, widths, strict=True):
        page.rect(left, top, width, height)
        page.set_xy(left + _GAP, top + _GAP)
        page.set_font(TYPE, style, size)
        page.multi_cell(width - 2 * _GAP, size * 0.44, plain(cell), align=align)
        left += width
    page.set_xy(left - sum(widths), top + height)
