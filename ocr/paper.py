"""How large is the sheet that was scanned?  From pixels and tags for pictures, from the page box for PDF."""
from __future__ import annotations

from dataclasses import dataclass

MM_PER_INCH = 25.4
POINTS_PER_INCH = 72.0

_SANE_DPI = (100.0, 1200.0)
_LARGEST_MM = 450.0
"""A3 is 420 mm long.  A longer "page" of a picture without drawing-office size is a page box that counts pixels."""
_KNOWN = ((210.0, 297.0), (215.9, 279.4), (215.9, 355.6))  # A4, Letter, Legal: short and long side
_TOLERANCE = 0.03


@dataclass(frozen=True, slots=True)
class PaperSize:
    """Width and height in millimetres, upright as stored."""

    width_mm: float
    height_mm: float

    @property
    def points(self) -> tuple[float, float]:
        """Width and height in PDF points."""
        scale = POINTS_PER_INCH / MM_PER_INCH
        return self.width_mm * scale, self.height_mm * scale


def of_picture(width: int, height: int, tag_dpi: float) -> PaperSize:
    """Size of the paper behind a picture of width x height pixels whose file claims tag_dpi (0 = no claim).

    The claim counts when it is sane and gives a size that an office's scanner can take; phone cameras write 72 or
    nothing, and then the sheet is taken to be the known format with the same proportions, else to fit into A4.
    """
    if _SANE_DPI[0] <= tag_dpi <= _SANE_DPI[1]:
        size = PaperSize(width / tag_dpi * MM_PER_INCH, height / tag_dpi * MM_PER_INCH)
        if max(size.width_mm, size.height_mm) <= _LARGEST_MM:
            return size
    return _guess(width, height)


def of_page(width_pt: float, height_pt: float) -> PaperSize:
    """Size of a scanned PDF page; a box that counts pixels instead of points is brought back to paper size."""
    size = PaperSize(width_pt / POINTS_PER_INCH * MM_PER_INCH, height_pt / POINTS_PER_INCH * MM_PER_INCH)
    return size if max(size.width_mm, size.height_mm) <= _LARGEST_MM else _guess(width_pt, height_pt)


def _guess(width: float, height: float) -> PaperSize:
    short, long = sorted((width, height))
    for paper_short, paper_long in _KNOWN:
        if abs(long / short / (paper_long / paper_short) - 1) <= _TOLERANCE:
            return _turned(paper_short, paper_long, width > height)
    scale = min(_KNOWN[0][0] / short, _KNOWN[0][1] / long)
    return _turned(short * scale, long * scale, width > height)


def _turned(short: float, long: float, landscape: bool) -> PaperSize:
    return PaperSize(long, short) if landscape else PaperSize(short, long)
