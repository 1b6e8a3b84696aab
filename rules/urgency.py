"""Urgency: HỎA TỐC, THƯỢNG KHẨN, KHẨN as a stamp on the first page (Decree 30/2020 annex I III.2.b)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocr.page import Page
from rules.field import Candidate, Evidence
from rules.head import rows_of
from rules.spelling import fold

_MARKS = (
    (re.compile(r"^HOA ?TOC( HEN GIO)?$"), "Hỏa tốc"),
    (re.compile(r"^THUONG ?KHAN$"), "Thượng khẩn"),
    (re.compile(r"^KHAN$"), "Khẩn"),
)
_BOTTOM = 0.5


def find(pages: Sequence[Page]) -> list[Candidate]:
    """Best first; a stamp seen as a mark beats a row of words."""
    if not pages:
        return []
    page = pages[0]
    found: list[Candidate] = []
    for mark in page.marks:
        if (value := _value(mark.text)) and mark.box.top < _BOTTOM:
            strength = 0.55 + 0.2 * mark.framed + 0.2 * (mark.red > 0.3)
            found.append(
                Candidate(
                    value,
                    round(min(0.98, strength + 0.2 * mark.confidence), 4),
                    Evidence(1, mark.box, mark.text, "tesseract"),
                )
            )
    for row in rows_of(word for word in page.words if word.box.center[1] < _BOTTOM and word.text.upper() == word.text):
        for start in range(len(row.words)):
            for length in (3, 2, 1):
                part = row.words[start : start + length]
                text = " ".join(word.text for word in part)
                if len(part) == length and (value := _value(text)) and (length > 1 or len(row.words) == 1):
                    box = part[0].box
                    for word in part[1:]:
                        box = box.union(word.box)
                    found.append(Candidate(value, 0.85, Evidence(1, box, text, "tesseract")))
    best: dict[str, Candidate] = {}
    for candidate in sorted(found, key=lambda candidate: candidate.confidence):
        best[candidate.value] = candidate
    return sorted(best.values(), key=lambda candidate: -candidate.confidence)


def _value(text: str) -> str:
    said = re.sub(r"[^A-Z ]", "", fold(text).upper()).strip()
    return next((value for pattern, value in _MARKS if pattern.match(said)), "")
