"""The date: day and month by the digit recogniser, year and frame ("ngày ... tháng ... năm ...") by Tesseract."""

from __future__ import annotations

import datetime as dt
import re

from rules.field import Candidate, Evidence
from rules.head import Head, Row
from rules.spelling import clean

_PRINTED = re.compile(
    r"ng[àaáâ]y\s*(?P<day>\d{1,2})\s*th[áaàâ]ng\s*(?P<month>\d{1,2})\s*n[ăaâ]m\s*(?P<year>\d{4})", re.IGNORECASE
)
_YEAR = re.compile(r"(?:n[ăaâ]m|\b)\s*(?P<year>(?:19|20)\d\d)\b")
_FIRST, _LAST = 1945, 2100


def date_row(head: Head) -> Row | None:
    """The row of place and date in the right column."""
    if head.date is not None:
        box = head.date.box
        inside = [row for row in head.right if box.top - 0.006 < row.box.center[1] < box.bottom + 0.006]
        if inside:
            return max(inside, key=lambda row: row.box.width)
    pattern = re.compile(r"ng[àaáâ]y|th[áaàâ]ng|n[ăaâ]m\s+(19|20)\d\d", re.IGNORECASE)
    return next((row for row in head.right if pattern.search(row.text) and row.box.center[1] < 0.32), None)


def find(head: Head) -> list[Candidate]:
    """ISO dates, best first; nothing when day or month stands empty."""
    row = date_row(head)
    text = clean(row.text) if row else ""
    found: dict[str, Candidate] = {}
    for guess in head.date.guesses if head.date is not None else ():
        value = _iso(guess.text, text)
        if value and head.date is not None:
            seen = Evidence(1, head.date.value_box, text or guess.text, head.date.by)
            known = found.get(value)
            found[value] = Candidate(value, min(1.0, guess.probability + (known.confidence if known else 0.0)), seen)
    if head.date is not None and head.date.guesses and not _parts(head.date.guesses[0].text):
        return []
    printed = _PRINTED.search(text)
    value = _valid(printed["day"], printed["month"], printed["year"]) if printed else ""
    if row is not None and value:
        seen = Evidence(1, row.box, text, "tesseract")
        known = found.get(value)
        if known is not None:  # two readers that know nothing of each other agree
            found[value] = Candidate(value, 1 - (1 - known.confidence) * 0.3, known.evidence)
        elif not found:
            found[value] = Candidate(value, 0.8 * row.confidence, seen)
        else:
            found[value] = Candidate(value, 0.1, seen)
    return sorted(found.values(), key=lambda candidate: -candidate.confidence)


def _parts(guess: str) -> tuple[str, str, str] | None:
    parts = guess.split("|")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and parts[0] and parts[1] else None


def _iso(guess: str, text: str) -> str:
    """A guess with its year; Tesseract's year fills in where the recogniser reads no whole one."""
    parts = _parts(guess)
    if parts is None:
        return ""
    printed = _YEAR.search(text)
    whole = len(parts[2]) == 4 and _valid(*parts)
    return whole or _valid(parts[0], parts[1], printed["year"] if printed else parts[2])


def year_printed(head: Head) -> str:
    """The year as Tesseract reads it on the date line, a witness; "" when it reads none."""
    row = date_row(head)
    found = _YEAR.search(clean(row.text)) if row else None
    return found["year"] if found else ""


def _valid(day: str, month: str, year: str) -> str:
    try:
        date = dt.date(int(year), int(month), int(day))
    except ValueError:
        return ""
    return date.isoformat() if _FIRST <= date.year <= _LAST else ""
