"""The section of the settings about the office's own time: its mornings, its days off, when its reports are due."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import BadSettings
from rules import calendar_vn, deadline
from rules.errors import BadRules


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours and days; they hold for the whole process once `keep_time` has been called."""

    morning_ends: str = "11:30"
    """Until then a paper of the day before may still go out in time (R-120, R-168)."""
    file: Path = Path("calendar.toml")
    """Days off of further years, as soon as they are announced, in the form of rules/calendar_vn.toml; a year that
    stands here counts instead of the built-in one.  It need not be there."""
    report_local_day: int = 20
    """Day of the month by which a periodic report goes to the body above (R-191)."""
    report_government_day: int = 25
    """Day of the month by which it goes to the Government (Decree 09/2019 Article 13)."""


def check_calendar(calendar: Calendar) -> None:
    """Raises BadSettings for a time, day or file that cannot be."""
    _morning(calendar)
    _years(calendar)
    for name in ("report_local_day", "report_government_day"):
        # Data end on the 14th, and a working day lies between (Decree 09/2019 Article 8).
        if not 16 <= getattr(calendar, name) <= 28:
            raise BadSettings(f"calendar.{name} phải từ 16 đến 28. Hãy sửa lại.")


def keep_time(calendar: Calendar) -> None:
    """Makes this process reckon with the office's own time."""
    calendar_vn.use(_years(calendar))
    deadline.use(deadline.Hours(_morning(calendar), calendar.report_local_day, calendar.report_government_day))


def _morning(calendar: Calendar) -> dt.time:
    try:
        ends = dt.time.fromisoformat(calendar.morning_ends)
    except ValueError:
        ends = dt.time()
    if not dt.time(9) <= ends <= dt.time(13) or ends.tzinfo:
        raise BadSettings("calendar.morning_ends phải là giờ từ 09:00 đến 13:00, dạng \"11:30\". Hãy sửa lại.")
    return ends


def _years(calendar: Calendar) -> calendar_vn.Years:
    if not calendar.file.is_file():
        return {}
    try:
        return calendar_vn.read_years(calendar.file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, BadRules) as error:
        raise BadSettings(f"calendar.file: không đọc được {calendar.file} ({error}). "
                          "Hãy ghi mỗi năm một bảng như [2027] với tet, hung_kings, off, worked, source.") from error
