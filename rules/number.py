"""The number: read by the digit recogniser on the number line; print and file text by Tesseract's words."""

from __future__ import annotations

import re

from rules.field import Candidate, Evidence
from rules.head import Head

_PRINTED = re.compile(r"s[ốoôó0]?\s*[:;.,]?\s*(?P<number>\d{1,6}[A-ZĐ]?)\s*(?P<slash>[/(]|$)", re.IGNORECASE)
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
            Candidate(_with_year(guess.text, suffix), guess.probability, seen) for guess in line.guesses if guess.text
        ]
    printed = _PRINTED.search(row.text) if row else None
    if row is None or printed is None:
        return []
    return [Candidate(printed["number"] + suffix, 0.85 * row.confidence, Evidence(1, row.box, row.text, "tesseract"))]


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
