"""Patch T: the four thick bars that scanners know as "a new document begins here".

Two narrow (2 mm) and two wide bars (5 mm) in turn, narrow gaps between them, at least 2 inches long.  No library of bar
codes reads patch codes, so the pattern is looked for here: along many lines across the page, both ways, the runs of ink
and paper are measured; where many neighboring lines see the four bars at nearly the same place, there they are.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ocr.image import Pixels

    Runs = NDArray[np.int64]

DPI = 100.0
"""Resolution at which it is looked for: a narrow bar is 8 pixels."""
NARROW_INCH, WIDE_INCH, LENGTH_INCH = 0.08, 0.20, 2.0
_STEP = 5
"""Every so many pixels a line is drawn across the page."""
_LEAST_LENGTH_INCH = 1.2
"""So long the bars must be seen: what a fold or a clip covers may be missing."""
_DRIFT = 0.45
"""How far the bars may have moved from one line to the next, in pixels a pixel: a slant of 24 degrees."""
_PIECE = (8, 40)
"""Height and width of a piece that fits into a wide bar, also a slanting one on a small print."""
_SIZES = (0.7, 1.5)
"""A print may be smaller or larger than it should be."""


def has_patch_t(grey: Pixels) -> bool:
    """True when a picture of a page at DPI shows Patch T, whichever side of the sheet is up."""
    import numpy as np

    from ocr import image

    inked = image.ink(grey)
    return any(_has_bar(way) and _seen_in(way > 0) for way in (inked, np.ascontiguousarray(inked.T)))


def _has_bar(inked: Pixels) -> bool:
    """A cheap question first: is there any solid piece of a wide bar, which lies across the columns?"""
    import cv2
    import numpy as np

    return bool(cv2.erode(inked, np.ones(_PIECE, np.uint8)).any())


def _seen_in(dark: NDArray[np.bool_]) -> bool:
    """Bars that lie across the columns: read down every few columns."""
    least = round(_LEAST_LENGTH_INCH * DPI / _STEP)
    tracks: list[tuple[float, int, int]] = []  # place, lines that saw it, lines missed since
    for column in range(0, dark.shape[1], _STEP):
        tracks = _followed(tracks, _places(dark[:, column]))
        if any(seen >= least for _, seen, _ in tracks):
            return True
    return False


def _followed(tracks: list[tuple[float, int, int]], places: list[float]) -> list[tuple[float, int, int]]:
    """Every earlier place with the one beside it in this line; a place may be missed twice in a row."""
    left, result = list(places), []
    for place, seen, missed in tracks:
        reach = _DRIFT * _STEP * (missed + 1) + 1.5
        near = next((one for one in left if abs(one - place) <= reach), None)
        if near is not None:
            left.remove(near)
            result.append((near, seen + 1, 0))
        elif missed < 2:
            result.append((place, seen, missed + 1))
    return [*result, *((one, 1, 0) for one in left)]


def _places(line: NDArray[np.bool_]) -> list[float]:
    """Middles of all Patch T patterns along one line of pixels."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate(([False], line, [False])).astype(np.int8)))
    if edges.size < 8:
        return []
    runs = np.diff(edges)  # ink, paper, ink, paper ... ink
    found = []
    for start in range(0, runs.size - 6, 2):
        before = int(edges[start] - (edges[start - 1] if start else 0))
        end = start + 7
        after = int((edges[end + 1] if end + 1 < edges.size else line.size) - edges[end])
        if _is_patch(runs[start:start + 7], min(before, after)):
            found.append(float(edges[start] + edges[end]) / 2)
    return found


def _is_patch(runs: Runs, quiet: int) -> bool:
    """Narrow, wide, narrow, wide, or the other way round; print spreads, so bars and gaps are measured apart."""
    bars, gaps = runs[0::2], runs[1::2]
    narrow, wide = sorted((bars[[0, 2]], bars[[1, 3]]), key=lambda pair: int(pair.sum()))
    unit = float(bars.sum() + gaps.sum()) / (2 * 2.5 + 5)  # two wide bars of 2.5, two narrow ones and three gaps of 1
    if not _SIZES[0] <= unit / (NARROW_INCH * DPI) <= _SIZES[1] or quiet < unit:
        return False
    within = 0.45 * unit
    return bool((abs(narrow - unit) <= within).all() and (abs(wide - 2.5 * unit) <= 1.4 * within).all()
                and (abs(gaps - unit) <= within).all())
