"""A table with a cover, as PDF and as XLSX."""
from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.sheets.page import TYPE, draw_row, new_page, row_height, write

if TYPE_CHECKING:
    from fpdf import FPDF

_SIZE, _MARGIN, _FOOT = 9.5, 10.0, 12.0


@dataclass(frozen=True, slots=True)
class Column:
    """One column; its width is in millimetres."""

    title: str
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is printed."""

    title: str
    heads: tuple[str, ...]
    """Body above and body."""
    cover: tuple[str, ...]
    """Lines under the title."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def table_pdf(sheet: Sheet, at: dt.datetime) -> bytes:
    """A cover page, then the table with its head on every page.

    Raises:
        BadSettings: the type is not on this machine.
    """
    page = new_page(sheet.title, at, across=True, margin=_MARGIN, foot=_foot)
    page.set_auto_page_break(False)
    page.set_xy(_MARGIN, 40)
    for place, head in enumerate(sheet.heads):
        write(page, head.upper(), size=14, style="B" if place else "", align="C")
    page.ln(30)
    write(page, sheet.title, size=24, style="B", align="C")
    page.ln(12)
    for line in sheet.cover:
        write(page, line, size=14, align="C")
        page.ln(2)
    widths = _widths(page, sheet.columns)
    _head(page, sheet.columns, widths)
    for row in sheet.rows:
        if page.get_y() + row_height(page, row, widths, _SIZE) > page.h - _MARGIN - _FOOT:
            _head(page, sheet.columns, widths)
        draw_row(page, row, widths, size=_SIZE)
    return bytes(page.output())


def _widths(page: FPDF, columns: Sequence[Column]) -> list[float]:
    share = (page.w - 2 * _MARGIN) / sum(column.width for column in columns)
    return [column.width * share for column in columns]


def _head(page: FPDF, columns: Sequence[Column], widths: Sequence[float]) -> None:
    page.add_page()
    page.set_xy(_MARGIN, _MARGIN)
    draw_row(page, [column.title for column in columns], widths, size=_SIZE, style="B", align="C")
    draw_row(page, [f"({number})" for number in range(1, len(columns) + 1)], widths, size=8, align="C")


def _foot(page: FPDF) -> None:
    if page.page_no() > 1:
        page.set_y(-_MARGIN - 4)
        page.set_font(TYPE, size=9)
        page.cell(0, 4, f"Trang {page.page_no() - 1}", align="C")


def table_xlsx(sheets: Sequence[Sheet], at: dt.datetime) -> bytes:
    """A workbook with one sheet each; every cell is text, so that no number or "=" is read as something else."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False,
                          "strings_to_urls": False})
    book.set_properties({"title": sheets[0].title, "created": at.replace(tzinfo=None)})
    for number, sheet in enumerate(sheets, 1):
        _fill(book, sheet, number)
    book.close()
    return out.getvalue()


def _height(values: Sequence[str], columns: Sequence[Column]) -> float:
    """Points that the longest cell needs: about one letter to half a column's millimetre."""
    lines = max(sum(-(-max(len(part), 1) * 2 // int(column.width)) for part in value.split("\n"))
                for value, column in zip(values, columns, strict=True))
    return 15.0 * max(1, lines)


def _fill(book: Any, sheet: Sheet, number: int) -> None:
    plain = {"font_name": "Times New Roman", "font_size": 11}
    title = book.add_format({**plain, "bold": True, "font_size": 14, "align": "center"})
    centred = book.add_format({**plain, "align": "center"})
    head = book.add_format({**plain, "bold": True, "border": 1, "text_wrap": True, "align": "center",
                            "valign": "vcenter"})
    cell = book.add_format({**plain, "border": 1, "text_wrap": True, "valign": "top"})
    page = book.add_worksheet(f"{number}. {sheet.title.title()}"[:31].replace("/", "-"))
    last = len(sheet.columns) - 1
    lines = [(text, centred) for text in sheet.heads] + [(sheet.title, title)] + [(text, centred) for text in
                                                                                  sheet.cover]
    for place, (text, form) in enumerate(lines):
        page.merge_range(place, 0, place, last, text, form)
        page.set_row(place, 22 if form is title else 16)
    top = len(lines) + 1
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width / 2)
        page.write_string(top, place, column.title, head)
        page.write_string(top + 1, place, f"({place + 1})", head)
    # Not every program finds the height of a row by itself.
    page.set_row(top, _height([column.title for column in sheet.columns], sheet.columns))
    for row, values in enumerate(sheet.rows, top + 2):
        page.set_row(row, _height(values, sheet.columns))
        for place, value in enumerate(values):
            page.write_string(row, place, value, cell)
    page.freeze_panes(top + 2, 0)
    page.repeat_rows(top, top + 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    if sheet.rows:
        page.autofilter(top + 1, 0, top + 1 + len(sheet.rows), last)
