"""Does the paper bear the mark of a copy?  Then it is no original, and a copy of it is a Sao lục (R-094).

Decree 30/2020 Article 3 (10-12) names the kinds; annex I part II section II shows where they stand: the kind in
capitals as a line of its own, a number like "12/SY-UBND", or, on an electronic copy, "Sao y; <body>; <time>" at the
top.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ocr.page import Page

BEARS_COPY_MARK = "bears_copy_mark"
"""Remark on a Document."""
_CAPITALS = re.compile(r"\W*(?:BẢN )?(?:SAO Y|SAO LỤC|TRÍCH SAO)(?: (?:BẢN CHÍNH|BẢN GỐC|TỪ BẢN \w+))?\W*")
_NUMBER = re.compile(r"\bSố\s*:?\s*[\d.…/ ]*/\s*(?:SY|SL|TrS)\b", re.IGNORECASE)
_ELECTRONIC = re.compile(r"(?:Sao y|Sao lục|Trích sao)\s*;\s*\w", re.IGNORECASE)


def bears_copy_mark(pages: Iterable[Page]) -> bool:
    """Whether a line of the paper is the mark of a copy; the words in running text are none."""
    return any(_is_mark(unicodedata.normalize("NFC", line.text).strip()) for page in pages for line in page.lines)


def _is_mark(text: str) -> bool:
    return bool(_CAPITALS.fullmatch(text) or _NUMBER.match(text) or _ELECTRONIC.match(text))
