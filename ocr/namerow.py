"""Rows of print in the signature's corner, freed of the seal's ring and the pen's strokes that cross them.

In black and white, seal, signature and name are one ink.  Letters stand on one height and are small; ring and strokes
are large.  So rows are found by the feet of letter-sized pieces of ink, and each is cut out without what enters the cut
from above or below.
"""
from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ocr import image

_LEAST = 5
"""Letters that make a row."""
_FEET_MM, _BETWEEN_MM, _MARGIN_MM = 0.7, 5.0, 1.5
_CAPITAL_MM = 2.6
"""No row is cut lower than print of ten points."""
_ABOVE, _BELOW = 1.75, 0.55
"""How far a cut reaches above and below the letters' feet, in heights of a capital: accents and tails."""
_NARROWEST_MM, _WIDEST_MM, _FARTHER_MM, _BEYOND_MM = 9.0, 75.0, 16.0, 6.0
_STEEPEST = 0.12
"""Seven degrees: no stamp is set down more askew."""


@dataclass(frozen=True, slots=True)
class PrintRow:
    """A row as it was cut out, turned level."""

    clean: image.Pixels
    """Grey, without ring and strokes."""
    whole: image.Pixels
    """Grey, as it is, and so much farther to the left as a family name under the seal may reach."""
    place: tuple[int, int, int, int]
    """Left, top, right and bottom of the letters, in pixels of the part."""


def print_rows(part: image.Pixels, dpi: float) -> Iterator[PrintRow]:
    """Rows of the grey `part` that may be a name, those with the most letters first."""
    mm, ink = dpi / 25.4, image.ink(part)
    for letters in _chains(_letters(ink, mm), mm):
        left, right = letters[0].left, max(piece.right for piece in letters)
        # What begins at the left border is the end of a line of the body or of the list of recipients.
        if left > mm and _NARROWEST_MM * mm < right - left < _WIDEST_MM * mm:
            yield _cut(part, letters, mm)


@dataclass(frozen=True, slots=True)
class _Piece:
    left: int
    top: int
    right: int
    foot: int

    @property
    def count(self) -> int:
        """Letters it may be: bold ones touch."""
        return max(1, round((self.right - self.left) / max(0.8 * (self.foot - self.top), 1.0)))


def _letters(ink: image.Pixels, mm: float) -> list[_Piece]:
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return [_Piece(x, y, x + wide, y + high) for x, y, wide, high, area in stats[1:].tolist()
            if 1.2 * mm < high < 6 * mm and wide < 14 * mm and area > 0.15 * mm * mm]


def _chains(letters: list[_Piece], mm: float) -> Iterator[list[_Piece]]:
    """Letters whose feet stand on one line and that follow each other without a wide gap."""
    feet, counts = np.array([piece.foot for piece in letters]), np.array([piece.count for piece in letters])
    free = np.ones(len(letters), bool)
    while free.any():
        near = (np.abs(feet[:, None] - feet[None, :]) < _FEET_MM * mm) & free[None, :]
        most = near[np.argmax(np.where(free, (near * counts).sum(axis=1), 0))]
        if (most * counts).sum() < _LEAST:
            return
        free &= ~most
        row = sorted((letters[at] for at in np.flatnonzero(most)), key=lambda piece: piece.left)
        starts = [at for at in range(1, len(row)) if row[at].left - row[at - 1].right >= _BETWEEN_MM * mm]
        for begin, end in itertools.pairwise([0, *starts, len(row)]):
            if sum(piece.count for piece in row[begin:end]) >= _LEAST:
                yield _grown(row[begin:end], letters, mm)


def _grown(chain: list[_Piece], letters: list[_Piece], mm: float) -> list[_Piece]:
    """The chain with what stands on its line farther out: a stamped name lies askew, and leaves one height soon."""
    for _ in range(3):
        slope, height = _line(chain)
        left, right = chain[0].left - _BETWEEN_MM * mm, max(piece.right for piece in chain) + _BETWEEN_MM * mm
        grown = [piece for piece in letters if piece.right > left and piece.left < right
                 and abs(piece.foot - (height + slope * (piece.left + piece.right) / 2)) < _FEET_MM * mm]
        if len(grown) <= len(chain):
            break
        chain = sorted(grown, key=lambda piece: piece.left)
    return chain


def _line(chain: list[_Piece]) -> tuple[float, float]:
    """Slope and height (at x = 0) of the line the letters stand on; tails of g and p hardly move it."""
    x = np.array([(piece.left + piece.right) / 2 for piece in chain])
    y = np.array([piece.foot for piece in chain], dtype=float)
    if np.ptp(x) == 0:
        return 0.0, float(np.median(y))
    first, second = np.triu_indices(len(x), 1)
    apart = np.abs(x[second] - x[first]) > 0.2 * np.ptp(x)
    slope = float(np.median((y[second] - y[first])[apart] / (x[second] - x[first])[apart]))
    slope = min(max(slope, -_STEEPEST), _STEEPEST)
    return slope, float(np.median(y - slope * x))


def _cut(part: image.Pixels, letters: list[_Piece], mm: float) -> PrintRow:
    slope, height = _line(letters)
    capital = max(float(np.percentile([piece.foot - piece.top for piece in letters], 75)), _CAPITAL_MM * mm)
    left, right = letters[0].left, max(piece.right for piece in letters)
    farther = max(0, int(left - _FARTHER_MM * mm))
    across = farther, min(part.shape[1], right + _BEYOND_MM * mm)
    level = _level(part, slope, across, (height - _ABOVE * capital, height + _BELOW * capital))
    first, last = max(0, int(left - _MARGIN_MM * mm) - farther), int(right + _MARGIN_MM * mm) - farther
    clean = level[:, first:last].copy()
    clean[_foreign(image.ink(clean), capital, mm)] = 255
    foot = height + slope * (left + right) / 2
    return PrintRow(image.as_pixels(clean), level, (left, int(foot - capital), right, int(foot)))


def _level(part: image.Pixels, slope: float, across: tuple[float, float], down: tuple[float, float]) -> image.Pixels:
    """The rows `down` (at x = 0, falling by `slope`) from column to column of `across`, sheared level."""
    import cv2

    size = round(across[1] - across[0]), round(down[1] - down[0])
    way = np.array([[1, 0, across[0]], [slope, 1, down[0] + slope * across[0]]], dtype=np.float64)
    return image.as_pixels(cv2.warpAffine(part, way, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                                          borderMode=cv2.BORDER_CONSTANT, borderValue=255))


def _foreign(ink: image.Pixels, capital: float, mm: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where ring and strokes are: what enters from above or below and is no letter, and what is wide and thin."""
    import cv2

    height = ink.shape[0]
    _, places, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    found = []
    for at, (_, y, wide, high, area) in enumerate(stats.tolist()):
        letter = high < 1.7 * capital and wide < 14 * mm and y + high > 0.45 * height
        tail = letter and y > 0 and area > 0.3 * mm * mm
        tall = y == 0 and high > 0.75 * height and wide < 5 * mm
        enters = y == 0 or y + high == height
        thin = wide > 5 * mm and area < 0.18 * wide * high
        if at and ((enters and not tail and not tall) or thin):
            found.append(at)
    return cv2.dilate(np.isin(places, found).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
