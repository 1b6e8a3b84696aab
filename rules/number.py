"""The number: read by the digit recogniser on the number line; print and file text by Tesseract's words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocr.page import Guess
from rules.field import Candidate, Evidence
from rules.head import Head

_PRINTED = re.compile(r"s[ốoôó0]?\s*[:;.,]?\s*(?P<number>\d{1,6}[A-ZĐ]?)\s*(?P<slash>[/(]|$)", re.IGNORECASE)
_LETTERED = re.compile(r"\d{4}[\dA-C]")
"""Hardly an office writes ten thousand papers a year: a fifth sign is as likely a letter as a digit."""
_DIGIT_OR_LETTER = 0.85
_YEAR = re.compile(r"/\s*(?P<year>(19|20)\d\d)\s*/")


def find(head: Head) -> list[Candidate]:
    """Best first; nothing when the place is empty or no number line was found."""
    row = head.number_row
    year = _YEAR.search(row.text) if row else None
    suffix = f"/{year['year']}" if year else ""
    if head.number is not None:
        line = head.number
        text = row.text if row else ""
        seen = Evidence(1, line.value_box, text or line.guesses[0].text, line.by) if line.guesses else None
        if not line.guesses or not line.guesses[0].text:
            return []
        return [
            Candidate(_with_year(guess.text, suffix), _claim(guess, line.guesses), seen)
            for guess in line.guesses if guess.text
        ]
    printed = _PRINTED.search(row.text) if row else None
    if row is None or printed is None:
        return []
    return [Candidate(printed["number"] + suffix, 0.85 * row.confidence, Evidence(1, row.box, row.text, "tesseract"))]


def _claim(guess: Guess, guesses: Sequence[Guess]) -> float:
    """What a guess may claim: a written B is a closed 8, so "31768" and "3176B" are left to the clerk as long as both
    are thought of.  (Shorter numbers are not asked: few of them bear a letter, and many end in 8.)
    """
    rival = any(_LETTERED.fullmatch(guess.text) and _LETTERED.fullmatch(other.text)
                and guess.text[:4] == other.text[:4] and guess.text[4].isdigit() != other.text[4].isdigit()
                for other in guesses)
    return min(guess.probability, _DIGIT_OR_LETTER) if rival else guess.probability


def _with_year(number: str, suffix: str) -> str:
    return (
        number
        if "/" in number or number.endswith(suffix.lstrip("/")) and suffix and len(number) > 4
        else number + suffix
    )


def printed_number(head: Head) -> str:
    """What Tesseract reads there, a witness for print; "" when it reads no number."""
    row = head.number_row
    found = _PRINTED.search(row.text) if row else None
    return found["number"] if found else ""
