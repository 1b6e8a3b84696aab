"""A second hearing for the signature's place: on the right of "Nơi nhận" (Decree 30/2020, annex I, zones 7 and 9b).

Names are often stamped there in the red of the seal, which the first reading takes off the page, and a seal or a
signature beside clear print makes the engine take the whole corner for a picture.  So the corner is cut out and read
with its red turned to black; what looks like a title or a name and was not seen before becomes a line of the page.
Where that gives no name, the rows of print are cut out, with and without ring and strokes, and read one by one.  A name
is told when it stands out among all that names are made of (ocr.names); else a part of it counts, too: rules.signer
may know whose it is.
"""
from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr import image
from ocr.corner import name_top, names_in
from ocr.engine import ONE_LINE, SCATTERED, Engine, line_of, read_lines
from ocr.namerow import PrintRow, print_rows
from ocr.names import SURE, Spelt, best_of, name_in
from ocr.page import Box, Line, Page, Word

if TYPE_CHECKING:
    from ocr.view import View

_READ_DPI = 300.0
_TRUST = 0.5
_LONGEST = 7
"""Letters of a syllable."""
_EDGE = 20
"""White around a row that is read alone, in pixels."""
_MOST_ROWS = 5
_ENOUGH = 1.9
"""So much trust of readings in one name, and no further one is asked for."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A reading of a row and the name it shows."""

    line: Line
    spelt: Spelt | None


def is_told(page: Page, place: Box) -> bool:
    """Does a whole line of the corner spell a name?"""
    return any((found := name_in(_said(line))) and found.trust >= SURE and found.name == _bare(line)
               for line in names_in(page, place))


def heard(view: View, page: Page, place: Box, engine: Engine) -> Page:
    """The page with titles and names that the first reading has not seen in the corner."""
    if is_told(page, place):
        return page
    before = [line for line in page.lines if _stands_in(line, place)]
    corner = _Corner.of(view, place)
    read = corner.read(engine)
    low = [line for line in read if line.box.top > name_top(place)]
    told = _listened(corner, [*names_in(page, place), *low], engine)
    name = _named(told)
    found = [line for line in read if _is_title(line.words) and not any(_is_seen(line, old) for old in before)]
    found += [name] if name else [each.line for each in told if _is_part_of_name(each.line.words)]
    known = {line.text for line in before}
    fresh = [line for line in found if line.text not in known]
    kept = tuple(line for line in page.lines if not (name and _covers(name, line)))
    last = max((line.block for line in page.lines), default=0)
    added = tuple(line_of(list(line.words), last + at) for at, line in enumerate(fresh, 1))
    return dataclasses.replace(page, lines=(*kept, *added)) if added else page


def _listened(corner: _Corner, lines: Sequence[Line], engine: Engine) -> list[_Told]:
    """The lines with the names they show, and rows of print read alone until one name is told clearly enough."""
    told = [_Told(line, name_in(_said(line))) for line in lines]
    if not any(each.spelt and each.spelt.trust >= SURE for each in told):
        for line in corner.read_rows(engine):
            told.append(_Told(line, name_in(_said(line))))
            best = best_of([each.spelt for each in told if each.spelt])
            if best and best.weight >= _ENOUGH:
                break
    return told


def _named(told: Sequence[_Told]) -> Line | None:
    """The line of the name that the readings agree on, spelt as names are."""
    best = best_of([each.spelt for each in told if each.spelt])
    if best is None or best.trust < SURE:
        return None
    at = next(one.line.box for one in told if one.spelt and one.spelt.name == best.name)
    syllables, step = best.name.split(), at.width / len(best.name)
    words, left, each = [], at.left, best.trust ** (1 / len(syllables))
    for syllable in syllables:
        right = left + step * len(syllable)
        words.append(Word(syllable, Box(round(left, 5), at.top, round(right, 5), at.bottom), round(each, 4)))
        left = right + step
    return line_of(words, 0)


def _said(line: Line) -> list[tuple[str, float]]:
    return [(word.text, word.confidence) for word in line.words]


def _bare(line: Line) -> str:
    return unicodedata.normalize("NFC", line.text).strip(" .,")


def _is_seen(title: Line, old: Line) -> bool:
    """Do capitals of the old line stand where the title does?"""
    return any(title.box.left < x < title.box.right and title.box.top < y < title.box.bottom
               for word in old.words if word.text.isupper() and len(word.text) > 1 for x, y in [word.box.center])


def _covers(new: Line, old: Line) -> bool:
    """Does the old line stand where the new one was read, and hardly anywhere else?"""
    shared = min(new.box.right, old.box.right) - max(new.box.left, old.box.left)
    return new.box.top < old.box.center[1] < new.box.bottom and shared > 0.8 * old.box.width


def _stands_in(line: Line, place: Box) -> bool:
    return line.box.right > place.left and place.top < line.box.center[1] < place.bottom


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

    pictures: tuple[image.Pixels, ...]
    """Grey, red as black; of a colour page another one in which black ink alone is left."""
    dpi: float
    scale: float
    """Pixels here for one of the page's picture."""
    origin: tuple[int, int]
    """Left and top in the page's picture."""
    page: tuple[int, int]
    """Width and height of the page's picture."""
    name_top: float
    """Pixels from the upper edge above which no name stands."""

    @classmethod
    def of(cls, view: View, place: Box) -> _Corner:
        import cv2

        height, width = view.upright.shape[:2]
        left, right = round(place.left * width), round(place.right * width)
        top, bottom = round(place.top * height), round(place.bottom * height)
        part = image.as_pixels(view.upright[top:bottom, left:right])
        scale = min(2.0, max(0.5, _READ_DPI / max(view.dpi, 1.0)))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        shown = [_red_as_black(part)] if part.ndim == 2 else [_red_as_black(part), image.as_pixels(part.max(axis=2))]
        sized = tuple(image.as_pixels(cv2.resize(each, None, fx=scale, fy=scale, interpolation=way)) for each in shown)
        lowest = (name_top(place) - place.top) * height * scale
        return cls(sized, view.dpi * scale, scale, (left, top), (width, height), lowest)

    def read(self, engine: Engine) -> list[Line]:
        """The corner as it is, its print taken for scattered."""
        picture = self.pictures[0]
        return [self._on_page(line, picture.shape, (0, 0))
                for line in read_lines(picture, self.dpi, engine, mode=SCATTERED)]

    def read_rows(self, engine: Engine) -> Iterator[Line]:
        """The rows of print that may be a name, one by one, each with and without what crosses it."""
        for picture in self.pictures:
            rows = [row for row in print_rows(picture, self.dpi) if row.place[1] > self.name_top][:_MOST_ROWS]
            for row in rows:
                yield from self._read_row(row, engine)

    def _read_row(self, row: PrintRow, engine: Engine) -> Iterator[Line]:
        import cv2

        left, top, right, bottom = row.place
        for pixels in (row.clean, row.whole):
            framed = image.as_pixels(cv2.copyMakeBorder(pixels, *(_EDGE,) * 4, cv2.BORDER_CONSTANT, value=255))
            for line in read_lines(framed, self.dpi, engine, mode=ONE_LINE):
                words = [dataclasses.replace(word, box=Box(0.0, 0.0, 1.0, 1.0)) for word in line.words]
                yield self._on_page(line_of(words, line.block), (bottom - top, right - left), (left, top))

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
