"""Working days of public offices."""

from __future__ import annotations

import datetime as dt

import pytest

from rules.calendar_vn import Day, kind_of


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2019-04-09", Day.WORKED),
        ("2019-04-13", Day.WEEKEND),
        ("2019-02-04", Day.HOLIDAY),  # the eve of Tết
        ("2019-02-07", Day.HOLIDAY),
        ("2018-04-25", Day.HOLIDAY),  # the Hùng Kings' day
        ("2018-09-02", Day.HOLIDAY),  # a Sunday, and more than that
        ("1999-09-02", Day.HOLIDAY),  # no table of that year: the fixed days are off all the same
        ("2026-01-02", Day.HOLIDAY),
        ("2026-01-10", Day.WORKED),  # a Saturday worked for it
        ("2026-11-24", Day.HOLIDAY),
        ("2025-11-24", Day.WORKED),
        ("2027-11-24", Day.HOLIDAY),
    ],
)
def test_a_day_is_what_the_law_and_the_notice_of_its_year_say(day: str, kind: Day) -> None:
    assert kind_of(dt.date.fromisoformat(day)) is kind
