"""Where the signer's titles and name stand: on the right of "Nơi nhận" (Decree 30/2020, annex I, zones 7 and 9b)."""
from __future__ import annotations

import re
from collections.abc import Iterator

from ocr.letters import plain
from ocr.page import Box, Line, Page

LEFT = 0.38
"""Where the right half with title and name begins, as a fraction of the page's width."""
_ABOVE, _BELOW = 0.05, 0.24
"""How far above and below "Nơi nhận" titles and name may stand, as fractions of the page's height."""
_TITLE = 0.025
"""So much stands between "Nơi nhận" and the lowest edge of the first title: a name is lower."""
_RECIPIENTS, _LAST = re.compile(r"\b\w?oi nhan\b"), re.compile(r"\W*luu\b\W")
"""What a list of recipients begins and ends with ("Lưu: VT, ...")."""
_ROW, _INDENT = 0.03, 0.05


def corner(page: Page) -> Box | None:
    """The place of titles and name on this page; None where no list of recipients stands."""
    left = [line for line in page.lines if line.words and line.words[0].box.left < LEFT]
    tops = [line.words[0].box.top for line in left if _RECIPIENTS.search(plain(line.text))]
    top = max(tops) if tops else _top_of_list(left)
    return None if top is None else Box(LEFT, max(0.0, top - _ABOVE), 1.0, min(1.0, top + _BELOW))


def names_in(page: Page, place: Box) -> Iterator[Line]:
    """Lines that begin in the corner `place`, where a name may stand: lower than the first title."""
    least = name_top(place)
    return (line for line in page.lines if line.box.left > place.left and least < line.box.top < place.bottom)


def name_top(place: Box) -> float:
    """No name stands higher than this on the page."""
    return place.top + _ABOVE + _TITLE


def _top_of_list(left: list[Line]) -> float | None:
    """Where "Nơi nhận" must stand when it was misread: above the rows that end in "Lưu: VT"."""
    ends = [line.words[0].box for line in left if _LAST.match(plain(line.text))]
    if not ends:
        return None
    row = max(ends, key=lambda box: box.top)
    rows = sorted((line.words[0].box for line in left if abs(line.words[0].box.left - row.left) < _INDENT),
                  key=lambda box: -box.top)
    for above in rows:
        if 0 < row.top - above.top < _ROW:
            row = above
    return row.top

