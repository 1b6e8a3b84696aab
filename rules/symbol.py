"""The symbol: what stands behind the number's slash (Decree 30/2020 annex I part I, V): TYPE-ORG or ORG-UNIT."""

from __future__ import annotations

import re

from ocr.page import Box, Word
from rules.doc_type import abbreviations
from rules.field import Candidate, Evidence
from rules.head import Head, Row
from rules.spelling import clean, plain_dashes

_TAIL = re.compile(r"[/⁄\\|(]\s*(?:(?:19|20)\d\d\s*/\s*)?(?P<symbol>[A-ZĐ][\w&.\- ]*)$")
_BARE = re.compile(r"(?P<symbol>[A-ZĐ][A-Za-zĐđƯư]{0,9}\s?-\s?[A-ZĐƯ&][\w&.]*(?:\s?-\s?[\wĐ&.]+)*)\W*$")
_PLACE_AFTER = re.compile(r"(?<=[A-ZĐƯ]{2})[A-ZĐƯÀ-Ỹ][a-zđưà-ỹ]{2,}[\wđ]*$")
"""The place of the date line, heard without a blank behind the symbol: "SYTKiên"."""
_GRAMMAR = re.compile(r"[A-ZĐ][A-Za-zĐđƯư]{0,9}(-[A-ZĐƯa-zđư0-9&.]{1,14}){1,3}|QH\d\d")
_ORGANS = (
    "UBND",
    "HĐND",
    "HĐTĐ",
    "VPCP",
    "TTg",
    "BCĐ",
    "VP",
    "SNV",
    "STC",
    "SYT",
    "SGDĐT",
    "SLĐTBXH",
    "BNV",
    "BTC",
    "BGDĐT",
)


def find(head: Head) -> list[Candidate]:
    """Best first."""
    row = head.number_row
    if row is None:
        return []
    text = plain_dashes(clean(row.text))
    found = _TAIL.search(text) or _BARE.search(text)
    if found is None:
        return []
    raw = found["symbol"]
    value, repaired = tidy(raw)
    if len(value) < 2:
        return []
    words = _words_of(row, raw)
    trust = min((word.confidence for word in words), default=row.confidence)
    confidence = (0.6 + 0.39 * trust) if _GRAMMAR.fullmatch(value) else 0.3 + 0.3 * trust
    if repaired:
        confidence -= 0.08
    evidence = Evidence(1, _box(words) or row.box, row.text, "tesseract")
    return [Candidate(value, round(min(confidence, 0.995), 4), evidence)]


def tidy(raw: str) -> tuple[str, bool]:
    """A symbol without blanks, with plain hyphens and D for Đ undone; and whether that changed letters."""
    text = re.sub(r"\s+", "", plain_dashes(clean(raw))).strip(".,;:-_'\"`~|()")
    text = _PLACE_AFTER.sub("", text)
    groups = [_group(group, first=i == 0) for i, group in enumerate(text.split("-"))]
    value = "-".join(group for group in groups if group)
    return value, value != text


def _group(group: str, *, first: bool) -> str:
    known = (*abbreviations(), *_ORGANS) if first else _ORGANS
    if group in known:
        return group
    # The engine hears a wide letter twice at times: "QĐĐ" for "QĐ".
    for said in (group, *(group[:at] + group[at + 1 :] for at in range(1, len(group)) if group[at] == group[at - 1])):
        for candidate in known:
            if len(candidate) == len(said) and all(_alike(a, b) for a, b in zip(candidate, said, strict=True)):
                return candidate
    return group


_ALIKE = (
    {"D", "Đ", "Ð", "B"},
    {"O", "Q", "0"},
    {"I", "l", "1", "T"},
    {"U", "Ư", "Ù", "Ú"},
    {"r", "R"},
    {"g", "G"},
    {"N", "Ñ"},
)


def _alike(a: str, b: str) -> bool:
    return a == b or any(a in group and b in group for group in _ALIKE)


def _words_of(row: Row, raw: str) -> list[Word]:
    """The words at the end of the row that make up the symbol."""
    wanted, taken = len(re.sub(r"\s+", "", raw)), 0
    words: list[Word] = []
    for word in reversed(row.words):
        if taken >= wanted:
            break
        words.insert(0, word)
        taken += len(word.text)
    return words


def _box(words: list[Word]) -> Box | None:
    if not words:
        return None
    box = words[0].box
    for word in words[1:]:
        box = box.union(word.box)
    return box
