"""Who signed: powers and title in capitals, the name below (zone 7), on the last page that has them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocr.page import Page, Word
from rules.field import Candidate, Evidence
from rules.head import Row, capital_share, rows_of
from rules.spelling import clean, fold

_TITLE = re.compile(
    r"\b(CHU TICH|GIAM DOC|BO TRUONG|THU TRUONG|CUC TRUONG|VU TRUONG|CHANH VAN PHONG|TRUONG BAN|TRUONG PHONG|"
    r"HIEU TRUONG|THU TUONG|VIEN TRUONG|CHANH THANH TRA|CHI CUC TRUONG|BI THU|TRUONG DOAN|CHANH AN)\b"
)
"""Titles without accents: a seal over them costs accents first."""
_NAME = re.compile(r"[A-ZĐÀ-Ỹ][a-zà-ỹđ]+(?:\s+[A-ZĐÀ-Ỹ][a-zà-ỹđ]*\.?){1,4}")
_RECIPIENTS = re.compile(r"\b\w?oi nhan\b")
_RIGHT, _ABOVE, _BELOW = 0.42, 0.05, 0.24


def find(pages: Sequence[Page]) -> tuple[list[Candidate], list[Candidate]]:
    """Candidates for the name and for powers with title, from the last page that names a title."""
    for page in reversed(pages):
        words: list[Word] = [
            word for word in page.words if word.box.left > _RIGHT and (page.number > 1 or word.box.center[1] > 0.35)
        ]
        rows = rows_of(words)
        titles = [
            i for i, row in enumerate(rows) if _TITLE.search(fold(row.text).upper()) and capital_share(row.text) > 0.85
        ]
        if titles:
            last = titles[-1]
            names = _in_corner(page) or _name(page.number, rows[last + 1 :])
            return names, _title(page.number, rows, titles, last)
        if names := _in_corner(page):
            return names, []
    return [], []


def _in_corner(page: Page) -> list[Candidate]:
    """A whole line that is a name, right of "Nơi nhận": the title above it may be unreadable under the seal."""
    anchors = [line.box.top for line in page.lines if _RECIPIENTS.search(fold(line.text)) and line.box.left < _RIGHT]
    if not anchors:
        return []
    lines = [line for line in page.lines
             if line.box.left > _RIGHT - 0.04 and -_ABOVE < line.box.top - anchors[-1] < _BELOW]
    for line in lines:
        if _NAME.fullmatch(clean(line.text).strip(" .")):
            evidence = Evidence(page.number, line.box, line.text, "tesseract")
            return [Candidate(clean(line.text).strip(" ."), round(0.8 * line.confidence, 4), evidence)]
    return []


def _title(number: int, rows: Sequence[Row], titles: list[int], last: int) -> list[Candidate]:
    first = last
    while first > 0 and _above(rows[first - 1], rows[first]):
        first -= 1
    first = next(
        (i for i in range(first, last + 1) if re.match(r"(KT|TM|TL|TUQ|Q)\b", rows[i].text) or i in titles), last
    )
    part = rows[first : last + 1]
    box = part[0].box
    for row in part[1:]:
        box = box.union(row.box)
    text = ", ".join(re.sub(r"^\W+|[\s.,-]+$", "", clean(row.text)) for row in part)
    return [
        Candidate(text, round(min(row.confidence for row in part) * 0.95, 4), Evidence(number, box, text, "tesseract"))
    ]


def _above(upper: Row, lower: Row) -> bool:
    """Does the upper row belong to the same block of capitals?"""
    return lower.box.center[1] - upper.box.center[1] < 0.03 and capital_share(upper.text) > 0.85


def _name(number: int, rows: Sequence[Row]) -> list[Candidate]:
    whole = [row for row in rows if _NAME.fullmatch(clean(row.text).strip(" ."))]
    for row in [*whole, *rows]:
        found = _NAME.findall(clean(row.text))
        if found:
            name = max(found, key=len).strip(" .")
            return [Candidate(name, round(0.9 * row.confidence, 4), Evidence(number, row.box, row.text, "tesseract"))]
    return []
