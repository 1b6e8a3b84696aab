"""Until when a paper must have gone out: the end of the next working morning (QĐ 28/2018/QĐ-TTg Article 6, R-120)."""

from __future__ import annotations

import datetime as dt

from rules.calendar_vn import Day, kind_of, known

_VN = dt.timezone(dt.timedelta(hours=7))
END_OF_MORNING = dt.time(11, 30)
LATE_HANDOVER = dt.timedelta(days=30)
"""A paper that is older when it comes was never this office's to send at once: its time runs from its arrival."""


def send_by(signed: dt.date | None, came: dt.date) -> dt.datetime | None:
    """The moment by which a paper signed on that day must have gone out; it runs from signing, not from the scan.

    `came` counts instead where no date is known, or none that fits.  None when the calendar of the year is not known.
    """
    begins = signed if signed and dt.timedelta(0) <= came - signed <= LATE_HANDOVER else came
    day = begins + dt.timedelta(days=1)
    while kind_of(day) is not Day.WORKED:
        day += dt.timedelta(days=1)
    return dt.datetime.combine(day, END_OF_MORNING, _VN) if known(begins.year) and known(day.year) else None
