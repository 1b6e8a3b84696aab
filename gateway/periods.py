"""Spans of days, and the periods of reports: Decree 09/2019/ND-CP Article 12 begins them on the 15th (R-191)."""
from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from gateway.document import VN
from gateway.errors import BadSettings
from rules.deadline import report_days

_FORM = re.compile(r"(?P<year>\d{4})(?:-(?P<part>\d{1,2}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days from the first to the last, both counted."""

    first: dt.date
    last: dt.date

    @property
    def begins(self) -> dt.datetime:
        """The first moment."""
        return dt.datetime.combine(self.first, dt.time(), VN)

    @property
    def ends(self) -> dt.datetime:
        """The first moment after it."""
        return dt.datetime.combine(self.last + dt.timedelta(days=1), dt.time(), VN)

    def holds(self, at: dt.datetime | None) -> bool:
        """The moment lies within."""
        return at is not None and self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class Period:
    """What a report is about."""

    name: str
    span: Span
    due: tuple[dt.date, ...] = ()
    """By when its report goes to the body above, and by when to the Government; none for days that somebody chose."""


_PARTS = {"month": (12, 1, "Tháng {part} năm {year}"), "quarter": (4, 3, "Quý {part} năm {year}"),
          "half": (2, 6, "{half} năm {year}"), "year": (1, 12, "Năm {year}")}
_HALVES = {1: "6 tháng đầu", 2: "6 tháng cuối"}


def period(kind: str, text: str) -> Period:
    """"month" "2026-10", "quarter" "2026-4", "half" "2026-2" or "year" "2026": from the 15th to the 14th; and when its
    report is due.

    Raises:
        BadSettings: there is no such period.
    """
    parts, months, name = _PARTS[kind]
    found = _FORM.fullmatch(text.strip())
    part = int(found["part"] or (1 if kind == "year" else 0)) if found else 0
    if found is None or not 1 <= part <= parts or not 2000 <= int(found["year"]) <= 2100:
        raise BadSettings(f"Kỳ báo cáo {text} chưa đúng. Hãy ghi dạng 2026-1, hoặc 2026 cho cả năm.")
    year, last_month = int(found["year"]), part * months
    before = last_month - months
    first = dt.date(year, before, 15) if before else dt.date(year - 1, 12, 15)
    span = Span(first=first, last=dt.date(year, last_month, 14))
    return Period(name.format(part=part, year=year, half=_HALVES.get(part, "")), span, report_days(span.last))


def days(first: dt.date, last: dt.date) -> Period:
    """Any days.

    Raises:
        BadSettings: the last day lies before the first.
    """
    if last < first:
        raise BadSettings("Ngày cuối trước ngày đầu. Hãy sửa khoảng ngày.")
    return Period(f"Từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}", Span(first=first, last=last))
