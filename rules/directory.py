"""Bodies of state: one key for all spellings of a name, what came after a body, and whether it stood on a day.

The data are in directory.toml.  A paper is judged on its own date: a merged province is right on a paper of 2019.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rules.spelling import fold

_SHORT = (
    ("ubnd", "uy ban nhan dan"), ("hdnd", "hoi dong nhan dan"), ("tp", "thanh pho"), ("tx", "thi xa"),
    ("tt", "thi tran"), ("tnhh", "trach nhiem huu han"), ("thpt", "trung hoc pho thong"),
    ("thcs", "trung hoc co so"),
)  # fmt: skip
"""Short words in names of bodies, as whole words of the folded name."""
_DISTRICTS = re.compile(r"\bnhan dan (huyen|quan|thi xa|thi tran)\b")
_DISTRICTS_UNTIL = dt.date(2025, 6, 30)
_ZONES = re.compile(r"\bnhan dan dac khu\b")
"""Resolution 203/2025/QH15: districts ended with June 2025, special zones began in July."""
_DEPARTMENTS_UNTIL = dt.date(2025, 6, 30)
"""Every province merged its departments on a day of its own in the first half of 2025."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A province, branch or body of the government."""

    name: str
    code: str
    """At the first level: "H33", "G09"."""
    until: dt.date | None = None
    """The last day; None while it stands."""
    into: str = ""
    """The name of what took its place."""
    city: dt.date | None = None
    """A province: its first day as a city under the central government."""
    also: tuple[str, ...] = ()


@cache
def entries(group: str) -> tuple[Entry, ...]:
    """The entries of "provinces", "branches" or "bodies"."""
    data = tomllib.loads(files("rules").joinpath("directory.toml").read_text("utf-8"))
    return tuple(Entry(**{**row, "also": tuple(row.get("also", ()))}) for row in data[group])


def province(name: str) -> Entry | None:
    """The province or city of this name, in any of its spellings, with or without "tỉnh", "thành phố"."""
    said = re.sub(r"^(tinh|thanh pho) ", "", one_key(name))
    return _by_key("provinces").get(said)


def successor(entry: Entry, group: str, day: dt.date) -> Entry:
    """What stands in the entry's place on that day; itself while it stood."""
    while entry.until is not None and day > entry.until:
        entry = _by_key(group)[one_key(entry.into)]
    return entry


def one_key(body: str) -> str:
    """One key for all spellings of a body's name: case, accents, tone places, dashes, short words, old spellings."""
    text = _plain(body)
    for short, long in (*_SHORT, *_old_spellings()):
        text = re.sub(rf"\b{short}\b", long, text)
    return text


def stood(body: str, day: dt.date) -> bool:
    """False when the name of the body tells of a province, level or branch that was not there on that day."""
    said = one_key(body)
    if _DISTRICTS.search(said) and day > _DISTRICTS_UNTIL or _ZONES.search(said) and day <= _DISTRICTS_UNTIL:
        return False
    for key, entry in _by_key("provinces").items():
        as_city, as_province = f"thanh pho {key}", f"tinh {key}"
        if said.endswith(as_province) and not _within(entry, day, as_city=False):
            return False
        if entry.city is not None and said.endswith(f"nhan dan {as_city}") and not _within(entry, day, as_city=True):
            return False
    ended = [(key, entry.until) for key, entry in _by_key("branches").items() if entry.until is not None]
    return not any(
        (said.startswith(f"bo {key}") and day > until) or (said.startswith(f"so {key}") and day > _DEPARTMENTS_UNTIL)
        for key, until in ended
    )


def _within(entry: Entry, day: dt.date, *, as_city: bool) -> bool:
    if entry.until is not None and day > entry.until:
        return False
    if as_city:
        return entry.city is not None and day >= entry.city
    return entry.city is None or day < entry.city


@cache
def _by_key(group: str) -> Mapping[str, Entry]:
    return {one_key(entry.name): entry for entry in entries(group)}


@cache
def _old_spellings() -> tuple[tuple[str, str], ...]:
    return tuple((_plain(old), _plain(entry.name)) for entry in entries("provinces") for old in entry.also)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", fold(text)).split())
