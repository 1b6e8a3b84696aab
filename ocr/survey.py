"""A quick look at every page of a scanned stack before it is read: separator sheets and blank pages.

Costs a tenth of a second a page.  Nothing is thrown away for it: the house leaves such pages out of what it makes, and
a person can have each of them back.  So a page counts as blank only when nobody would miss it: what shines through from
the other side, a pencil note or a faint stamp keeps it.
"""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ocr import sheets
from ocr.patch import DPI, has_patch_t
from ocr.triage import Kind, PageKind, triage

if TYPE_CHECKING:
    from ocr.image import Pixels

BLANK, SEPARATOR, OPENING, PLAIN = "blank", "separator", "opening", ""
"""OPENING: the first page of a paper, on which somebody has stuck Patch T; it begins a part and belongs to it."""
MARKER = "VANTHU-TACH"
"""Text of the QR code on our own separator sheets."""
OTHERS_MARKER = "PATCHT"
"""What other programs print on theirs."""
_LETTERS = 250
"""A page with more letters than that is a paper, whatever is stuck on it; a separator sheet has a few words."""
_LOOKED_AT = frozenset({Kind.SCAN, Kind.IMAGE, Kind.MIXED})
_EDGE = 0.05
"""Share of each side where binder holes, shadows and the sheet's own edge are no writing."""
_TRACE = 0.012
"""A place so much darker than the paper around it (as a share) may be a trace of something."""
_OVER_GRAIN = 6.0
"""And it must stand out so many times more than the paper's own grain."""
_NEAR_MM = 4.0
"""Traces so close to each other belong together: the letters of a note, the words that shine through."""
_SPECK = 4.0
"""Darkness of one spot of dust, in black pixels at DPI: a pencil note has more, a single digit five times as much."""
_PLAIN_INK, _WRITTEN = 110, 0.002
"""Darker than that is ink on any paper; a page with so much of it need not be looked at closely."""
_ROUGH = 0.02
"""Paper whose grain is rougher than this share of its brightness hides traces: it is never called blank."""


def survey(path: Path, *, single: bool = False) -> tuple[str, ...]:
    """BLANK, SEPARATOR, OPENING or PLAIN for every page; () for what is not taken apart (no scan, signed, one page
    unless `single`).

    Raises Unreadable, Encrypted, TooLarge.
    """
    found = triage(path)
    if found.kind not in _LOOKED_AT or found.pages < (1 if single else 2):
        return ()
    with sheets.opened(path, found.media_type) as book:
        return tuple(_code(book, index, found.page_kinds) for index in range(len(book)))


def _code(book: sheets.Book, index: int, kinds: tuple[PageKind, ...]) -> str:
    if index < len(kinds) and kinds[index] is PageKind.DIGITAL:
        return PLAIN
    grey = _grey(book.glimpse(index, DPI).pixels)
    codes = _codes(grey)
    if MARKER in codes:
        return SEPARATOR
    if has_patch_t(grey) or OTHERS_MARKER in codes:
        return OPENING if _letters(grey) > _LETTERS else SEPARATOR
    return BLANK if is_empty(grey) else PLAIN


def _grey(pixels: Pixels) -> Pixels:
    """The darkest of the three colors: a pale red or blue stamp must not vanish."""
    import cv2

    from ocr.image import as_pixels

    return pixels if pixels.ndim == 2 else as_pixels(cv2.min(cv2.min(*cv2.split(pixels)[:2]), pixels[:, :, 2]))


def _codes(grey: Pixels) -> list[str]:
    import zxingcpp

    known = zxingcpp.BarcodeFormat
    formats = zxingcpp.BarcodeFormats([known.QRCode, known.Code39, known.Code128])
    return [code.text for code in zxingcpp.read_barcodes(grey, formats=formats, try_downscale=False)]


def _letters(grey: Pixels) -> int:
    """About how many letters stand on the page at DPI."""
    import cv2
    import numpy as np

    from ocr import image

    count, _, stats, _ = cv2.connectedComponentsWithStats(image.ink(grey))
    tall, wide = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH]
    return int(np.count_nonzero((tall >= 4) & (tall <= 30) & (wide >= 2) & (wide <= 40))) if count > 1 else 0


def is_empty(grey: Pixels) -> bool:
    """True when there is nothing on the sheet but dust, not even a trace, at DPI."""
    import cv2
    import numpy as np

    edge_y, edge_x = (round(size * _EDGE) for size in grey.shape)
    inner = grey[edge_y:grey.shape[0] - edge_y, edge_x:grey.shape[1] - edge_x].astype(np.float32)
    if inner.size == 0 or float((inner[::3, ::3] < _PLAIN_INK).mean()) > _WRITTEN:
        return False
    light = cv2.resize(inner, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    light = cv2.medianBlur(light.astype(np.uint8), 9).astype(np.float32)
    paper = np.maximum(cv2.resize(light, inner.shape[::-1], interpolation=cv2.INTER_LINEAR), 1.0)
    darker = 1.0 - cv2.GaussianBlur(inner, (0, 0), 1.6) / paper
    if float(np.median(np.abs(1.0 - inner / paper))) > _ROUGH:
        return False
    grain = 1.4826 * float(np.median(np.abs(darker - np.median(darker))))
    traces = (darker > max(_TRACE, _OVER_GRAIN * grain)).astype(np.uint8)
    near = round(_NEAR_MM / 25.4 * DPI)
    count, groups = cv2.connectedComponents(cv2.dilate(traces, np.ones((near, near), np.uint8)))
    weights = np.bincount(groups[traces > 0], weights=darker[traces > 0], minlength=count)
    return bool(weights.max(initial=0.0) < _SPECK)
