"""Until when a paper must have gone out: the end of the next working morning (QĐ 28/2018/QĐ-TTg Article 6, R-120);
and a report (Decree 09/2019 Articles 8 and 13, R-191)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rules.calendar_vn import Day, kind_of, known

_VN = dt.timezone(dt.timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Hours:
    """What each office sets for itself (R-168)."""

    morning_ends: dt.time = dt.time(11, 30)
    report_local_day: int = 20
    """Day of a period's last month by which its report goes to the body above."""
    report_government_day: int = 25


_office = [Hours()]
"""The office's own (`use`)."""
LATE_HANDOVER = dt.timedelta(days=30)
"""A paper that is older when it comes was never this office's to send at once: its time runs from its arrival."""


def use(hours: Hours) -> None:
    """These hours count from now on, for the whole process."""
    _office[0] = hours


def report_days(last: dt.date) -> tuple[dt.date, dt.date]:
    """By when a report whose data end on that day goes to the body above, and to the Government: the days that are
    set, or the last working day before one that is off."""
    return _working(last.replace(day=_office[0].report_local_day)), _working(
        last.replace(day=_office[0].report_government_day))


def _working(day: dt.date) -> dt.date:
    while kind_of(day) is not Day.WORKED:
        day -= dt.timedelta(days=1)
    return day


def send_by(signed: dt.date | None, came: dt.date) -> dt.datetime | None:
    """The moment by which a paper signed on that day must have gone out; it runs from signing, not from the scan.

    `came` counts instead where no date is known, or none that fits.  None when the calendar of the year is not known.
    """
    begins = signed if signed and dt.timedelta(0) <= came - signed <= LATE_HANDOVER else came
    day = begins + dt.timedelta(days=1)
    while kind_of(day) is not Day.WORKED:
        day += dt.timedelta(days=1)
    return dt.datetime.combine(day, _office[0].morning_ends, _VN) if known(begins.year) and known(day.year) else None
