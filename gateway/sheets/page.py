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
_GAP, _LEADING, _BASE = 1.2, 0.44, 0.78
"""Millimetres around a cell's words; height of a line, and of the letters' foot in it, by the size of the type."""


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
    return _height(max(len(_lines(page, cell, width)) for cell, width in zip(cells, widths, strict=True)), size)


def _height(lines: int, size: float) -> float:
    return lines * size * _LEADING + 2 * _GAP


def draw_row(page: FPDF, cells: Sequence[str], widths: Sequence[float], *, size: float = 9.5, style: str = "",
             align: str = "L") -> None:
    """One row of a table with lines around every cell; whoever draws looks first whether it fits."""
    page.set_font(TYPE, style, size)
    wrapped = [_lines(page, cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = _height(max(len(lines) for lines in wrapped), size)
    left, top = page.get_x(), page.get_y()
    for lines, width in zip(wrapped, widths, strict=True):
        page.rect(left, top, width, height)
        for number, line in enumerate(lines):
            aside = (width - page.get_string_width(line)) / 2 if align == "C" else _GAP
            page.text(left + aside, top + _GAP + (number + _BASE) * size * _LEADING, line)
        left += width
    page.set_xy(left - sum(widths), top + height)


def _lines(page: FPDF, text: str, width: float) -> list[str]:
    """The text in lines that fit; the library's own way takes minutes for a year's register."""
    room = width - 2 * _GAP
    found = []
    for part in plain(text).split("\n"):
        line, used, blank = "", 0.0, page.get_string_width(" ")
        for word in part.split():
            for piece in _pieces(page, word, room):
                length = page.get_string_width(piece)
                if line and used + blank + length > room:
                    found.append(line)
                    line, used = piece, length
                else:
                    line, used = (f"{line} {piece}", used + blank + length) if line else (piece, length)
        found.append(line)
    return found


def _pieces(page: FPDF, word: str, room: float) -> list[str]:
    """A word, cut where it is wider than the column."""
    pieces = []
    while page.get_string_width(word) > room and len(word) > 1:
        cut = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or page.get_string_width(word[:n]) <= room)
        pieces.append(word[:cut])
        word = word[cut:]
    return [*pieces, word]
