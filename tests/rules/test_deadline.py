"""By when a paper must have gone out."""

from __future__ import annotations

import datetime as dt

import pytest

from rules.deadline import send_by


@pytest.mark.parametrize(
    ("signed", "came", "due"),
    [
        ("2026-11-20", "2026-11-20", "2026-11-23T11:30:00+07:00"),  # a Friday
        ("2026-11-23", "2026-11-23", "2026-11-25T11:30:00+07:00"),  # the day between is Ngày Văn hóa Việt Nam
        ("2026-11-21", "2026-11-23", "2026-11-23T11:30:00+07:00"),  # signed on a Saturday
        ("2026-11-16", "2026-11-20", "2026-11-17T11:30:00+07:00"),  # late already when it came
        ("2019-04-09", "2026-11-20", "2026-11-23T11:30:00+07:00"),  # an old paper handed over
        ("2026-12-01", "2026-11-20", "2026-11-23T11:30:00+07:00"),  # a date that cannot be
        (None, "2026-11-20", "2026-11-23T11:30:00+07:00"),
    ],
)
def test_the_time_runs_from_signing_to_the_end_of_the_next_working_morning(
    signed: str | None, came: str, due: str
) -> None:
    day = dt.date.fromisoformat(signed) if signed else None
    assert send_by(day, dt.date.fromisoformat(came)) == dt.datetime.fromisoformat(due)


@pytest.mark.parametrize("came", ["2026-12-31", "2027-03-01", "2031-05-05"])
def test_without_the_years_notice_no_deadline_is_made_up(came: str) -> None:
    assert send_by(None, dt.date.fromisoformat(came)) is None
