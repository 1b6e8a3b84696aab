"""To whom: the bodies of "Kính gửi" (zone 9a), one a line."""

from __future__ import annotations

import re

from rules.field import Candidate, Evidence
from rules.head import Head, Row
from rules.spelling import clean

_START = re.compile(r"k[íi]nh\s*g[ửứừưu]i\s*[:;.]?\s*(?P<rest>.*)$", re.IGNORECASE)
_ITEM = re.compile(r"^\W*[-–—~•*+]\s*")


def find(head: Head) -> list[Candidate]:
    """At most one candidate: all lines of the address."""
    rows = list(head.wide)
    for i, row in enumerate(rows):
        found = _START.search(row.text)
        if found:
            return _gather(found["rest"], row, rows[i + 1 :])
    return []


def _gather(rest: str, first: Row, following: list[Row]) -> list[Candidate]:
    lines = [rest.strip(" ;.,")] if len(rest.strip(" ;.,-~")) > 2 else []
    box, last, trust = first.box, first, [first.confidence]
    for row in following[:12]:
        starts_item = bool(_ITEM.match(row.text))
        if (
            row.box.center[1] - last.box.center[1] > 0.035
            or (not starts_item and row.box.left < 0.27)
            or len(lines) > 10
        ):
            break
        text = _ITEM.sub("", clean(row.text)).strip(" ;.")
        if starts_item or not lines:
            lines.append(text)
        else:
            lines[-1] = f"{lines[-1]} {text}"
        box, last = box.union(row.box), row
        trust.append(row.confidence)
    lines = [_ITEM.sub("", line) for line in lines if len(line) > 2]
    if not lines:
        return []
    return [Candidate("\n".join(lines), round(0.9 * min(trust), 4), Evidence(1, box, first.text, "tesseract"))]
