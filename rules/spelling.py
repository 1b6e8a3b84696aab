"""Spelling: NFC, one place for the tone mark, one kind of dash; and folding for comparison and search."""

from __future__ import annotations

import re
import unicodedata

from ocr.letters import plain

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−_"), "-")
_ETH = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "ð": "đ"})
_MARK = "\u0300\u0301\u0303\u0309\u0323"
_LATE_TONE = re.compile(
    rf"(?P<first>o(?=[ae])|u(?=y))(?P<second>[aey])(?P<tone>[{_MARK}])(?![a-zđ\u0302\u0306\u031b])", re.IGNORECASE
)


def clean(text: str) -> str:
    """NFC, Đ for its look-alikes, single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_ETH).split())


def same_tone_place(text: str) -> str:
    """ "hoà" and "hòa" as one spelling (the tone on the first vowel: hòa, ủy)."""
    spread = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _LATE_TONE.sub(r"\g<first>\g<tone>\g<second>", spread))


def plain_dashes(text: str) -> str:
    """Every dash as a hyphen."""
    return text.translate(_DASHES)


def fold(text: str) -> str:
    """Lower case without tone marks and with d for đ: "Quyết định" and "quyet dinh" are one."""
    return plain(clean(text))


def shout(text: str) -> str:
    """Capitals with one tone place, for comparing headings."""
    return same_tone_place(clean(text)).upper()


def distance(a: str, b: str) -> int:
    """Edit distance (insert, delete, replace)."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]
