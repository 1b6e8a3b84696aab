"""Codes of bodies: their level one in either order of writing, and whether it is still open on a day.

Decision 20/2020/QĐ-TTg Article 4 (level one on the left: "H19.151") and QCVN 102:2016 (on the right: "000.00.19.H19").
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rules.directory import Entry, entries, successor

_GROUPS = ("provinces", "branches", "bodies")
_NO_LONGER = frozenset({"G23", "G24", "G25", "G26", "G34", "G36", "G37"})
_NO_LONGER_UNTIL = dt.date(2025, 4, 13)
"""Decision 09/2025/QĐ-TTg dropped these without naming a successor."""
_OLD_FORM = re.compile(r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.([A-Z][0-9]{2})")
_NEW_FORM = re.compile(r"([A-Z][0-9]{2})(\..*)?")


@dataclass(frozen=True, slots=True)
class Closed:
    """A level one that has ended, and what came after it."""

    code: str
    name: str
    until: dt.date
    successor: str
    """Code of what stands in its place, "" when nothing does."""
    successor_name: str


def level_one(code: str) -> str:
    """ "H19" of "H19.151" and of "000.00.19.H19"; "" of anything else."""
    found = _OLD_FORM.fullmatch(code.strip().upper()) or _NEW_FORM.fullmatch(code.strip().upper())
    return found.group(1) if found else ""


def closed(code: str, day: dt.date) -> Closed | None:
    """What the code's level one has become by that day; None while it stands, or when the lists do not know it."""
    first = level_one(code)
    if first in _NO_LONGER and day > _NO_LONGER_UNTIL:
        return Closed(first, "", _NO_LONGER_UNTIL, "", "")
    # The people's council of a province bears the figures of its committee behind a K.
    council = first.startswith("K")
    known = _by_code().get(f"H{first[1:]}" if council else first)
    if known is None:
        return None
    group, entry = known
    if entry.until is None or day <= entry.until:
        return None
    after = successor(entry, group, day)
    return Closed(first, entry.name, entry.until, f"K{after.code[1:]}" if council else after.code, after.name)


@cache
def _by_code() -> Mapping[str, tuple[str, Entry]]:
    """A code that several entries bear belongs to the one that still stands."""
    found: dict[str, tuple[str, Entry]] = {}
    for group in _GROUPS:
        for entry in entries(group):
            before = found.get(entry.code)
            if entry.code and (before is None or before[1].until is not None):
                found[entry.code] = (group, entry)
    return found
