"""A second hearing for the signature's place: on the right of "Nơi nhận" (Decree 30/2020, annex I, zones 7 and 9b).

Names are often stamped there in the red of the seal, which the first reading takes off the page, and a seal or a
signature beside clear print makes the engine take the whole corner for a picture.  So the corner is cut out and read
with its red turned to black; what looks like a title or a name and was not seen before becomes a line of the page.
"""
from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ocr import image
from ocr.engine import SCATTERED, Engine, line_of, read_lines
from ocr.head import plain
from ocr.page import Box, Line, Page, Word

if TYPE_CHECKING:
    from ocr.view import View

LEFT = 0.38
"""Where the right half with title and name begins, as a fraction of the page's width."""
ABOVE, BELOW = 0.05, 0.24
"""How far above and below "Nơi nhận" titles and name may stand, as fractions of the page's height."""
_READ_DPI = 300.0
_TRUST = 0.5
_RECIPIENTS = re.compile(r"\b\w?oi nhan\b")
_NAME = re.compile(r"[A-ZĐÀ-Ỹ][a-zà-ỹđ]{0,6}")


def corner(page: Page) -> Box | None:
    """Where titles and name of the signer stand on this page; None when "Nơi nhận" does not stand on it."""
    rows = [word.box for line in page.lines for word in line.words[:1]
            if _RECIPIENTS.search(plain(line.text)) and word.box.left < LEFT]
    if not rows:
        return None
    last = max(rows, key=lambda box: box.top)
    return Box(LEFT, max(0.0, last.top - ABOVE), 1.0, min(1.0, last.top + BELOW))


def heard(view: View, page: Page, place: Box, engine: Engine) -> Page:
    """The page with titles and names that the first reading has not seen in the corner."""
    before = [line for line in page.lines if _stands_in(line, place)]
    if any(_is_name(line.words) for line in before):
        return page
    known = {line.text for line in before}
    found = [line for line in _read(view, place, engine) if _is_name(line.words) or _is_title(line.words)]
    fresh = [line for line in found if line.text not in known]
    last = max((line.block for line in page.lines), default=0)
    added = tuple(line_of(list(line.words), last + at) for at, line in enumerate(fresh, 1))
    return dataclasses.replace(page, lines=(*page.lines, *added)) if added else page


def _stands_in(line: Line, place: Box) -> bool:
    return line.box.right > place.left and place.top < line.box.center[1] < place.bottom


def _is_name(words: Sequence[Word]) -> bool:
    """Two to five syllables with a capital each, read with some trust."""
    text = [unicodedata.normalize("NFC", word.text.strip(" .,-_'|")) for word in words]
    text = [word for word in text if word]
    trust = min((word.confidence for word in words), default=0.0)
    return 2 <= len(text) <= 5 and trust >= _TRUST and all(map(_NAME.fullmatch, text)) and len("".join(text)) >= 5


def _is_title(words: Sequence[Word]) -> bool:
    """Capitals, read with some trust."""
    letters = [char for word in words for char in word.text if char.isalpha()]
    trust = min((word.confidence for word in words), default=0.0)
    return len(letters) >= 6 and trust >= _TRUST and all(map(str.isupper, letters))


def _read(view: View, place: Box, engine: Engine) -> tuple[Line, ...]:
    import cv2

    height, width = view.upright.shape[:2]
    left, right = round(place.left * width), round(place.right * width)
    top, bottom = round(place.top * height), round(place.bottom * height)
    part = _red_as_black(image.as_pixels(view.upright[top:bottom, left:right]))
    scale = min(2.0, max(0.5, _READ_DPI / max(view.dpi, 1.0)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = image.as_pixels(cv2.resize(part, None, fx=scale, fy=scale, interpolation=way))
    high, wide = sized.shape
    lines = []
    for line in read_lines(sized, view.dpi * scale, engine, mode=SCATTERED):
        words = [Word(word.text, _on_page(word.box, (left, top), (wide / scale, high / scale), (width, height)),
                      round(word.confidence, 4)) for word in line.words]
        lines.append(line_of(words, line.block))
    return tuple(lines)


def _red_as_black(pixels: image.Pixels) -> image.Pixels:
    """Grey in which red ink is as dark as black, and blue ink (the signature) is pale."""
    import numpy as np

    if pixels.ndim == 2:
        return pixels
    blue, green, red = (pixels[:, :, at].astype(np.int16) for at in range(3))
    # Red ink lets through red only, blue ink blue only: what is dark in green, and no lighter in blue than in red
    # by much, is print or seal; the rest of the darkness is the pen's.
    pen = np.clip(blue - red, 0, 255) * 2
    return image.as_pixels(np.clip(green + pen, 0, 255).astype(np.uint8))


def _on_page(box: Box, corner: tuple[int, int], part: tuple[float, float], page: tuple[int, int]) -> Box:
    """From fractions of the part to fractions of the page."""
    xs = [(corner[0] + x * part[0]) / page[0] for x in (box.left, box.right)]
    ys = [(corner[1] + y * part[1]) / page[1] for y in (box.top, box.bottom)]
    return Box(*(round(min(1.0, max(0.0, value)), 5) for value in (xs[0], ys[0], xs[1], ys[1])))
