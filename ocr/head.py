"""Finds the number line ("Số: 1698/UBND-KGVX") and the date line ("Kiên Giang, ngày 9 tháng 4 năm 2019") in the head of
a first page and has their digits read.

The print of these lines ("Số:", "ngày", "tháng", "năm", the symbol) is what Tesseract reads well and what the
handwritten digits stand between, so that its words are the anchors; where one line's anchors are missing, the other
line's height tells where to look (Decree 30/2020, Annex I: zones 3 and 4 stand side by side).
"""
from __future__ import annotations

import re
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from ocr.letters import plain
from ocr.page import Box, HandLine, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from ocr.ctc import Kind
    from ocr.digits import DigitReader

    Picture = NDArray[np.uint8]

HEAD = 0.45
"""Share of the page's height in which the head may stand."""
ABOVE, BELOW = 1.45, 0.55
"""What a line's cut holds above and below the base line, in em (handwriting overshoots the print)."""
STEEPEST = 0.05
_EM_OF_PAGE = 0.0155
"""13 pt on A4, as a share of the page's height: the last resort for the size of print."""
_NUMBER_ANCHOR = re.compile(r"^\W{0,2}[Ss$§][oóòôốồổỗộơớờởỡợ0đ](?:(?![a-zà-ỹ])[:.;,]?|(?<=ố)[ẽèéẻẹê]$)")
"""A colon that handwriting crosses is heard as a letter: "Sốẽ"."""
_SYMBOL = re.compile(r"/ ?[A-ZĐ]{2,}")
_ONE_HEIGHT = 2.5


@dataclass(frozen=True, slots=True)
class HeadLine:
    """One line of the head, found but not yet read."""

    kind: Kind
    box: Box
    slope: float = 0.0
    """Rise of the base line, downwards positive, pixels a pixel: what is left of the page's skew."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A word in pixels."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class _Row:
    """Where a line's print stands: the base line at x = left, its slope, and the size of print, in pixels."""

    left: float
    right: float
    base: float
    slope: float
    em: float
    trust: float = 1.0
    letter: float | None = None
    """Left edge of the "S" that starts the line, where it was seen."""

    def base_at(self, x: float) -> float:
        return self.base + (x - self.left) * self.slope


def read_head(picture: Picture, words: Sequence[Word], reader: DigitReader) -> tuple[HandLine, ...]:
    """Find and read the lines of the head.

    `picture` is the upright first page (grey or BGR, 0 = black), `words` what the text engine saw on it; the boxes
    of the result are fractions of this picture.  A line not found is absent, an empty place has the guess "".
    """
    lines = []
    for line in find_head_lines(picture, words):
        seen = reader.read(cut(picture, line), line.kind)
        if not seen.guesses:
            continue
        box, (left, right) = line.box, seen.span
        value = Box(box.left + left * box.width, box.top, box.left + right * box.width, box.bottom)
        lines.append(HandLine(line.kind, box, value, seen.guesses, seen.handwritten))
    return tuple(lines)


def find_head_lines(picture: Picture, words: Sequence[Word]) -> tuple[HeadLine, ...]:
    """The number line and the date line of the head, each at most once."""
    height, width = picture.shape[:2]
    spots = [_spot(word, width, height) for word in words if word.box.top < HEAD and word.text.strip()]
    date = _date_row(spots, width, height)
    number = _settled(picture, _number_row(spots, date, width, height))
    found: list[HeadLine] = []
    if number:
        found.append(_line("number", number, width, height))
    if date:
        found.append(_line("date", date, width, height))
    return tuple(found)


def cut(picture: Picture, line: HeadLine) -> Picture:
    """The line's pixels, its base line made level."""
    height, width = picture.shape[:2]
    left, right = round(line.box.left * width), round(line.box.right * width)
    top, bottom = round(line.box.top * height), round(line.box.bottom * height)
    if abs(line.slope) < 0.002:
        return picture[top:bottom, left:right]
    import cv2

    drop = line.slope * (right - left) / 2
    matrix = np.array([[1.0, 0.0, left], [line.slope, 1.0, top - drop]], dtype=np.float32)
    size = (right - left, bottom - top)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    level = cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(level, dtype=np.uint8)


def _spot(word: Word, width: int, height: int) -> _Spot:
    box = word.box
    return _Spot(word.text.strip(), box.left * width, box.top * height, box.right * width, box.bottom * height)


def _line(kind: Kind, row: _Row, width: int, height: int) -> HeadLine:
    middle = row.base_at((row.left + row.right) / 2)
    top, bottom = max(0.0, middle - ABOVE * row.em), min(float(height), middle + BELOW * row.em)
    box = Box(max(0.0, row.left / width), top / height, min(1.0, row.right / width), bottom / height)
    return HeadLine(kind, box, row.slope)


# --- the date line ---------------------------------------------------------------------------------------------------


def _date_row(spots: Sequence[_Spot], width: int, height: int) -> _Row | None:
    """The topmost row that holds at least two of "ngày", "tháng", "năm" in the right part of the page."""
    months = [spot for spot in spots if re.search(r"th[a4o]ng", plain(spot.text))]
    days = [spot for spot in spots if re.search(r"ng[aàâ]y|^ng[aà]", plain(spot.text))]
    years = [spot for spot in spots if re.search(r"^\W?n[aâă]m", plain(spot.text)) and not spot.text.isupper()]
    printed = [spot for spot in spots if re.fullmatch(r"(19|20)\d\d\W?", spot.text)]
    rows = []
    for anchor in [*months, *days]:
        reach = max(anchor.height, _EM_OF_PAGE * height)
        day = _nearest(anchor, days, -12 * reach, 0.1 * reach)
        month = _nearest(anchor, months, -0.1 * reach, 12 * reach)
        year = _nearest(month or anchor, years, 0.0, 9 * reach) or _glued_year(month)
        digits = _nearest(year, printed, 0.5 * reach, 4 * reach) if year else None
        row = _date_from((day, month, year, digits), height)
        if row and row.right > 0.62 * width and row.left > 0.3 * width:
            rows.append(row)
    strong = [row for row in rows if row.trust >= 2]
    return min(strong, key=lambda row: row.base - row.trust * row.em, default=None)


def _glued_year(month: _Spot | None) -> _Spot | None:
    """ "tháng10năm" is sometimes one word: it then is its own year anchor."""
    return month if month and re.search(r"n[ah]m", plain(month.text)[4:]) else None


def _nearest(anchor: _Spot, others: Iterable[_Spot], least: float, most: float) -> _Spot | None:
    """The other spot on the anchor's row whose left edge lies within the distances; the nearest one."""
    near = [
        spot
        for spot in others
        if least <= spot.left - anchor.left <= most
        and abs(spot.middle - anchor.middle) < 0.8 * max(spot.height, anchor.height)
    ]
    return min(near, key=lambda spot: abs(spot.left - anchor.left), default=None)


def _date_from(parts: Sequence[_Spot | None], height: int) -> _Row | None:
    """The row of "ngày", "tháng", "năm" and the printed year, as far as they were seen."""
    day, month, year, digits = parts
    anchors = [spot for spot in (day, month, year) if spot]
    if not anchors or not (month or day):
        return None
    whole = [spot for spot, name in ((day, "ngay"), (month, "thang")) if spot and plain(spot.text) == name]
    feet = [(spot.left, spot.bottom - 0.24 * spot.height) for spot in whole]
    feet += [(year.left, year.bottom)] if year and plain(year.text) == "nam" else []
    feet += [(digits.left, digits.bottom)] if digits else []
    em = _em_of([*whole, *([digits] if digits else [])], _EM_OF_PAGE * height)
    feet = feet or [(anchors[0].left, anchors[0].bottom - 0.2 * em)]
    slope = _slope(feet, em)
    base = median(y - (x - feet[0][0]) * slope for x, y in feet)
    start = day.left - 1.6 * em if day else anchors[0].left - 6.0 * em
    stop = (year.left + 4.6 * em) if year and year is not month else anchors[-1].left + 8.5 * em
    stop = max(stop, digits.right + 0.5 * em) if digits else stop
    return _Row(start, stop, base + (start - feet[0][0]) * slope, slope, em, trust=float(len(anchors)))


def _em_of(spots: Sequence[_Spot], prior: float) -> float:
    """Size of print by words of known shape: the one nearest to 13 pt on A4; on a page of another size a tall one.

    Tesseract cuts accents and feet off a word's box, and seldom adds to it.
    """
    shares = {"ngay": 0.9, "thang": 0.9}
    sizes = sorted(spot.height / shares.get(plain(spot.text), 0.68) for spot in spots)
    usual = [size for size in sizes if 0.75 * prior < size < 1.35 * prior]
    if usual:
        return min(usual, key=lambda size: abs(size - 1.05 * prior))
    fit = [size for size in sizes if 0.4 * prior < size < 2.5 * prior]
    return fit[-2] if len(fit) > 2 else fit[-1] if fit else prior


def _slope(bases: Sequence[tuple[float, float]], em: float) -> float:
    (x0, y0), (x1, y1) = bases[0], bases[-1]
    if x1 - x0 < 3 * em:
        return 0.0
    slope = (y1 - y0) / (x1 - x0)
    return slope if abs(slope) <= STEEPEST else 0.0


# --- the number line -------------------------------------------------------------------------------------------------


def _number_row(spots: Sequence[_Spot], date: _Row | None, width: int, height: int) -> _Row | None:
    """The "Số:" of the left column nearest to the date line's height; failing that, the symbol after the slash."""
    em = date.em if date else _EM_OF_PAGE * height
    anchors = [spot for spot in spots if _is_number_anchor(spot, spots, em) and spot.left < 0.5 * width]
    best = min(anchors, key=lambda spot: _misfit(spot, date, em), default=None)
    if best and (not date or _misfit(best, date, em) < 7):
        return _number_from(best, spots, date, width)
    symbols = [spot for spot in spots if _SYMBOL.search(spot.text) and spot.right < 0.55 * width]
    # Number and date stand at one height (Decree 30/2020 annex I, zones 3 and 4); lower down the summary cites others.
    near = [spot for spot in symbols if not date or abs(spot.bottom - date.base_at(spot.left)) < _ONE_HEIGHT * em]
    best = min(near, key=lambda spot: _misfit(spot, date, em), default=None)
    if best:
        slope = date.slope if date else 0.0
        return _Row(max(0.0, best.left - 6 * em), best.right, best.bottom - 0.05 * em, slope, em, trust=0.5)
    return _number_beside(date, width)


def _number_beside(date: _Row | None, width: int) -> _Row | None:
    """No anchor at all: the left column at the date line's own height."""
    if not date:
        return None
    left = 0.08 * width
    right = max(left + 8 * date.em, min(0.5 * width, date.left - 3 * date.em))
    return _Row(left, right, date.base_at(left), date.slope, date.em, trust=0.2)


def _is_number_anchor(spot: _Spot, spots: Sequence[_Spot], em: float) -> bool:
    """ "Số:" at the start of its row: nothing within two em at its left, not "SỞ" and not a word of running text."""
    if not _NUMBER_ANCHOR.match(spot.text):
        return False
    return not any(
        0 < spot.left - other.right < 2 * em and abs(other.middle - spot.middle) < 0.5 * em and len(other.text) > 1
        for other in spots
        if other is not spot
    )


def _misfit(spot: _Spot, date: _Row | None, em: float) -> float:
    """How badly a word fits as the start of the number line, in em of height difference plus penalties."""
    penalty = 0.0 if re.match(r"^\W{0,2}S[ốô]\b", spot.text) else 0.7
    penalty += 0.0 if re.search(r"[:/\d]", spot.text) else 0.7
    if not date:
        return spot.middle / em * 0.5 + penalty
    away = (date.base_at(spot.left) - 0.35 * em - spot.middle) / em
    return abs(away) + penalty + (2.0 if away < -2.5 else 0.0)


def _number_from(anchor: _Spot, spots: Sequence[_Spot], date: _Row | None, width: int) -> _Row:
    alone = len(anchor.text.strip(":.;, ")) <= 2
    em = date.em if date else anchor.height / (0.9 if alone else 1.1)
    slope = date.slope if date else 0.0
    base = anchor.bottom if alone or not date else min(anchor.bottom, anchor.top + 1.02 * em)
    end = anchor.right
    limit = min(0.6 * width, date.left if date and date.left > anchor.left + 5 * em else width)
    row = [spot for spot in spots if spot.left > anchor.left and abs(spot.middle - anchor.middle) < 0.7 * em]
    for spot in sorted(row, key=lambda spot: spot.left):
        if spot.left - end < 3.5 * em and spot.right <= limit:
            end = max(end, spot.right)
    start = anchor.left - 0.4 * em
    end = min(max(end + 0.3 * em, start + 7.5 * em), start + 13 * em, limit)
    return _Row(start, end, base, slope, em, letter=anchor.left)


def _settled(picture: Picture, row: _Row | None) -> _Row | None:
    """The row put on the foot of its "S": a word's box reaches as far down as the digits that are glued to it."""
    if row is None or row.letter is None:
        return row
    import cv2

    em, left = row.em, row.letter
    top, start = max(0, int(row.base - 1.5 * em)), max(0, int(left - 0.3 * em))
    patch = picture[top : int(row.base + 0.8 * em), start : int(left + 0.9 * em)]
    if min(patch.shape[:2]) < 8:
        return row
    grey = patch if patch.ndim == 2 else cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    feet = [
        (abs(start + x - left), top + y + high)
        for x, y, wide, high, _ in stats[1:].tolist()
        if 0.5 * em < high < 0.85 * em and 0.25 * em < wide < 0.7 * em and abs(start + x - left) < 0.25 * em
    ]
    if not feet:
        return row
    foot = min(feet)[1] - 1
    return replace(row, base=foot + (row.left - left) * row.slope)
