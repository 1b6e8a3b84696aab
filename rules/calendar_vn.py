"""The working calendar of public offices: which days are off, as yearly data with its source (calendar_vn.toml)."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_FIXED = ((1, 1), (4, 30), (5, 1), (9, 2))
_CULTURE_DAY, _CULTURE_SINCE = (11, 24), 2026
"""Ngày Văn hóa Việt Nam: a day off since 2026-07-01 (Resolution 28/2026/QH16 Article 2)."""
_TET_DAYS = (-1, 0, 1, 2)
"""Off whichever way the yearly notice shares out the five days: the eve and the first three days."""
_SATURDAY = 5


class Day(StrEnum):
    """What a day is to an office."""

    WORKED = "worked"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class _Year:
    off: frozenset[dt.date]
    worked: frozenset[dt.date]
    known: bool
    """The yearly notice is in the table."""


def kind_of(day: dt.date) -> Day:
    """What the day is.  In a year without a table only the weekends and the days of the solar calendar are known."""
    year = _years().get(day.year)
    if year is not None and day in year.worked:
        return Day.WORKED
    if (year is not None and day in year.off) or _is_fixed(day):
        return Day.HOLIDAY
    return Day.WEEKEND if day.weekday() >= _SATURDAY else Day.WORKED


def known(year: int) -> bool:
    """True when every day off of that year is in the table: only then may a deadline be computed (R-167)."""
    return year in _years() and _years()[year].known


def _is_fixed(day: dt.date) -> bool:
    place = (day.month, day.day)
    return place in _FIXED or (place == _CULTURE_DAY and day.year >= _CULTURE_SINCE)


@cache
def _years() -> Mapping[int, _Year]:
    tables = tomllib.loads(files("rules").joinpath("calendar_vn.toml").read_text("utf-8"))
    years = {}
    for number, table in tables.items():
        tet = {table["tet"] + dt.timedelta(days=days) for days in _TET_DAYS}
        off = tet | {table["hung_kings"], *table.get("off", ())}
        years[int(number)] = _Year(frozenset(off), frozenset(table.get("worked", ())), "source" in table)
    return years
