"""The working calendar of public offices: which days are off, as yearly data with its source (calendar_vn.toml)."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from rules.errors import BadRules

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


Years = Mapping[int, _Year]
_OWN: dict[int, _Year] = {}
"""What the office has added (`use`)."""


def kind_of(day: dt.date) -> Day:
    """What the day is.  In a year without a table only the weekends and the days of the solar calendar are known."""
    year = _year(day.year)
    if year is not None and day in year.worked:
        return Day.WORKED
    if (year is not None and day in year.off) or _is_fixed(day):
        return Day.HOLIDAY
    return Day.WEEKEND if day.weekday() >= _SATURDAY else Day.WORKED


def known(year: int) -> bool:
    """True when every day off of that year is in the table: only then may a deadline be computed (R-167)."""
    found = _year(year)
    return found is not None and found.known


def use(years: Years) -> None:
    """These years count instead of the built-in ones, for the whole process."""
    _OWN.clear()
    _OWN.update(years)


def read_years(text: str) -> Years:
    """Years of a table in the form of calendar_vn.toml.

    Raises:
        BadRules: it is none; the message names the year and what is missing.
    """
    try:
        return {int(number): _made(number, table) for number, table in tomllib.loads(text).items()}
    except (tomllib.TOMLDecodeError, ValueError, TypeError, AttributeError) as error:
        raise BadRules(str(error)) from error


def _made(number: str, table: Mapping[str, Any]) -> _Year:
    missing = [key for key in ("tet", "hung_kings") if type(table.get(key)) is not dt.date]
    days = [*table.get("off", ()), *table.get("worked", ())]
    if missing or any(type(day) is not dt.date or day.year != int(number) for day in days):
        raise ValueError(f"{number}: {', '.join(missing) or 'off, worked'}")
    tet = {table["tet"] + dt.timedelta(days=more) for more in _TET_DAYS}
    off = tet | {table["hung_kings"], *table.get("off", ())}
    return _Year(frozenset(off), frozenset(table.get("worked", ())), "source" in table)


def _year(number: int) -> _Year | None:
    return _OWN.get(number) or _built_in().get(number)


def _is_fixed(day: dt.date) -> bool:
    place = (day.month, day.day)
    return place in _FIXED or (place == _CULTURE_DAY and day.year >= _CULTURE_SINCE)


@cache
def _built_in() -> Years:
    return read_years(files("rules").joinpath("calendar_vn.toml").read_text("utf-8"))
