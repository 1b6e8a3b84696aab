"""The office's own time: the end of its mornings, days off that were announced later, days by which reports go."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import BadSettings
from gateway.late import calendar_health
from gateway.settings import Settings
from gateway.settings_calendar import Calendar, keep_time
from gateway.store.due import due_at
from rules.calendar_vn import Day, kind_of, known
from rules.deadline import report_days, send_by
from tests.gateway.papers import Papers

YEAR_2027 = """
[2027]
tet = 2027-02-06
hung_kings = 2027-04-16
off = [2027-01-01, 2027-02-04, 2027-02-05, 2027-02-08, 2027-02-09, 2027-02-10, 2027-04-16, 2027-04-30]
worked = [2027-01-02]
source = "Thông báo của Bộ Nội vụ"
"""


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    keep_time(Calendar())


def test_the_morning_ends_when_the_office_says(tmp_path: Path) -> None:
    signed = dt.date(2026, 11, 20)
    assert send_by(signed, signed) == dt.datetime.fromisoformat("2026-11-23T11:30:00+07:00")
    (file := tmp_path / "gateway.toml").write_text('[calendar]\nmorning_ends = "12:00"\n', "utf-8")
    keep_time(Settings.load(file, {}).calendar)
    assert send_by(signed, signed) == dt.datetime.fromisoformat("2026-11-23T12:00:00+07:00")
    papers = Papers.in_folder(tmp_path)
    due = due_at(papers.sealed())
    assert due is not None
    assert f"{due:%H:%M}" == "12:00"
    papers.store.close()


def test_days_off_that_were_announced_later_count_at_once(tmp_path: Path) -> None:
    last = dt.date(2026, 12, 31)
    assert send_by(last, last) is None
    assert not known(2027)
    (line,) = calendar_health(dt.datetime.fromisoformat("2026-11-20T08:00:00+07:00"))
    assert "calendar.file" in line.words
    (file := tmp_path / "calendar.toml").write_text(YEAR_2027, "utf-8")
    keep_time(Calendar(file=file))
    assert send_by(last, last) == dt.datetime.fromisoformat("2027-01-02T11:30:00+07:00"), "a Saturday that is worked"
    assert kind_of(dt.date(2027, 2, 9)) is Day.HOLIDAY
    assert calendar_health(dt.datetime.fromisoformat("2026-11-20T08:00:00+07:00")) == ()
    assert kind_of(dt.date(2026, 11, 24)) is Day.HOLIDAY, "the built-in years stay"


@pytest.mark.parametrize("text", ["[2027]\ntet = 2027-02-06\n", "[nam]\ntet = 1\n", "off = [1]", "[2027", "2027 = 1",
                                  YEAR_2027.replace("2027-04-30", "2026-04-30")])
def test_a_file_of_days_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    (file := tmp_path / "calendar.toml").write_text(text, "utf-8")
    with pytest.raises(BadSettings, match=r"calendar\.file"):
        keep_time(Calendar(file=file))


@pytest.mark.parametrize("wrong", ['morning_ends = "25:00"', 'morning_ends = "17:00"', 'morning_ends = "11h30"',
                                   "report_local_day = 14", "report_government_day = 31"])
def test_a_time_that_cannot_be_is_told(tmp_path: Path, wrong: str) -> None:
    (file := tmp_path / "gateway.toml").write_text(f"[calendar]\n{wrong}\n", "utf-8")
    with pytest.raises(BadSettings, match=r"calendar\."):
        Settings.load(file, {})


def test_reports_go_by_the_days_that_are_set_or_the_working_day_before() -> None:
    keep_time(Calendar(report_local_day=18, report_government_day=28))
    assert report_days(dt.date(2026, 11, 14)) == (dt.date(2026, 11, 18), dt.date(2026, 11, 27))
