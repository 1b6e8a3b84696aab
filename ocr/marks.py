"""Stamp-like words: HỎA TỐC, KHẨN, MẬT, ĐẾN ... standing alone in capitals, in a frame, an arrow or in red.

A text engine loses framed, slanted and coloured stamps.  So the frames and the red ink of the upper page are cut out,
turned level, freed from their frame and read as single lines of their own.
"""
from __future__ import annotations

import bisect
import dataclasses
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr import image
from ocr.engine import ONE_LINE, SCATTERED, Engine, read_lines
from ocr.frames import legible, ruled_frames
from ocr.page import Box, Line, Mark, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ocr.image import Pixels
    from ocr.view import View

WORDS = ("HỎA TỐC HẸN GIỜ", "HỎA TỐC", "THƯỢNG KHẨN", "TUYỆT MẬT", "TỐI MẬT", "KHẨN", "MẬT", "ĐẾN")
"""Standard spellings; marks of urgency (Decree 30 annex I), of secrecy, and of receipt."""
UNREAD = ""
"""Text of a mark whose frame is there and whose word cannot be read."""

_SEARCH_DPI = 150.0
_UPPER = 0.55
"""Share of the page that is searched: marks stand beside or under the head."""
_LONG_MM = (11.0, 75.0)
_SHORT_MM = (4.5, 40.0)
_READ_MM = 26.0
"""Higher frames (the receipt stamp is 35 x 50 mm) only tell that a word inside is framed."""
_SLENDER = (1.25, 8.0)
_FILLED = 0.5
_INK = (0.06, 0.75)
_MOST = 6
_SECOND_HEARING = 2
_LEAST = 0.35
"""Engine confidence below which a mark is taken for noise; receipt stamps inside round seals read like that."""
_JOINT_MM = 2.5
_FAINT = 45
_LOOSE_MM = 6.5
"""Handwriting that was not read is lower than this; slanted arrows are higher."""
_BELIEVED = 0.6
_FRAME_SHARE = 0.17
_TEXT_HEIGHT = 48
_PLAIN = {"".join(c for c in unicodedata.normalize("NFD", word.replace("Đ", "D")) if c.isascii()): word
          for word in WORDS}


@dataclass(frozen=True, slots=True)
class _Spot:
    """A frame or a red patch: middle, long and short side in pixels of the upright page, fall of the long side."""

    x: float
    y: float
    long: float
    short: float
    angle: float
    framed: bool
    red: bool = False

    @property
    def stamped(self) -> bool:
        """A frame or red ink: it is a stamp before it is read."""
        return self.framed or self.red

    def box(self, width: int, height: int) -> Box:
        """Upright box around it, in fractions of the page."""
        slope = math.radians(self.angle)
        half_x = (abs(self.long * math.cos(slope)) + abs(self.short * math.sin(slope))) / 2
        half_y = (abs(self.long * math.sin(slope)) + abs(self.short * math.cos(slope))) / 2
        sides = ((self.x - half_x) / width, (self.y - half_y) / height,
                 (self.x + half_x) / width, (self.y + half_y) / height)
        return Box(*(round(min(1.0, max(0.0, side)), 5) for side in sides))


def find_marks(view: View | None, lines: tuple[Line, ...], engine: Engine | None) -> tuple[Mark, ...]:
    """Marks among the lines and, with a view of the page, in its frames and red ink; boxes of the upright page."""
    spots = _spots(view, lines) if view is not None else []
    found = [mark for line in lines for mark in _in_line(line, spots, view)]
    if view is None or engine is None:
        return tuple(found)
    height, width = view.upright.shape[:2]
    small = _READ_MM / 25.4 * view.dpi
    left = [spot for spot in spots if spot.short <= small
            and not any(mark.box.overlap(spot.box(width, height)) > 0.3 for mark in found)]
    for spot, text, confidence in _read(view, left, engine):
        box = spot.box(width, height)
        found.append(Mark(text, box, _red_share(view, box), spot.framed, confidence))
    return (*found, *_unread_frames(view, lines, found))


def _unread_frames(view: View, lines: tuple[Line, ...], found: list[Mark]) -> Iterator[Mark]:
    """Frames of a stamp's size in which nobody can say what stands, text running through them."""
    upper = _darkest(image.as_pixels(view.upright[: round(view.upright.shape[0] * _UPPER)]))
    for frame in ruled_frames(upper, view.dpi, _UPPER):
        if not any(mark.box.overlap(frame) > 0.3 for mark in found) and not legible(frame, lines):
            yield Mark(UNREAD, frame, _red_share(view, frame), framed=True, confidence=0.0)


def standard_spelling(text: str, *, exact: bool = False) -> str:
    """The mark that `text` is meant to be; "" when it is none.

    Accents and case may be wrong, as engines leave them on stamps; one or two letters of longer words too, unless
    `exact`: then the text must be in capitals, and short words right to the letter.
    """
    bare = unicodedata.normalize("NFD", text.upper().replace("Đ", "D"))
    plain = " ".join(re.sub(r"[^A-Z ]", " ", "".join(c for c in bare if not unicodedata.combining(c))).split())
    if exact and sum(c.isupper() for c in text) < 0.6 * sum(c.isalpha() for c in text):
        return ""
    compact = plain.replace(" ", "")
    for known, word in _PLAIN.items():
        target = known.replace(" ", "")
        allowed = 0 if len(target) < 4 or (exact and len(target) < 6) else 1 if len(target) < 6 else 2
        if abs(len(target) - len(compact)) <= allowed and _distance(compact, target) <= allowed:
            return word
    return ""


def _distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for number, sign in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, against in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (sign != against))
    return row[-1]


def _in_line(line: Line, spots: list[_Spot], view: View | None) -> list[Mark]:
    """A line that is a mark, or begins with one that stands well apart from what follows."""
    words = [word for word in line.words if re.search(r"\w", word.text)]
    for count in range(min(4, len(words)), 0, -1):
        first = words[:count]
        text = _exact(first)
        if text and _alone(first, words[count:], text):
            box = first[0].box.union(first[-1].box)
            confidence = round(min(word.confidence for word in first), 4)
            if view is None:
                return [Mark(text, box, 0.0, False, confidence)]
            height, width = view.upright.shape[:2]
            framed = any(spot.framed and spot.box(width, height).overlap(box) > 0.7 for spot in spots)
            return [Mark(text, box, _red_share(view, box), framed, confidence)]
    return []


def _exact(words: list[Word]) -> str:
    text = " ".join(re.sub(r"[^\w]", "", word.text) for word in words).replace("HOẢ", "HỎA")
    return text if text in WORDS else ""


def _alone(first: list[Word], rest: list[Word], text: str) -> bool:
    if not rest:
        return True
    # The receipt stamp goes on in its line: "ĐẾN Số: 2352", "ĐẾN Ngày: ...".
    if text == "ĐẾN" and re.match(r"(Số|Ngày|S[ốóô]|N[gơ])", rest[0].text):
        return True
    return rest[0].box.left - first[-1].box.right > 1.0 * first[0].box.height


def _spots(view: View, lines: tuple[Line, ...]) -> list[_Spot]:
    """Frames first, then red patches, then ink that no line accounts for; at most _MOST."""
    import cv2
    import numpy as np

    height, width = view.upright.shape[:2]
    factor = min(1.0, _SEARCH_DPI / view.dpi)
    upper = image.as_pixels(view.upright[: round(height * _UPPER)])
    small = image.as_pixels(cv2.resize(upper, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
    grey = _darkest(small)
    dpi = view.dpi * factor
    closed = cv2.morphologyEx(image.ink(grey), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    found = _shapes(image.as_pixels(closed), dpi, framed=True)
    for loose, red in ((image.red_mask(small), True), (_unread(grey, lines, round(height * factor)), False)):
        if loose.any():
            patches = [dataclasses.replace(patch, red=red) for patch in _shapes(_joined(loose, dpi), dpi, framed=False)]
            found += [patch for patch in patches if not any(_same(patch, other) for other in found)
                      and (red or patch.short >= _LOOSE_MM / 25.4 * dpi)]
    return [dataclasses.replace(s, x=s.x / factor, y=s.y / factor, long=s.long / factor, short=s.short / factor)
            for s in found[:_MOST]]


def _joined(inked: Pixels, dpi: float) -> Pixels:
    """Letters of one stamp grown together."""
    import cv2
    import numpy as np

    reach = max(3, round(_JOINT_MM / 25.4 * dpi))
    return image.as_pixels(cv2.morphologyEx(inked, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)))


def _unread(grey: Pixels, lines: tuple[Line, ...], page_height: int) -> Pixels:
    """Ink, faint ink too, outside the words that were read with some confidence; empty when nothing was read at all."""
    import numpy as np

    if not lines:
        return np.zeros(grey.shape, np.uint8)
    paper = float(np.median(grey))
    left_over = np.where(grey < paper - _FAINT, 255, 0).astype(np.uint8)
    width = grey.shape[1]
    for line in lines:
        for word in line.words:
            if word.confidence >= _BELIEVED and len(word.text) > 1:
                box = word.box.grown(0.004, 0.002)
                left_over[round(box.top * page_height) : round(box.bottom * page_height) + 1,
                          round(box.left * width) : round(box.right * width) + 1] = 0
    return left_over


def _shapes(inked: Pixels, dpi: float, *, framed: bool) -> list[_Spot]:
    import cv2
    import numpy as np

    contours, _ = cv2.findContours(inked, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    millimetre = dpi / 25.4
    found = []
    for contour in contours:
        (x, y), (wide, high), angle = cv2.minAreaRect(contour)
        long, short = max(wide, high), min(wide, high)
        if not (_LONG_MM[0] <= long / millimetre <= _LONG_MM[1] and _SHORT_MM[0] <= short / millimetre <= _SHORT_MM[1]):
            continue
        if not _SLENDER[0] <= long / short <= _SLENDER[1] or cv2.contourArea(contour) < _FILLED * long * short:
            continue
        if framed and not _INK[0] <= _ink_within(inked, np.asarray(contour, np.int32)) <= _INK[1]:
            continue
        slope = angle if wide >= high else angle - 90
        slope = (slope + 90) % 180 - 90
        if abs(slope) <= 50:
            found.append(_Spot(x, y, long, short, slope, framed))
    return sorted(found, key=lambda spot: -spot.long * spot.short)


def _ink_within(inked: Pixels, contour: NDArray[np.int32]) -> float:
    import cv2
    import numpy as np

    x, y, wide, high = cv2.boundingRect(contour)
    mask = np.zeros((high, wide), np.uint8)
    cv2.drawContours(mask, [contour - np.array([[x, y]])], -1, 255, cv2.FILLED)
    return float((inked[y : y + high, x : x + wide][mask > 0] > 0).mean())


def _same(one: _Spot, other: _Spot) -> bool:
    return math.hypot(one.x - other.x, one.y - other.y) < other.long / 3


def _read(view: View, spots: list[_Spot], engine: Engine) -> Iterator[tuple[_Spot, str, float]]:
    """The spots that hold a mark, with its text and how sure the engine was.

    All spots are read in one call, each in several ways, because starting the engine takes longer than a few words; the
    largest of those that stay silent get a second hearing as single lines.
    """
    ways = {spot: _ways(view, spot) for spot in spots}
    best = _read_together(ways, engine) if spots else {}
    for spot in [spot for spot in spots if spot not in best][:_SECOND_HEARING]:
        for patch in ways[spot]:
            _keep_better(best, spot, read_lines(patch, _SEARCH_DPI, engine, mode=ONE_LINE))
    yield from ((spot, text, confidence) for spot, (text, confidence) in best.items())


def _read_together(ways: dict[_Spot, list[Pixels]], engine: Engine) -> dict[_Spot, tuple[str, float]]:
    patches = [(spot, patch) for spot, patches in ways.items() for patch in patches]
    board, tops = _stacked([patch for _, patch in patches])
    best: dict[_Spot, tuple[str, float]] = {}
    for line in read_lines(board, _SEARCH_DPI, engine, mode=SCATTERED):
        row = bisect.bisect_right(tops, line.box.center[1] * board.shape[0]) - 1
        _keep_better(best, patches[max(0, row)][0], (line,))
    return best


def _keep_better(best: dict[_Spot, tuple[str, float]], spot: _Spot, lines: tuple[Line, ...]) -> None:
    for line in lines:
        text = standard_spelling(line.text, exact=not spot.stamped)
        if text and line.confidence > best.get(spot, ("", _LEAST))[1]:
            best[spot] = text, round(line.confidence, 4)


def _ways(view: View, spot: _Spot) -> list[Pixels]:
    patch = _levelled(view, spot)
    ways = (_without_frame(patch), _inside(patch), patch) if spot.stamped else (_without_frame(patch), patch)
    return [way for way in ways if way is not None]


def _stacked(patches: list[Pixels]) -> tuple[Pixels, list[int]]:
    """The patches one below the other on white, and the row at which each begins."""
    import numpy as np

    gap = _TEXT_HEIGHT
    board = np.full((sum(patch.shape[0] + gap for patch in patches) + gap,
                     max(patch.shape[1] for patch in patches) + 2 * gap), 255, np.uint8)
    tops, at = [], gap
    for patch in patches:
        tops.append(at - gap // 2)
        board[at : at + patch.shape[0], gap : gap + patch.shape[1]] = patch
        at += patch.shape[0] + gap
    return board, tops


def _levelled(view: View, spot: _Spot) -> Pixels:
    """The spot cut out, turned level, grey with its ink dark whatever its colour, text about _TEXT_HEIGHT high."""
    import cv2

    scale = _TEXT_HEIGHT * 1.6 / spot.short
    wide, high = round(spot.long * scale), round(spot.short * scale)
    matrix = cv2.getRotationMatrix2D((spot.x, spot.y), spot.angle, scale)
    matrix[0, 2] += wide / 2 - spot.x
    matrix[1, 2] += high / 2 - spot.y
    white = 255 if view.upright.ndim == 2 else (255, 255, 255)
    turned = cv2.warpAffine(view.upright, matrix, (wide, high), flags=cv2.INTER_AREA, borderValue=white)
    return _darkest(image.as_pixels(turned))


def _darkest(pixels: Pixels) -> Pixels:
    """Grey in which ink of any colour is dark."""
    import cv2

    if pixels.ndim == 2:
        return pixels
    blue, green, red = cv2.split(pixels)
    return image.as_pixels(cv2.min(cv2.min(blue, green), red))


def _without_frame(patch: Pixels) -> Pixels | None:
    """The patch without what is longer than letters or hangs at the edge; None when hardly anything is left."""
    import cv2
    import numpy as np

    height, width = patch.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(image.ink(patch), connectivity=8)
    keep = np.zeros(count, bool)
    for number in range(1, count):
        left, top, wide, high, area = stats[number]
        at_edge = left <= 1 or top <= 1 or left + wide >= width - 1 or top + high >= height - 1
        letter = wide <= 0.4 * width and high <= 0.9 * height and area >= 12
        keep[number] = letter and not (at_edge and (wide > 0.15 * width or high < 0.25 * height))
    if keep.sum() < 3:
        return None
    cleaned = np.where(keep[labels], patch, 255).astype(np.uint8)
    return image.as_pixels(cv2.copyMakeBorder(cleaned, 20, 20, 30, 30, cv2.BORDER_CONSTANT, value=255))


def _inside(patch: Pixels) -> Pixels:
    """What lies within a frame, for letters that touch it."""
    import cv2

    edge = round(patch.shape[0] * _FRAME_SHARE)
    inner = patch[edge:-edge, edge:-edge]
    return image.as_pixels(cv2.copyMakeBorder(inner, 20, 20, 30, 30, cv2.BORDER_CONSTANT, value=255))


def _red_share(view: View, box: Box) -> float:
    """Share of the ink in the box that is red."""
    if view.upright.ndim == 2:
        return 0.0
    height, width = view.upright.shape[:2]
    part = view.upright[round(box.top * height) : round(box.bottom * height) + 1,
                        round(box.left * width) : round(box.right * width) + 1]
    if part.size == 0:
        return 0.0
    inked = image.ink(_darkest(image.as_pixels(part))) > 0
    total = int(inked.sum())
    return round(float((inked & (image.red_mask(image.as_pixels(part)) > 0)).sum()) / total, 3) if total else 0.0
