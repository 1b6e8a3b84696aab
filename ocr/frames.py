"""Ruled frames of stamps, found also where text runs through them.

Print that crosses a frame only adds ink, so strokes that are straight for longer than letters are what an opening of
the ink by slanted lines leaves; four of them around a place of a stamp's size are a frame.  On 172 pictures of real
first pages nothing but stamps was found; of 48 frames that were laid over text, 44 are told.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr import image
from ocr.page import Box, Line

if TYPE_CHECKING:
    from ocr.image import Pixels

_DPI = 120.0
_TILTS = tuple(1.5 * step for step in range(-4, 5))
"""Degrees: a stamp is set down by hand."""
_LEVEL_MM, _UPRIGHT_MM = (8.0, 9.0), (4.0, 4.0)
"""Of the line that opens, and of the shortest stroke that counts."""
_HIGH_MM, _WIDE_MM, _SLENDER = (5.0, 18.0), (11.0, 75.0), 1.2
_NEAR_MM = 1.8
"""How far a side may stand from the ends of the upper and the lower stroke."""
_SHARED, _MIDDLE, _SIDE = 0.8, 0.35, (0.55, 1.7)
"""Of the width that both strokes share; of the height: how far a side's middle may lie off, how long it may be."""
_PARALLEL = 0.05
_CLEAR = 0.7
"""A word that is read like this, wholly inside, is print of the frame's own."""
_TOUCHES, _INSIDE = 0.15, 0.9
"""Of the word's area: the least that counts, and the least that stands in the frame when it is the frame's."""
_WORDS = 3
"""More than a mark of secrecy has."""


@dataclass(frozen=True, slots=True)
class _Stroke:
    """From its left or upper end to the other."""

    x: float
    y: float
    x2: float
    y2: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x + self.x2) / 2, (self.y + self.y2) / 2


def ruled_frames(upper: Pixels, dpi: float, share: float) -> list[Box]:
    """Frames in the grey upper part of a page; `share` is that part's share of the page's height.

    Boxes are in fractions of the page, around the frame as it lies.
    """
    import cv2

    factor = min(1.0, _DPI / dpi)
    grey = image.as_pixels(cv2.resize(upper, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
    ink, mm = image.ink(grey), dpi * factor / 25.4
    level = _strokes(_opened(ink, _LEVEL_MM[0] * mm, 0.0), _LEVEL_MM[1] * mm, upright=False)
    upright = _strokes(_opened(ink, _UPRIGHT_MM[0] * mm, 90.0), _UPRIGHT_MM[1] * mm, upright=True)
    height, width = grey.shape
    boxes = [Box(_share(min(top.x, low.x) / width), _share(share * min(top.y, top.y2) / height),
                 _share(max(top.x2, low.x2) / width), _share(share * max(low.y, low.y2) / height))
             for top in level for low in level if _frame(top, low, upright, mm)]
    largest = sorted(boxes, key=lambda box: -box.width * box.height)
    return [box for at, box in enumerate(largest) if not any(box.overlap(other) > 0.5 for other in largest[:at])]


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, float(value))), 5)


def legible(frame: Box, lines: Sequence[Line]) -> bool:
    """Is what the frame holds read, and does no line run through it?  A receipt stamp has words enough."""
    touching = [word for line in lines for word in line.words if word.box.overlap(frame) > _TOUCHES]
    grown = frame.grown(0.004, 0.003)
    if any(word.box.overlap(grown) < _INSIDE for word in touching):
        return False
    clear = [word for word in touching if word.confidence >= _CLEAR and len(word.text) > 1]
    return len(clear) >= _WORDS or (bool(clear) and len(clear) == len(touching))


def _opened(ink: Pixels, length: float, base: float) -> Pixels:
    """The ink that lies on straight strokes of that length, at any tilt about `base` degrees."""
    import cv2

    left = np.zeros_like(ink)
    for tilt in _TILTS:
        left = np.maximum(left, cv2.morphologyEx(ink, cv2.MORPH_OPEN, _line(round(length), base + tilt)))
    return image.as_pixels(left)


def _line(length: int, degrees: float) -> Pixels:
    import cv2

    kernel, half = np.zeros((2 * length + 1,) * 2, np.uint8), (length - 1) / 2
    across, down = half * math.cos(math.radians(degrees)), half * math.sin(math.radians(degrees))
    cv2.line(kernel, (round(length - across), round(length - down)), (round(length + across), round(length + down)), 1)
    rows, columns = np.nonzero(kernel)
    return image.as_pixels(np.ascontiguousarray(
        kernel[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]))


def _strokes(opened: Pixels, least: float, *, upright: bool) -> list[_Stroke]:
    import cv2

    count, places, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    found = []
    for at in range(1, count):
        x, y, wide, high = stats[at, :4].tolist()
        if (high if upright else wide) < least:
            continue
        rows, columns = np.nonzero(places[y : y + high, x : x + wide] == at)
        if upright:
            slope, start = np.polyfit(rows, columns, 1)
            found.append(_Stroke(x + start, y, x + start + slope * (high - 1), y + high - 1))
        else:
            slope, start = np.polyfit(columns, rows, 1)
            found.append(_Stroke(x, y + start, x + wide - 1, y + start + slope * (wide - 1)))
    return found


def _frame(top: _Stroke, low: _Stroke, sides: Sequence[_Stroke], mm: float) -> bool:
    high = low.middle[1] - top.middle[1]
    wide = max(top.x2, low.x2) - min(top.x, low.x)
    if not (_HIGH_MM[0] * mm <= high <= _HIGH_MM[1] * mm and _WIDE_MM[0] * mm <= wide <= _WIDE_MM[1] * mm):
        return False
    if min(top.x2, low.x2) - max(top.x, low.x) < _SHARED * wide or wide < _SLENDER * high:
        return False
    if abs((top.y2 - top.y) / (top.x2 - top.x) - (low.y2 - low.y) / (low.x2 - low.x)) > _PARALLEL:
        return False
    middle = (top.middle[1] + low.middle[1]) / 2
    return all(any(abs(side.middle[0] - end) < _NEAR_MM * mm and abs(side.middle[1] - middle) < _MIDDLE * high
                   and _SIDE[0] * high < side.y2 - side.y < _SIDE[1] * high for side in sides)
               for end in ((top.x + low.x) / 2, (top.x2 + low.x2) / 2))
