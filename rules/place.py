"""The place: what stands before ", ngày" on the date line."""

from __future__ import annotations

import re

from rules.bodies import provinces
from rules.date import date_row
from rules.field import Candidate, Evidence
from rules.head import Head, is_motto
from rules.spelling import clean, fold

_BEFORE = re.compile(r"^\W*(?P<place>[^\d,;:]{2,40}?)\s*[,.;]?\s*(?:[nN]g[àaáâ]y\b|(?<=[,.;] )ng\w{1,2}\b)")


def find(head: Head) -> list[Candidate]:
    """At most one."""
    row = date_row(head)
    if row is None:
        return []
    found = _BEFORE.search(clean(row.text))
    if found is None or is_motto(found["place"]):
        return []
    place = found["place"].strip(" .,-_'`")
    if not place or not place[0].isalpha():
        return []
    place = next((name for name in provinces() if fold(name) == fold(place)), place)
    confidence = 0.97 * row.confidence if place.istitle() or place[0].isupper() else 0.5
    return [Candidate(place, round(confidence, 4), Evidence(1, row.box, row.text, "tesseract"))]
