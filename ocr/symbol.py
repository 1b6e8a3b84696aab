"""A second hearing for what stands behind the number: "/QĐ-UBND" is print, but the handwriting before it misleads the
engine.  When the first reading is doubtful there, that stretch is cut out and read as a line of its own."""
from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from ocr import image
from ocr.engine import ONE_LINE, Engine, line_of, read_lines
from ocr.page import Box, HandLine, Line, Word

if TYPE_CHECKING:
    from ocr.view import View

_LOOKS_RIGHT = re.compile(r"[/\\(|]\s?(\d{4}\s?/\s?)?[A-ZĐ][A-Za-zĐđƯ]{0,9}\s?[-–]\s?[A-ZĐƯ&]{2,}")
_SURE = 0.8
_HEIGHT = 60
_PRINT_HEIGHT = 40
"""Of the stretch as it was cut out, and of its print alone, in pixels: on 85 real papers 75 and 78 came out right; both
are asked, because large handwriting above the print spoils the first only, and specks the second."""
_OF_PRINT = 0.2
_FARTHER = 0.1
"""Of the page's width: so far beyond the line that was found its print is followed."""
_BLANK = 0.35
"""Of the line's height: a blank as wide as that ends the print."""
_EDGE_Y, _EDGE_X = 12, 20
_READ_DPI = 200.0


def mended(view: View, lines: tuple[Line, ...], hand: tuple[HandLine, ...], engine: Engine) -> tuple[Line, ...]:
    """The lines with the words behind the number replaced where the second hearing is the better one."""
    number = next((item for item in hand if item.kind == "number"), None)
    if number is None:
        return lines
    first = number.value_box.right if number.guesses and number.guesses[0].text else number.box.left
    date = next((item.box.left for item in hand if item.kind == "date"), 1.0)
    place = Box(first, number.box.top, number.box.right, number.box.bottom)
    others = (word.box.left for line in lines for word in line.words
              if word.box.left >= place.right and place.top < word.box.center[1] < place.bottom)
    place = _to_the_blank(view, place, min((date, *others)))
    before = [word for line in lines for word in line.words if _behind(word, place)]
    trust = _trust(before)
    if trust >= _SURE:
        return lines
    best: list[Word] = []
    for height in (_HEIGHT, _PRINT_HEIGHT):
        heard = _heard(view, place, engine, height=height)
        if _trust(heard) > max(trust, _trust(best)):
            best = heard
        if _trust(best) >= _SURE:
            break
    return _with(lines, place, best) if best else lines


def _to_the_blank(view: View, place: Box, limit: float) -> Box:
    """The place as far as its print goes on, not beyond `limit`: what misread the print misjudged its end, too."""
    import numpy as np

    high, wide = view.upright.shape[:2]
    top, bottom = round(place.top * high), round(place.bottom * high)
    start, end = round(place.right * wide), round(min(place.right + _FARTHER, limit) * wide)
    blank = round(_BLANK * (bottom - top))
    if bottom - top < 8 or end - start < max(blank, 1):
        return place
    part = image.grey_without_red(image.as_pixels(view.upright[top:bottom, start:end]))
    inked = np.flatnonzero(image.ink(part).any(axis=0))
    gaps = np.diff(np.concatenate(([-1], inked, [part.shape[1] + blank])))
    last = int(np.argmax(gaps > blank))
    reached = int(inked[last - 1]) + 1 if last else 0
    return dataclasses.replace(place, right=min(limit, (start + reached + (blank // 3 if last else 0)) / wide))


def _trust(words: list[Word]) -> float:
    """Lowest confidence of the words when they look like a symbol; 0 when they do not."""
    text = " ".join(word.text for word in words)
    return min((word.confidence for word in words), default=0.0) if _LOOKS_RIGHT.search(text) else 0.0


def _behind(word: Word, place: Box) -> bool:
    """Does a good part of the word stand in the place?"""
    inside = min(word.box.right, place.right) - max(word.box.left, place.left)
    return inside > 0.3 * word.box.width and place.top < word.box.center[1] < place.bottom


def _heard(view: View, place: Box, engine: Engine, *, height: int) -> list[Word]:
    """The words of the place, read as a line of its own; with _PRINT_HEIGHT cut down to the rows that bear print."""
    import cv2

    high, wide = view.upright.shape[:2]
    left, right = round(place.left * wide), round(place.right * wide)
    top, bottom = round(place.top * high), round(place.bottom * high)
    if bottom - top < 8 or right - left < 20:
        return []
    part = image.grey_without_red(image.as_pixels(view.upright[top:bottom, left:right]))
    if height == _PRINT_HEIGHT:
        part, above = _print_of(part)
        top += above
    scale = height / part.shape[0]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(part, None, fx=scale, fy=scale, interpolation=way)
    edges = _EDGE_Y, _EDGE_Y, _EDGE_X, _EDGE_X
    framed = image.as_pixels(cv2.copyMakeBorder(sized, *edges, cv2.BORDER_CONSTANT, value=255))
    words = [word for line in read_lines(framed, _READ_DPI, engine, mode=ONE_LINE) for word in line.words]
    rows, columns = framed.shape

    def back(word: Word) -> Word:
        xs = [(left + (x * columns - _EDGE_X) / scale) / wide for x in (word.box.left, word.box.right)]
        ys = [(top + (y * rows - _EDGE_Y) / scale) / high for y in (word.box.top, word.box.bottom)]
        box = Box(*(round(min(1.0, max(0.0, value)), 5) for value in (xs[0], ys[0], xs[1], ys[1])))
        return Word(word.text, box, round(word.confidence, 4))

    return [back(word) for word in words]


def _print_of(part: image.Pixels) -> tuple[image.Pixels, int]:
    """The rows of the print and how far down they begin.

    Handwriting makes the cut higher than the print.  What reaches the upper edge is handwriting or a rule, and wiped.
    """
    import cv2
    import numpy as np

    height = part.shape[0]
    count, places, stats, _ = cv2.connectedComponentsWithStats(image.ink(part), connectivity=8)
    high = [place for place in range(1, count) if stats[place, cv2.CC_STAT_TOP] == 0]
    foreign = cv2.dilate(np.isin(places, high).astype(np.uint8), np.ones((3, 3), np.uint8))
    rest = image.as_pixels(np.where(foreign > 0, 255, part))
    letters = [(y, y + tall) for _, y, _, tall, _ in stats[1:].tolist() if y > 0 and tall > _OF_PRINT * height]
    margin = max(2, round(0.06 * height))
    above = max(0, min((top for top, _ in letters), default=0) - margin)
    below = min(height, max((bottom for _, bottom in letters), default=height) + margin)
    return image.as_pixels(np.ascontiguousarray(rest[above:below])), above


def _with(lines: tuple[Line, ...], place: Box, heard: list[Word]) -> tuple[Line, ...]:
    """The lines with `heard` in place of the words that stand there; a word that begins before is cut at its slash."""
    result, done = [], False
    for line in lines:
        kept: list[Word] = []
        touched = False
        for word in line.words:
            if not _behind(word, place):
                kept.append(word)
                continue
            if word.box.left < place.left - 0.005:
                text = re.split(r"[/\\]", word.text)[0]
                kept.append(dataclasses.replace(word, text=text, box=dataclasses.replace(word.box, right=place.left)))
            if not done:
                kept.extend(heard)
            touched = done = True
        result.append(line_of(kept, line.block) if touched and kept else line)
    return tuple(line for line in result if line.words)
