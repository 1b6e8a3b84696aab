"""A report as PDF with bars, and as XLSX with charts."""
from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gateway.document import VN
from gateway.reports import Report, Section, due_words
from gateway.sheets.page import TYPE, draw_row, new_page, plain, row_height, write

if TYPE_CHECKING:
    from fpdf import FPDF

_MARGIN, _FOOT, _SIZE = 18.0, 12.0, 11.0
_BAR, _LONGEST = 6.0, 95.0
_FILL = (52, 101, 164)


def report_pdf(report: Report) -> bytes:
    """Tables, and bars under those that are worth a picture.

    Raises:
        BadSettings: the type is not on this machine.
    """
    page = new_page(f"Báo cáo {report.period.name}", report.made_at, margin=_MARGIN, foot=_foot)
    page.set_auto_page_break(False)
    span = report.period.span
    write(page, report.parent.upper(), 80, size=12, align="C")
    write(page, report.unit.name.upper(), 80, size=12, style="B", align="C")
    page.ln(8)
    page.set_x(_MARGIN)
    write(page, "BÁO CÁO GỬI, NHẬN VĂN BẢN ĐIỆN TỬ", size=15, style="B", align="C")
    write(page, f"{report.period.name} (từ ngày {span.first:%d/%m/%Y} đến ngày {span.last:%d/%m/%Y})", size=12,
          align="C")
    write(page, f"Số liệu lúc {report.made_at.astimezone(VN):%H:%M ngày %d/%m/%Y}", size=11, style="I", align="C")
    if due := due_words(report.period):
        write(page, due, size=11, style="I", align="C")
    for number, section in enumerate(report.sections, 1):
        _draw(page, number, section)
    return bytes(page.output())


def _draw(page: FPDF, number: int, section: Section) -> None:
    widths = _widths(page, section)
    _room(page, 30)
    page.ln(5)
    page.set_x(_MARGIN)
    write(page, f"{number}. {section.title}", size=13, style="B")
    page.ln(1)
    if not section.rows:
        write(page, "Không có.", size=_SIZE, style="I")
        return
    small = _SIZE if len(section.columns) < 6 else 8.5
    for place, row in enumerate((section.columns, *section.rows)):
        words = [_shown(value) for value in row]
        _room(page, row_height(page, words, widths, small))
        page.set_x(_MARGIN)
        draw_row(page, words, widths, size=small, style="" if place else "B", align="L" if place else "C")
    if section.chart:
        _bars(page, [(str(row[0]), int(row[-1])) for row in section.rows[:-1]])


def _bars(page: FPDF, values: Sequence[tuple[str, int]]) -> None:
    """One bar each, its number at the end."""
    most = max(value for _, value in values)
    page.ln(3)
    for name, value in values:
        _room(page, _BAR + 2)
        top = page.get_y()
        page.set_font(TYPE, size=10)
        page.set_xy(_MARGIN, top)
        page.cell(55, _BAR, plain(name), align="R")
        page.set_fill_color(*_FILL)
        length = max(0.4, _LONGEST * value / most)
        page.rect(_MARGIN + 58, top + 0.8, length, _BAR - 1.6, style="F")
        page.set_xy(_MARGIN + 60 + length, top)
        page.cell(20, _BAR, _shown(value))
        page.set_xy(_MARGIN, top + _BAR)


def _room(page: FPDF, height: float) -> None:
    if page.get_y() + height > page.h - _MARGIN - _FOOT:
        page.add_page()
        page.set_xy(_MARGIN, _MARGIN)


def _widths(page: FPDF, section: Section) -> list[float]:
    """The first column wide, the second too where it is words."""
    whole = page.w - 2 * _MARGIN
    shares = [3.0 if not place or (section.rows and isinstance(section.rows[0][place], str)) else 1.0
              for place in range(len(section.columns))]
    return [whole * share / sum(shares) for share in shares]


def _shown(value: str | int) -> str:
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else value


def _foot(page: FPDF) -> None:
    page.set_y(-_FOOT)
    page.set_font(TYPE, size=9)
    page.cell(0, 4, f"Trang {page.page_no()}", align="C")


def report_xlsx(report: Report) -> bytes:
    """A sheet for each table; counts are numbers, words never formulas."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"Báo cáo {report.period.name}", "created": report.made_at.replace(tzinfo=None)})
    for number, section in enumerate(report.sections, 1):
        _fill(book, report, number, section)
    book.close()
    return out.getvalue()


def _fill(book: Any, report: Report, number: int, section: Section) -> None:
    plain_ = {"font_name": "Times New Roman", "font_size": 11}
    head = book.add_format({**plain_, "bold": True, "border": 1, "text_wrap": True, "align": "center"})
    cell = book.add_format({**plain_, "border": 1, "text_wrap": True, "valign": "top"})
    bold = book.add_format({**plain_, "bold": True, "font_size": 13})
    name = f"{number}. {section.title}"[:31].replace("/", "-")
    page = book.add_worksheet(name)
    page.write_string(0, 0, section.title, bold)
    page.write_string(1, 0, f"{report.unit.name}. {report.period.name}. {due_words(report.period)}".strip())
    page.set_column(0, 0, 42)
    page.set_column(1, len(section.columns) - 1, 18)
    for place, title in enumerate(section.columns):
        page.write_string(3, place, title, head)
    for line, values in enumerate(section.rows, 4):
        for place, value in enumerate(values):
            if isinstance(value, int):
                page.write_number(line, place, value, cell)
            else:
                page.write_string(line, place, value, cell)
    if section.chart:
        last, bars = 3 + len(section.rows) - 1, book.add_chart({"type": "bar"})
        bars.add_series({"categories": [name, 4, 0, last, 0], "values": [name, 4, 1, last, 1],
                         "data_labels": {"value": True}})
        bars.set_legend({"none": True})
        bars.set_title({"name": section.title})
        bars.set_y_axis({"reverse": True})
        page.insert_chart(3, len(section.columns) + 1, bars)
