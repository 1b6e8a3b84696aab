"""Who signed: powers and title in capitals, the name below (zone 7), where "Nơi nhận" stands; annexes follow it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ocr.corner import corner, names_in
from ocr.names import SURE, name_in
from ocr.page import Box, Page, Word
from rules.field import Candidate, Evidence
from rules.head import Row, capital_share, rows_of
from rules.spelling import clean, distance, fold

_TITLE = re.compile(
    r"\b(CHU TICH|GIAM DOC|BO TRUONG|THU TRUONG|CUC TRUONG|VU TRUONG|CHANH VAN PHONG|TRUONG BAN|TRUONG PHONG|"
    r"HIEU TRUONG|THU TUONG|VIEN TRUONG|CHANH THANH TRA|CHI CUC TRUONG|BI THU|TRUONG DOAN|CHANH AN)\b"
)
"""Titles without accents: a seal over them costs accents first."""
_SYLLABLES = range(2, 6)
"""Of a name."""
_MOSTLY = 0.8
"""Share of a row's letters that a name in it must have."""
_RIGHT = 0.42
_FARTHEST, _CLEARLY, _SHORTEST = 0.36, 0.15, 6
"""What is read is a known name when so small a share of the name's letters differs, and so much less than of any other;
of fewer letters than that nothing is said."""


def recalled(pages: Sequence[Page], known: Sequence[str]) -> Candidate | None:
    """Whom of those who signed for this body before the signature's place names, as far as seal and pen leave it.

    The evidence's text is what was read.  None: no row is like one of them and unlike the others, or a row spells one.
    """
    best: Candidate | None = None
    for page in pages:
        place = corner(page)
        lines = [] if place is None else list(names_in(page, place))
        for line in lines:
            said = _letters(line.text)
            ranked = sorted((distance(said, _letters(name)) / len(_letters(name)), name) for name in set(known))
            if len(said) < _SHORTEST or not ranked or ranked[0][0] > _FARTHEST:
                continue
            if len(ranked) > 1 and ranked[1][0] - ranked[0][0] < _CLEARLY:
                continue
            if clean(line.text).strip(" .") == ranked[0][1]:
                return None
            trust = round(0.85 * (1 - ranked[0][0]), 4)
            if best is None or trust > best.confidence:
                best = Candidate(ranked[0][1], trust, Evidence(page.number, line.box, line.text, "tesseract"))
        if lines:
            break
    return best


def _letters(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalpha())


def find(pages: Sequence[Page]) -> tuple[list[Candidate], list[Candidate]]:
    """Signer and title, at most one each."""
    for page in pages:
        place = corner(page)
        if place is None:
            continue
        rows, titles = _titles(page)
        names = _in_corner(page, place)
        if names or any(place.top < rows[at].box.center[1] < place.bottom for at in titles):
            return names or _below(page, rows, titles), _title(page.number, rows, titles)
    for page in reversed(pages):
        rows, titles = _titles(page)
        if titles:
            return _below(page, rows, titles), _title(page.number, rows, titles)
    return [], []


def _titles(page: Page) -> tuple[Sequence[Row], list[int]]:
    """The rows of the right half and which of them are titles."""
    words: list[Word] = [
        word for word in page.words if word.box.left > _RIGHT and (page.number > 1 or word.box.center[1] > 0.35)
    ]
    rows = rows_of(words)
    return rows, [
        at for at, row in enumerate(rows) if _TITLE.search(fold(row.text).upper()) and capital_share(row.text) > 0.85
    ]


def _in_corner(page: Page, place: Box) -> list[Candidate]:
    """A whole line that is a name, right of "Nơi nhận": the title above it may be unreadable under the seal."""
    for line in names_in(page, place):
        text = clean(line.text).strip(" .")
        if _name_in(text) == text and (not page.picture_only or _told(line.words) == text):
            evidence = Evidence(page.number, line.box, line.text, "tesseract")
            return [Candidate(text, round(0.8 * line.confidence, 4), evidence)]
    return []


def _told(words: Sequence[Word]) -> str:
    """The name that words read from a picture show, "" where none stands out."""
    found = name_in([(word.text, word.confidence) for word in words])
    return found.name if found and found.trust >= SURE else ""


def _title(number: int, rows: Sequence[Row], titles: list[int]) -> list[Candidate]:
    if not titles:
        return []
    first = last = titles[-1]
    while first > 0 and _above(rows[first - 1], rows[first]):
        first -= 1
    first = next(
        (i for i in range(first, last + 1) if re.match(r"(KT|TM|TL|TUQ|Q)\b", rows[i].text) or i in titles), last
    )
    part = rows[first : last + 1]
    box = part[0].box
    for row in part[1:]:
        box = box.union(row.box)
    lines = [re.sub(r"^\W+|[\s.,-]+$", "", clean(row.text)) for row in part]
    evidence = Evidence(number, box, ", ".join(lines), "tesseract")
    return [Candidate(", ".join(_deputy(lines)), round(min(row.confidence for row in part) * 0.95, 4), evidence)]


def _deputy(lines: Sequence[str]) -> list[str]:
    """Who signs for a head (KT.) is the deputy (Decree 30/2020, annex I, II.7); a seal easily hides that word."""
    told = list(lines)
    for at, (upper, lower) in enumerate(pairwise(lines), start=1):
        head = re.match(r"KT\W+(.+)", upper)
        if head and fold(lower) == fold(head[1]):
            told[at] = f"PHÓ {lower}"
    return told


def _above(upper: Row, lower: Row) -> bool:
    """Does the upper row belong to the same block of capitals?"""
    return lower.box.center[1] - upper.box.center[1] < 0.03 and capital_share(upper.text) > 0.85


def _below(page: Page, rows: Sequence[Row], titles: list[int]) -> list[Candidate]:
    """Below the titles the first row that is a name, or else that is hardly more than one."""
    after = rows[titles[-1] + 1 :] if titles else []
    read = [(row, clean(row.text).strip(" ."), _name_in(clean(row.text))) for row in after]
    whole = [each for each in read if each[1] == each[2]]
    most = [each for each in read if len(_letters(each[2])) >= _MOSTLY * max(len(_letters(each[1])), 1)]
    for row, _, name in [*whole, *most]:
        told = _told([word for word in row.words if clean(word.text).strip(" .,;:-_'|\"") in name.split()])
        if not page.picture_only or told == name:
            evidence = Evidence(page.number, row.box, row.text, "tesseract")
            return [Candidate(name, round(0.9 * row.confidence, 4), evidence)]
    return []


def _name_in(text: str) -> str:
    """The longest run of syllables with a capital each; "" where none is as long as a name."""
    runs: list[list[str]] = [[]]
    for word in text.split():
        bare = word.strip(".,;:-_'|\"")
        if bare[:1].isupper() and (bare[1:].islower() or (len(bare) == 1 and word != bare)):
            runs[-1].append(bare)
        else:
            runs.append([])
    longest = max(runs, key=len)
    return " ".join(longest) if len(longest) in _SYLLABLES else ""
