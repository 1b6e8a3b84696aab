"""The place: what stands before ", ngày" on the date line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from rules.bodies import provinces
from rules.date import date_row
from rules.directory import one_key
from rules.field import Candidate, Evidence
from rules.head import Head, Row, is_motto
from rules.spelling import clean, distance, fold

_DAY = r"[nN]g[àaáâ]y"
_BEFORE = re.compile(rf"^\W*(?P<place>[^\d,;:]{{2,40}}?)\s*[,.;]?\s*\W{{0,2}}(?:{_DAY}|(?<=[,.;] )ng\w{{1,2}}\b)")
_SEAT = re.compile(r"^(?:tp\.?|thành phố|tx\.?|thị xã)\s+", re.IGNORECASE)
_VOUCHED, _DOUBTED = 0.35, 0.9
"""Share of a province's letters that may be misread where the issuer's name bears it, and words that may be so misread:
a town may be called much like its province."""
_NEAR_LENGTH = 8
"""Shorter names are too like each other to be taken for one that is a letter off."""


def find(head: Head, bodies: Sequence[str] = ()) -> list[Candidate]:
    """At most one; `bodies`: issuer and parent, whose province vouches for a place that was read amiss."""
    row = date_row(head)
    if row is None:
        return []
    found = _BEFORE.search(clean(row.text))
    if found is None or is_motto(found["place"]):
        return []
    read = found["place"].strip(" .,-_'`")
    if not read or not read[0].isalpha():
        return []
    trust = _trust(row)
    place, certainty = _spelt(read, bodies if trust < _DOUBTED else ())
    confidence = certainty * trust if place[0].isupper() else 0.5
    return [Candidate(place, round(confidence, 4), Evidence(1, row.box, row.text, "tesseract"))]


def _spelt(read: str, bodies: Sequence[str]) -> tuple[str, float]:
    """The place as it is spelt, and how certain that is.  A province's name may have lost accents, caught a speck."""
    lead = seat[0] if (seat := _SEAT.match(read)) else ""
    name = read[len(lead) :]
    for text in (name, " ".join(word for word in name.split() if len(word) > 1)):
        known = next((each for each in provinces() if fold(each) == fold(text)), "")
        if known:
            return lead + known, 0.97 if text == name else 0.9
    near = [each for each in provinces() if len(each) >= _NEAR_LENGTH and distance(one_key(each), one_key(name)) == 1]
    if len(near) != 1:
        said = " ".join(map(fold, bodies))
        near = [each for each in provinces() if re.search(rf"\b{fold(each)}\b", said)
                and distance(one_key(each), one_key(name)) <= _VOUCHED * len(each)]
    return (lead + near[0], 0.8) if len(near) == 1 else (read, 0.9)


def _trust(row: Row) -> float:
    """Mean confidence of the words before "ngày": the handwriting behind it says nothing of them."""
    words = list(takewhile(lambda word: not re.match(_DAY, word.text), row.words)) or list(row.words)
    return sum(word.confidence for word in words) / len(words)
