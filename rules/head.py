"""The head of the first page taken apart: left column (issuer, number, summary), right column (motto, date), wide rows.

Tesseract often reads both columns as one line, so words are sorted into columns by where they stand, and rows are built
anew.  Zones: Decree 30/2020 annex I part I; coordinates are priors, never limits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ocr.page import Box, HandLine, Page, Word
from rules.field import Evidence
from rules.spelling import clean, fold, shout

_LEVEL = 0.3
"""Degrees; less askew than this, rows are told apart as they stand."""
HEAD_BOTTOM = 0.5
"""Below this nothing belongs to the head."""
_MOTTO = ("CONG", "HOA", "XA", "HOI", "CHU", "NGHIA", "VIET", "NAM", "DOC", "LAP", "TU", "DO", "HANH", "PHUC")


@dataclass(frozen=True, slots=True)
class Row:
    """Words that stand on one height in one column."""

    words: tuple[Word, ...]
    box: Box

    @property
    def text(self) -> str:
        return clean(" ".join(word.text for word in self.words))

    @property
    def confidence(self) -> float:
        return sum(word.confidence for word in self.words) / len(self.words)


@dataclass(frozen=True, slots=True)
class Head:
    """What the rules look at."""

    left: tuple[Row, ...]
    right: tuple[Row, ...]
    wide: tuple[Row, ...]
    """Rows over both columns, the whole width."""
    number: HandLine | None
    date: HandLine | None
    border: float
    """Where the right column begins, fraction of the width."""
    symbol_evidence: Evidence | None = None

    @property
    def number_row(self) -> Row | None:
        """The left row that begins with "Số" or lies in the number line's box."""
        if self.number is not None:
            box = self.number.box
            inside = [row for row in self.left
                      if box.top - 0.004 < row.box.center[1] < box.bottom + 0.004 and not _SUMMARY.match(row.text)]
            if inside:
                return max(inside, key=lambda row: ("/" in row.text, row.box.width))
        for row in self.left:
            if re.match(r"\W{0,3}(s[oố6ôóồ0]\b|số)\s*[:;.]?", row.text.lower()) and row.box.center[1] < 0.35:
                return row
        return next((row for row in self.left if _LOOKS_LIKE_SYMBOL.search(row.text)), None)

    @property
    def number_bottom(self) -> float:
        """Where number and date lines end."""
        boxes = [line.box for line in (self.number, self.date) if line is not None]
        row = self.number_row
        bottoms = [box.center[1] for box in boxes] + ([row.box.center[1]] if row else [])
        return max(bottoms, default=0.12)

    def summary_row(self) -> Row | None:
        """The row that begins with "V/v" under the number."""
        for row in self.left:
            if row.box.center[1] > self.number_top and _SUMMARY.match(row.text):
                return row
        return None

    @property
    def number_top(self) -> float:
        """Upper edge of the number line; the issuer stands above."""
        if self.number is not None:
            return self.number.box.top
        row = self.number_row
        return row.box.top if row else 0.13


_LOOKS_LIKE_SYMBOL = re.compile(r"/\s?[A-ZĐ][A-Za-zĐđƯ]{0,9}\s?-\s?[A-ZĐƯ]{2,}")
SUMMARY_LEAD = re.compile(
    r"^\W{0,4}(?=\S*[vw])(v\s?[/⁄]\s?v|[vwyi/⁄\\\\|()\-.:']{2,6})(?=\s|[a-zà-ỹđ]{2})\s*[:.]?\s*", re.IGNORECASE
)
"""V/v as engines read it: V/w, W/v, --W/\\-, Wv ..."""
_SUMMARY = re.compile(rf"{SUMMARY_LEAD.pattern}|^\W{{0,3}}về việc", re.IGNORECASE)


def rows_of(words: Iterable[Word], fall: float = 0.0) -> tuple[Row, ...]:
    """Words gathered into rows, top to bottom, each left to right.  `fall`: see _fall."""

    def level(word: Word) -> float:
        x, y = word.box.center
        return y - fall * x

    rows: list[list[Word]] = []
    for word in sorted(words, key=level):
        row = next(
            (row for row in reversed(rows[-4:])
             if abs(sum(map(level, row)) / len(row) - level(word)) < _reach(row, word)), None
        )
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    return tuple(row_of(row) for row in rows)


def _reach(row: Sequence[Word], word: Word) -> float:
    """How far a word's middle may lie from its row's; a dash is low, so its neighbors' height counts."""
    tallest = max(word.box.height, *(each.box.height for each in row))
    return 0.4 * max(min(tallest, 0.02), 0.01)


def row_of(words: Sequence[Word]) -> Row:
    """The words as one row, left to right."""
    ordered = tuple(sorted(words, key=lambda word: word.box.left))
    box = ordered[0].box
    for word in ordered[1:]:
        box = box.union(word.box)
    return Row(ordered, box)


def take_apart(page: Page) -> Head:
    """The head of a page.  A page without words gives an empty head."""
    words = [
        word for word in page.words if word.box.center[1] < HEAD_BOTTOM and word.text.strip() and word.box.height < 0.05
    ]
    border = _border(words)
    fall = _fall(page)
    number = next((line for line in page.hand if line.kind == "number"), None)
    date = next((line for line in page.hand if line.kind == "date"), None)
    left = rows_of((word for word in words if word.box.center[0] < border), fall)
    right = rows_of((word for word in words if word.box.center[0] >= border), fall)
    return Head(left, right, rows_of(words, fall), number, date, border)


def _fall(page: Page) -> float:
    """How much lower a line of a page that lies askew stands at its right end: height fractions a width fraction."""
    if abs(page.skew) < _LEVEL or not page.height_mm:
        return 0.0
    return math.tan(math.radians(page.skew)) * page.width_mm / page.height_mm


def _border(words: Sequence[Word]) -> float:
    """The right column begins left of the motto's first word and of "ngày"."""
    motto = [
        word for word in words if fold(word.text).upper() in _MOTTO and word.box.center[1] < 0.2 and word.box.left > 0.3
    ]
    # Parted, because a place name that ends in "HÒA" on the left is no part of the motto.
    starts = [run[0].box.left for row in rows_of(motto) for run in parted(row, 0.04) if len(run) >= 3]
    return min(max(min(starts, default=0.46) - 0.02, 0.36), 0.52)


def parted(row: Row, gap: float) -> list[list[Word]]:
    """The words of a row parted at gaps wider than `gap` (of the page's width)."""
    runs = [[row.words[0]]]
    for before, word in zip(row.words, row.words[1:], strict=False):
        if word.box.left - before.box.right > gap:
            runs.append([])
        runs[-1].append(word)
    return runs


def capital_share(text: str) -> float:
    """Share of capitals among the letters."""
    letters = [char for char in text if char.isalpha()]
    return sum(char.isupper() for char in letters) / len(letters) if letters else 0.0


def is_motto(text: str) -> bool:
    """True for the lines of Quốc hiệu and Tiêu ngữ."""
    said = [word for word in fold(shout(text)).upper().replace("-", " ").split() if word]
    return len(said) >= 3 and sum(word in _MOTTO for word in said) >= 0.7 * len(said)
