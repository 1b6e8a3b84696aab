"""What reading saw: Box, Word, Line, Page and the two things a plain text engine misses (HandLine, Mark).

All values are frozen.  Every Box is in fractions of the upright page, origin at the top left, so that it survives a
change of resolution and can be drawn on any picture of the page.
"""
from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in fractions of the page: 0 <= left <= right <= 1 and 0 <= top <= bottom <= 1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def center(self) -> tuple[float, float]:
        """x and y of the middle, as fractions of the page."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def union(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(min(self.left, other.left), min(self.top, other.top),
                   max(self.right, other.right), max(self.bottom, other.bottom))

    def overlap(self, other: Box) -> float:
        """Area of the common part over the area of the smaller box; 0 when they do not touch."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        smaller = min(self.width * self.height, other.width * other.height)
        return width * height / smaller if width > 0 and height > 0 and smaller > 0 else 0.0

    def grown(self, x: float, y: float) -> Box:
        """The box widened by x on both sides and by y above and below, kept inside the page."""
        return Box(max(0.0, self.left - x), max(0.0, self.top - y), min(1.0, self.right + x), min(1.0, self.bottom + y))

    def as_list(self) -> list[float]:
        """[left, top, right, bottom], rounded to four places: the form of `vanthu read --json`."""
        return [round(v, 4) for v in (self.left, self.top, self.right, self.bottom)]


@dataclass(frozen=True, slots=True)
class Word:
    """One word: NFC text, where it stands, and how sure the engine was (0..1)."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """Words of one line, left to right."""

    words: tuple[Word, ...]
    box: Box
    block: int = 0
    """Running number of the layout block (paragraph) on its page; lines of one block read on."""

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Mean of the words' confidences, 0..1."""
        return sum(word.confidence for word in self.words) / len(self.words) if self.words else 0.0


@dataclass(frozen=True, slots=True)
class Guess:
    """One reading of a HandLine and its probability (0..1, calibrated over the whole list)."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class HandLine:
    """The number line or the date line of the head, read by the digit recogniser.

    `guesses` are best first.  For kind "number" the text is the number as written ("0098", "3176B", "" for an empty
    place); for kind "date" it is "dd|mm|yyyy" with an empty part where nothing is written.
    """

    kind: str
    """"number" or "date"."""
    box: Box
    """The whole line as it was cut out."""
    value_box: Box
    """Only the digits: what the clerk is shown."""
    guesses: tuple[Guess, ...]
    handwritten: bool
    """True when the digits look written by hand."""
    by: str = "digits"


@dataclass(frozen=True, slots=True)
class Mark:
    """A stamp-like word of the page: capitals in a box, or in colour, standing alone (HỎA TỐC, MẬT, ĐẾN ...)."""

    text: str
    """"" for a stamp's frame in which nothing can be read."""
    box: Box
    red: float
    """Share of the ink that is red, 0..1."""
    framed: bool
    """True when a ruled frame surrounds it."""
    confidence: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was seen, upright."""

    number: int
    """1-based."""
    width_mm: float
    height_mm: float
    dpi: float
    """Resolution of the page's picture; 0 for a born-digital page."""
    lines: tuple[Line, ...] = ()
    hand: tuple[HandLine, ...] = ()
    marks: tuple[Mark, ...] = ()
    rotation: int = 0
    """Degrees clockwise by which the stored picture was turned to be upright: 0, 90, 180 or 270."""
    skew: float = 0.0
    """Degrees by which the text was turned back before reading; boxes are already back in the stored page's frame."""
    blank: bool = False
    remarks: tuple[str, ...] = ()
    """Codes of quality remarks: low_resolution, blurred, cropped, blank, dark, no_words."""
    picture_only: bool = True
    """True when the words come from a picture, False when from the file's own text."""
    parts: tuple[str, ...] = field(default=())
    """What was read of this page: ("head",) while only the head is known, ("head", "body") when complete."""

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in reading order."""
        return tuple(word for line in self.lines for word in line.words)

    @property
    def text(self) -> str:
        """All lines, one a row."""
        return "\n".join(line.text for line in self.lines)
