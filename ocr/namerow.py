"""Rows of print in the signature's corner, freed of the seal's ring and the pen's strokes that cross them.

In black and white, seal, signature and name are one ink.  Letters stand on one height and are small; ring and strokes
are large.  So rows are found by the feet of letter-sized pieces of ink, and each is cut out without what enters the cut
from above or below.
"""
from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class PrintRow:
    """A row as it was cut out."""

    pixels: image.Pixels
    """Grey."""
    left: int
    top: int
    """Of the cut, in pixels of the part."""


def print_rows(part: image.Pixels, dpi: float) -> Iterator[PrintRow]:
    """Rows of the grey `part`, those with the most letters first."""
    mm, ink = dpi / 25.4, image.ink(part)
    for letters in _chains(_letters(ink, mm), mm):
        yield _cut(part, ink, letters, mm)


@dataclass(frozen=True, slots=True)
class _Piece:
    left: int
    top: int
    right: int
    foot: int


def _letters(ink: image.Pixels, mm: float) -> list[_Piece]:
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return [_Piece(x, y, x + wide, y + high) for x, y, wide, high, area in stats[1:].tolist()
            if 1.2 * mm < high < 6 * mm and wide < 14 * mm and area > 0.15 * mm * mm]


def _chains(letters: list[_Piece], mm: float) -> Iterator[list[_Piece]]:
    """Letters whose feet stand on one height and that follow each other without a wide gap."""
    feet = np.array([piece.foot for piece in letters])
    free = np.ones(len(letters), bool)
    while free.any():
        near = (np.abs(feet[:, None] - feet[None, :]) < _FEET_MM * mm) & free[None, :]
        most = near[np.argmax(np.where(free, near.sum(axis=1), 0))]
        if most.sum() < _LEAST:
            return
        free &= ~most
        row = sorted((letters[at] for at in np.flatnonzero(most)), key=lambda piece: piece.left)
        chain = [row[0]]
        for piece in row[1:]:
            if piece.left - chain[-1].right >= _BETWEEN_MM * mm:
                if len(chain) >= _LEAST:
                    yield chain
                chain = []
            chain.append(piece)
        if len(chain) >= _LEAST:
            yield chain


def _cut(part: image.Pixels, ink: image.Pixels, letters: list[_Piece], mm: float) -> PrintRow:
    foot = float(np.median([piece.foot for piece in letters]))
    capital = max(float(np.percentile([piece.foot - piece.top for piece in letters], 75)), _CAPITAL_MM * mm)
    top, bottom = max(0, int(foot - _ABOVE * capital)), min(part.shape[0], int(foot + _BELOW * capital))
    left = max(0, int(letters[0].left - _MARGIN_MM * mm))
    right = min(part.shape[1], int(max(piece.right for piece in letters) + _MARGIN_MM * mm))
    cut = part[top:bottom, left:right].copy()
    cut[_foreign(ink[top:bottom, left:right], capital, mm)] = 255
    return PrintRow(image.as_pixels(cut), left, top)


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
