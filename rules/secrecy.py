"""Is there a state-secret mark?  It counts by place, box, color and capitals (zone 10a), never as a word in a sentence.

Law on state secrets 117/2025/QH15; QĐ 28/2018 Article 1: such papers never go through the interchange.  Asked before
anything else is derived.  A missed mark is worse than a false alarm: what is near is "unsure" and waits for a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocr.page import Mark, Page
from rules.field import Secrecy
from rules.head import Row, rows_of
from rules.spelling import clean

_WORDS = re.compile(r"^(TUYỆT|TỐI)?\s*MẬT$")
_ROUGH = re.compile(r"^(TUY.T|T.I)\s*M.T$")
_HEAD = 0.5
"""A mark stands in the upper half; MẬT below is text."""


def judge_secrecy(pages: Sequence[Page]) -> Secrecy:
    """The verdict over all pages given."""
    verdicts = [_judge(page) for page in pages]
    if Secrecy.MARKED in verdicts:
        return Secrecy.MARKED
    return Secrecy.UNSURE if Secrecy.UNSURE in verdicts else Secrecy.NONE


def _judge(page: Page) -> Secrecy:
    verdict = Secrecy.NONE
    for mark in page.marks:
        verdict = _worse(verdict, _of_mark(mark))
        if not mark.text and page.number == 1 and mark.box.top < _HEAD:
            verdict = _worse(verdict, Secrecy.UNSURE)  # a frame over text: nobody has read what it says
    for row in rows_of(word for word in page.words if word.box.center[1] < _HEAD):
        verdict = _worse(verdict, _of_row(row))
    return verdict


def _bare(text: str) -> str:
    return re.sub(r"[^\w ]", "", clean(text)).strip()


def _of_mark(mark: Mark) -> Secrecy:
    text = _bare(mark.text)
    if _WORDS.match(text) and mark.box.top < _HEAD:
        return Secrecy.MARKED if mark.framed or mark.red > 0.3 else Secrecy.UNSURE
    return Secrecy.UNSURE if _ROUGH.match(text) and mark.box.top < _HEAD else Secrecy.NONE


def _of_row(row: Row) -> Secrecy:
    """Capitals standing alone: a blank of a word's width to the left, nothing in lower case beside."""
    for start in range(len(row.words)):
        for length in (2, 1):
            part = row.words[start : start + length]
            text = _bare(" ".join(word.text for word in part))
            if len(part) != length or not (_WORDS.match(text) or _ROUGH.match(text)):
                continue
            if not _alone(row, start, start + length):
                continue
            return Secrecy.UNSURE
    return Secrecy.NONE


def _alone(row: Row, start: int, end: int) -> bool:
    gap = 0.04
    before, after = row.words[start - 1] if start else None, row.words[end] if end < len(row.words) else None
    left_free = before is None or row.words[start].box.left - before.box.right > gap
    right_free = after is None or after.box.left - row.words[end - 1].box.right > gap
    return left_free and right_free


def _worse(a: Secrecy, b: Secrecy) -> Secrecy:
    order = (Secrecy.NONE, Secrecy.UNSURE, Secrecy.MARKED)
    return max(a, b, key=order.index)
