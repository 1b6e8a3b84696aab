"""Cuts the number line and the date line out of a page that was read before: what the digit recogniser learns from."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ocr import head, sheets, view
from ocr.ctc import Kind
from ocr.reading import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

AROUND = 0.5
"""So much of a line's height is kept on every side, so that a lesson can cut it a little otherwise each time."""


@dataclass(frozen=True, slots=True)
class LineCut:
    """One line of the head in grey, with its surroundings."""

    kind: Kind
    grey: Grey
    """Rows x columns, 0 = black."""
    inner: tuple[int, int, int, int]
    """The line itself in it: left, top, right, bottom in pixels."""


def line_cuts(path: Path, reading: Reading) -> tuple[LineCut, ...]:
    """The lines that `reading` (of this very file) found on the first page; () when it found none by the picture.

    Raises:
        Unreadable, TooLarge: the file is not what was read.
    """
    if not reading.pages or not reading.pages[0].hand:
        return ()
    first = reading.pages[0]
    with sheets.opened(path, reading.triage.media_type) as book:
        seen = view.view_of(book.sheet(0), first.rotation)
    grey = grey_of(seen.upright)
    return tuple(with_surroundings(grey, line) for line in head.find_head_lines(seen.upright, first.words))


def grey_of(pixels: Grey) -> Grey:
    """Grey of a grey or BGR picture."""
    import cv2

    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def with_surroundings(grey: Grey, line: head.HeadLine) -> LineCut:
    """The line of this page, cut with AROUND."""
    height, width = grey.shape
    more = line.box.height * height * AROUND
    grown = line.box.grown(more / width, more / height)
    wide = head.cut(grey, head.HeadLine(line.kind, grown, line.slope))
    left, top = round((line.box.left - grown.left) * width), round((line.box.top - grown.top) * height)
    right, bottom = left + round(line.box.width * width), top + round(line.box.height * height)
    return LineCut(line.kind, wide.copy(), (left, top, min(right, wide.shape[1]), min(bottom, wide.shape[0])))
