"""A second hearing for the signature's place: on the right of "Nơi nhận" (Decree 30/2020, annex I, zones 7 and 9b).

Names are often stamped there in the red of the seal, which the first reading takes off the page, and a seal or a
signature beside clear print makes the engine take the whole corner for a picture.  So the corner is cut out and read
with its red turned to black; what looks like a title or a name and was not seen before becomes a line of the page.
Where that gives no name, the rows of print are cut free of ring and strokes and read one by one; then a part of a name
counts, too: rules.signer may know whose it is.
"""
from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr import image
from ocr.engine import ONE_LINE, SCATTERED, Engine, line_of, read_lines
from ocr.head import plain
from ocr.namerow import print_rows
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
_LONGEST = 7
"""Letters of a syllable."""
_EDGE = 20
"""White around a row that is read alone, in pixels."""


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
    corner = _Corner.of(view, place)
    found = [line for line in corner.read(engine) if _is_name(line.words) or _is_title(line.words)]
    if not any(_is_name(line.words) for line in found):
        found += corner.read_rows(engine)
    known = {line.text for line in before}
    fresh = [line for line in found if line.text not in known]
    kept = tuple(line for line in page.lines if not any(_covers(new, line) for new in fresh if _is_name(new.words)))
    last = max((line.block for line in page.lines), default=0)
    added = tuple(line_of(list(line.words), last + at) for at, line in enumerate(fresh, 1))
    return dataclasses.replace(page, lines=(*kept, *added)) if added else page


def _covers(new: Line, old: Line) -> bool:
    """Does the old line stand where the new one was read, and hardly anywhere else?"""
    shared = min(new.box.right, old.box.right) - max(new.box.left, old.box.left)
    return new.box.top < old.box.center[1] < new.box.bottom and shared > 0.8 * old.box.width


def _stands_in(line: Line, place: Box) -> bool:
    return line.box.right > place.left and place.top < line.box.center[1] < place.bottom


def _is_name(words: Sequence[Word]) -> bool:
    """Two to five syllables with a capital each, read with some trust."""
    text = [unicodedata.normalize("NFC", word.text.strip(" .,-_'|")) for word in words]
    text = [word for word in text if word]
    trust = min((word.confidence for word in words), default=0.0)
    return 2 <= len(text) <= 5 and trust >= _TRUST and all(map(_is_syllable, text)) and len("".join(text)) >= 5


def _is_syllable(text: str) -> bool:
    return text[:1].isupper() and (len(text) == 1 or text[1:].islower()) and len(text) <= _LONGEST


def _is_part_of_name(words: Sequence[Word]) -> bool:
    """Two whole syllables of a name or more, and one other piece at most."""
    text = [word for each in words if (word := unicodedata.normalize("NFC", each.text.strip(" .,-_'|“”")))]
    whole = [word for word in text if _is_syllable(word) and len(word) > 1]
    return 2 <= len(whole) <= 4 and len(text) <= len(whole) + 1


def _is_title(words: Sequence[Word]) -> bool:
    """Capitals, read with some trust."""
    letters = [char for word in words for char in word.text if char.isalpha()]
    trust = min((word.confidence for word in words), default=0.0)
    return len(letters) >= 6 and trust >= _TRUST and all(map(str.isupper, letters))


@dataclass(frozen=True, slots=True)
class _Corner:
    """The signature's place, sized for the engine."""

    pixels: image.Pixels
    """Grey, red as black."""
    dpi: float
    scale: float
    """Pixels here for one of the page's picture."""
    origin: tuple[int, int]
    """Left and top in the page's picture."""
    page: tuple[int, int]
    """Width and height of the page's picture."""

    @classmethod
    def of(cls, view: View, place: Box) -> _Corner:
        import cv2

        height, width = view.upright.shape[:2]
        left, right = round(place.left * width), round(place.right * width)
        top, bottom = round(place.top * height), round(place.bottom * height)
        part = _red_as_black(image.as_pixels(view.upright[top:bottom, left:right]))
        scale = min(2.0, max(0.5, _READ_DPI / max(view.dpi, 1.0)))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        sized = image.as_pixels(cv2.resize(part, None, fx=scale, fy=scale, interpolation=way))
        return cls(sized, view.dpi * scale, scale, (left, top), (width, height))

    def read(self, engine: Engine) -> list[Line]:
        """The corner as it is, its print taken for scattered."""
        return [self._on_page(line, self.pixels.shape, (0, 0))
                for line in read_lines(self.pixels, self.dpi, engine, mode=SCATTERED)]

    def read_rows(self, engine: Engine) -> list[Line]:
        """The best name among the rows of print, or what may be parts of it."""
        import cv2

        parts: list[Line] = []
        for row in print_rows(self.pixels, self.dpi):
            framed = cv2.copyMakeBorder(row.pixels, *(_EDGE,) * 4, cv2.BORDER_CONSTANT, value=255)
            offset = row.left - _EDGE, row.top - _EDGE
            for line in read_lines(image.as_pixels(framed), self.dpi, engine, mode=ONE_LINE):
                here = self._on_page(line, framed.shape, offset)
                if _is_name(here.words):
                    return [here]
                if _is_part_of_name(here.words):
                    parts.append(here)
        return parts

    def _on_page(self, line: Line, shape: Sequence[int], offset: tuple[int, int]) -> Line:
        """From fractions of a cut (rows, columns) that begins at `offset` (x, y) to fractions of the page."""

        def box(of: Box) -> Box:
            corners = ((of.left, 1, 0), (of.top, 0, 1), (of.right, 1, 0), (of.bottom, 0, 1))
            places = ((self.origin[axis] + (at * shape[size] + offset[axis]) / self.scale) / self.page[axis]
                      for at, size, axis in corners)
            return Box(*(round(min(1.0, max(0.0, value)), 5) for value in places))

        words = [Word(word.text, box(word.box), round(word.confidence, 4)) for word in line.words]
        return line_of(words, line.block)


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
