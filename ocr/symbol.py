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
_READ_DPI = 200.0


def mended(view: View, lines: tuple[Line, ...], hand: tuple[HandLine, ...], engine: Engine) -> tuple[Line, ...]:
    """The lines with the words behind the number replaced where the second hearing is the better one."""
    number = next((item for item in hand if item.kind == "number"), None)
    if number is None:
        return lines
    first = number.value_box.right if number.guesses and number.guesses[0].text else number.box.left
    place = Box(first, number.box.top, number.box.right, number.box.bottom)
    before = [word for line in lines for word in line.words if _behind(word, place)]
    trust = _trust(before)
    if trust >= _SURE:
        return lines
    heard = _heard(view, place, engine)
    if not _LOOKS_RIGHT.search(" ".join(word.text for word in heard)) or _trust(heard) <= trust:
        return lines
    return _with(lines, place, heard)


def _trust(words: list[Word]) -> float:
    """Lowest confidence of the words when they look like a symbol; 0 when they do not."""
    text = " ".join(word.text for word in words)
    return min((word.confidence for word in words), default=0.0) if _LOOKS_RIGHT.search(text) else 0.0


def _behind(word: Word, place: Box) -> bool:
    """Does a good part of the word stand in the place?"""
    inside = min(word.box.right, place.right) - max(word.box.left, place.left)
    return inside > 0.3 * word.box.width and place.top < word.box.center[1] < place.bottom


def _heard(view: View, place: Box, engine: Engine) -> list[Word]:
    import cv2

    height, width = view.upright.shape[:2]
    left, right = round(place.left * width), round(place.right * width)
    top, bottom = round(place.top * height), round(place.bottom * height)
    part = image.grey_without_red(image.as_pixels(view.upright[top:bottom, left:right]))
    if part.shape[0] < 8 or part.shape[1] < 20:
        return []
    scale = _HEIGHT / part.shape[0]
    edge_y, edge_x = 12, 20
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(part, None, fx=scale, fy=scale, interpolation=way)
    edges = edge_y, edge_y, edge_x, edge_x
    framed = image.as_pixels(cv2.copyMakeBorder(sized, *edges, cv2.BORDER_CONSTANT, value=255))
    high, wide = framed.shape
    words = []
    for line in read_lines(framed, _READ_DPI, engine, mode=ONE_LINE):
        for word in line.words:
            xs = [(left + (x * wide - edge_x) / scale) / width for x in (word.box.left, word.box.right)]
            ys = [(top + (y * high - edge_y) / scale) / height for y in (word.box.top, word.box.bottom)]
            box = Box(*(round(min(1.0, max(0.0, value)), 5) for value in (xs[0], ys[0], xs[1], ys[1])))
            words.append(Word(word.text, box, round(word.confidence, 4)))
    return words


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
