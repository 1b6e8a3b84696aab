"""Type of the paper: the abbreviation in the symbol, the title line (5a), or "V/v" (5b)."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from rules.field import Candidate, Evidence
from rules.head import Head, Row
from rules.spelling import clean, distance, fold, shout

LETTER = "Công văn"
_TITLE_TOP, _TITLE_BOTTOM = 0.10, 0.45
_APART, _OFF_CENTER, _WIDEST, _LETTERS, _WORDS = 0.01, 0.12, 0.5, 6, 6
"""Of a heading that is no known type: how far below the number, how near the middle, how wide and long."""
_UNKNOWN = 0.5
""""Công văn" would be a guess against what the paper says of itself."""


@cache
def _data() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("rules").joinpath("doc_types.toml").read_text("utf-8"))


def _groups() -> Mapping[str, Mapping[str, list[str]]]:
    return {group: types for group, types in _data().items() if group != "until"}


@cache
def _ended() -> Mapping[str, dt.date]:
    """The last day of the abbreviations that are no longer official."""
    last_days = _data()["until"]
    return {short: day for group, day in last_days.items() for shorts in _groups()[group].values() for short in shorts}


@cache
def abbreviations() -> Mapping[str, str]:
    """Type by abbreviation as printed ("QĐ" → "Quyết định")."""
    return {short: name for group in _groups().values() for name, shorts in group.items() for short in shorts}


@cache
def titles() -> Mapping[str, str]:
    """Type by title in capitals ("QUYẾT ĐỊNH" → "Quyết định")."""
    return {shout(name): name for group in _groups().values() for name in group}


def title_row(head: Head) -> tuple[Row, str] | None:
    """The row that is a type in capitals, standing alone below number and date."""
    for row in head.wide:
        if not max(_TITLE_TOP, head.number_bottom) < row.box.center[1] < _TITLE_BOTTOM:
            continue
        text = shout(row.text).strip(" .:;'`-_~|")
        if row.text.upper() != row.text and not text.startswith(("QUYẾT ĐỊNH", "CHỈ THỊ")):
            continue
        name = titles().get(text) or _without_accents().get(fold(text)) or _nearly(text) or _nearly_folded(fold(text))
        if name:
            return row, name
    return None


def _heading(head: Head) -> Row | None:
    """The first row in capitals, centered where a title stands, that is no type of the lists ("LỊCH CÔNG TÁC")."""
    for row in head.wide:
        if not head.number_bottom + _APART < row.box.center[1] < _TITLE_BOTTOM:
            continue
        letters = sum(map(str.isalpha, row.text))
        centered = abs(row.box.center[0] - 0.5) < _OFF_CENTER and row.box.width < _WIDEST
        if centered and letters >= _LETTERS and 2 <= len(row.words) <= _WORDS and row.text.upper() == row.text:
            return None if fold(row.text).startswith("kinh gui") else row
    return None


@cache
def _without_accents() -> Mapping[str, str]:
    """Titles that no other title equals but for accents."""
    folded = [fold(title) for title in titles()]
    return {fold(title): name for title, name in titles().items() if folded.count(fold(title)) == 1}


def _nearly(text: str) -> str:
    """One letter misread, where only one title is that near."""
    near = [name for title, name in titles().items() if len(title) > 6 and distance(text, title) <= 1]
    return near[0] if len(near) == 1 else ""


def _nearly_folded(text: str) -> str:
    """One letter too many, too few or misread besides the accents ("KÉẺ HOẠCH"), where only one title is that near."""
    near = [name for title, name in _without_accents().items() if len(title) > 6 and distance(text, title) <= 1]
    return near[0] if len(near) == 1 else ""


def find(head: Head, symbol: str, day: dt.date | None = None) -> list[Candidate]:
    """Best first.  Symbol and title agreeing makes it all but certain; each alone is weaker.

    `day` is the paper's date where it is known: an abbreviation counts only while it was official.
    """
    by_symbol = of_symbol(symbol, day)
    titled = title_row(head)
    found: list[Candidate] = []
    if titled is not None:
        row, name = titled
        evidence = Evidence(1, row.box, row.text, "tesseract")
        found.append(Candidate(name, 0.995 if by_symbol == name else 0.93, evidence))
    subject = head.summary_row()
    if subject is not None and (titled is None or subject.box.top < titled[0].box.top):
        # Only an official letter has its summary under the number (annex I part I, zone 5b): "CT-CS" is then a body's
        # short name and no directive.  A "Về việc" below a title is the title's own (zone 5a).
        sure = 0.99 if symbol and by_symbol is None and titled is None else 0.92 if titled is None else 0.85
        found.append(Candidate(LETTER, sure, Evidence(1, subject.box, subject.text, "tesseract")))
    if by_symbol is not None:
        found.append(Candidate(by_symbol, 0.97 if not found else 0.88, head.symbol_evidence))
    elif symbol and not found:
        heading = _heading(head)
        if heading is not None:
            name = clean(heading.text).strip(" .:;'`-_~|").capitalize()
            found.append(Candidate(name, _UNKNOWN, Evidence(1, heading.box, heading.text, "tesseract")))
        found.append(Candidate(LETTER, 0.4 if heading is not None else 0.9, head.symbol_evidence))
    best: dict[str, Candidate] = {}
    for candidate in found:
        if candidate.value not in best or best[candidate.value].confidence < candidate.confidence:
            best[candidate.value] = candidate
    return sorted(best.values(), key=lambda candidate: -candidate.confidence)


def of_symbol(symbol: str, day: dt.date | None = None) -> str | None:
    """The type that a symbol's first group names, or None for an official letter ("UBND-VP")."""
    groups = clean(symbol).split("-")
    if len(groups) < 2:
        return None
    known = abbreviations()
    short = groups[0] if groups[0] in known else {each.upper(): each for each in known}.get(groups[0].upper(), "")
    if day is not None and day > _ended().get(short, dt.date.max):
        return None
    return known.get(short)
