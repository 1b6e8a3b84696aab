"""Where the mark stands: zone 14 at the top right of the first page, covering no ink.

All places here are as the reader sees the page: points from its left and upper edges, after /Rotate and cropping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.errors import CornerTaken, SealError
from gateway.seal.mark import Block

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Box = tuple[float, float, float, float]

_MM = 72 / 25.4
_GAP = 4 * _MM
"""Air to the edges of the page: printers leave so much white."""
_ZONE = (0.80, 0.08)
"""Zone 14 reaches from here to the right edge, and down to here (annex I, drawing of the zones)."""
_CORNER = (0.45, 0.10)
"""Where the zone is taken or too small, the mark may move inside this corner, never elsewhere."""
_LOWEST = 0.12
"""A mark that others lay may reach a little further down."""
_DARKER = 48
"""Grey levels (of 255) below the paper that count as ink."""
_SPECK = 4
"""Points: what is smaller both ways is dust, no ink."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its visible box in its own coordinates (left, bottom, right, top) and its /Rotate."""

    box: Box
    turned: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as seen."""
        left, bottom, right, top = self.box
        across, down = right - left, top - bottom
        return (down, across) if self.turned in (90, 270) else (across, down)

    def own(self, seen: Box) -> Box:
        """A rectangle as seen (left, upper, right, lower) in the page's own coordinates (left, bottom, right, top)."""
        x0, y0, x1, y1 = seen
        left, bottom, right, top = self.box
        if self.turned == 90:
            return left + y0, bottom + x0, left + y1, bottom + x1
        if self.turned == 180:
            return right - x1, bottom + y0, right - x0, bottom + y1
        if self.turned == 270:
            return right - y1, top - x1, right - y0, top - x0
        return left + x0, top - y1, left + x1, top - y0

    def seen(self, own: Box) -> Box:
        """The other direction: a rectangle in the page's own coordinates as the reader sees it."""
        x0, y0, x1, y1 = own
        left, bottom, right, top = self.box
        if self.turned == 90:
            return y0 - bottom, x0 - left, y1 - bottom, x1 - left
        if self.turned == 180:
            return right - x1, y0 - bottom, right - x0, y1 - bottom
        if self.turned == 270:
            return top - y1, right - x1, top - y0, right - x0
        return x0 - left, top - y1, x1 - left, top - y0


def first_sheet(root: Any) -> Sheet:
    """Visible box and /Rotate of page 1, inherited values included.

    Args:
        root: the catalog, as pyHanko reads it.
    """
    page = root["/Pages"]
    found: dict[str, Any] = {}
    while True:
        found.update({key: page[key] for key in ("/MediaBox", "/CropBox", "/Rotate") if key in page})
        if "/Kids" not in page:
            break
        page = page["/Kids"][0]
    media = _sorted_box(found["/MediaBox"])
    crop = _sorted_box(found.get("/CropBox", found["/MediaBox"]))
    # What a viewer shows is the crop box cut to the paper (ISO 32000-1, 14.11.2).
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    return Sheet((left, bottom, right, top), int(found.get("/Rotate", 0)) % 360)


def _sorted_box(values: Any) -> Box:
    x0, y0, x1, y1 = (float(value) for value in values)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


@dataclass(frozen=True, slots=True)
class Placed:
    """The mark on a page."""

    lines: tuple[str, ...]
    rect: Box
    """Whole points in the page's own coordinates: left, bottom, right, top."""
    turned: int
    aside: int = 0
    """Points at the left of the lines for the picture of the seal."""


def place(blocks: Iterable[Block], sheet: Sheet, ink: NDArray[np.bool_] | None) -> Placed:
    """The first place, in order of preference, that covers no ink.

    Args:
        blocks: the mark broken into lines in several ways.
        sheet: the first page.
        ink: picture of the page as seen, one pixel a point, True where there is ink; None covers whatever is there.

    Raises:
        CornerTaken: there is ink everywhere in the corner.
        SealError: the page is too small for a mark.
    """
    sums = None if ink is None else _sums(ink)
    offered = False
    for block, seen in _places(tuple(blocks), *sheet.size):
        offered = True
        if sums is None or _free(sums, seen):
            left, bottom, right, top = (round(value) for value in sheet.own(seen))
            return Placed(block.lines, (left, bottom, right, top), sheet.turned, block.aside)
    if offered:
        raise CornerTaken
    raise SealError("Trang đầu quá nhỏ để đặt chữ ký số. Hãy quét lại đúng khổ giấy.")


def _places(blocks: tuple[Block, ...], width: float, height: float) -> Iterator[tuple[Block, Box]]:
    """Inside zone 14 first, then in the wider corner: three or more lines before two, at the edge before further in."""
    order = sorted(blocks, key=lambda block: (len(block.lines) < 3, len(block.lines)))
    for share_x, share_y in (_ZONE, _CORNER):
        for block in order:
            # A seal in its real size is taller than the corner.
            down = max(height * share_y, block.height + 2 * _GAP) if block.aside else height * share_y
            for right, upper in _steps(block, width * (1 - share_x), down):
                yield block, (width - right - block.width, upper, width - right, upper + block.height)


def _steps(block: Block, across: float, down: float) -> Iterator[tuple[float, float]]:
    """Distances from the right and upper edges at which the block stays inside the corner."""
    import numpy as np

    for upper in np.arange(_GAP, down - block.height + 0.01, 2 * _MM):
        for right in np.arange(_GAP, across - block.width + 0.01, 4 * _MM):
            yield float(right), float(upper)


def in_corner(sheet: Sheet, own: Box) -> bool:
    """Whether a rectangle of that page lies in the corner where marks stand."""
    (width, height), (x0, y0, x1, y1) = sheet.size, sheet.seen(own)
    return width * _CORNER[0] <= x0 and x1 <= width and y0 >= 0 and y1 <= height * _LOWEST


def covers(ink: NDArray[np.bool_], sheet: Sheet, own: Box) -> bool:
    """Whether a rectangle of that page hides any ink."""
    return not _free(_sums(ink), sheet.seen(own))


def _sums(ink: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Row r, column c: how much ink lies above and to the left of that corner."""
    import numpy as np

    sums: NDArray[np.int32] = np.pad(ink.astype(np.int32), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    return sums


def _free(sums: NDArray[np.int32], seen: Box) -> bool:
    rows, columns = sums.shape[0] - 1, sums.shape[1] - 1
    x0, x1 = (min(max(round(value), 0), columns) for value in (seen[0], seen[2]))
    y0, y1 = (min(max(round(value), 0), rows) for value in (seen[1], seen[3]))
    dark = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    return bool(dark == 0)


def ink_of(path: Path) -> NDArray[np.bool_]:
    """Where the first page has ink: rows and columns are points, as seen.

    Raises:
        SealError: the page cannot be drawn.
    """
    import numpy as np
    from pdf2image import convert_from_path
    from pdf2image.exceptions import PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError

    try:
        drawn = convert_from_path(path, dpi=72, last_page=1, grayscale=True, use_cropbox=True, timeout=60)
    except (PDFPageCountError, PDFSyntaxError, PDFPopplerTimeoutError) as error:
        raise SealError("Không vẽ được trang đầu của bản số hóa. Hãy quét lại bản giấy.") from error
    if not drawn:
        raise SealError("Bản số hóa không có trang nào. Hãy quét lại bản giấy.")
    grey = np.asarray(drawn[0], dtype=np.int16)
    paper = np.percentile(grey[: max(1, grey.shape[0] // 8), grey.shape[1] // 2 :], 80)
    return _without_dust(grey < paper - _DARKER)


def _without_dust(dark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    import cv2
    import numpy as np

    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    sizes = np.asarray(stats)[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    real: NDArray[np.bool_] = np.any(sizes >= _SPECK, axis=1)
    real[0] = False
    kept: NDArray[np.bool_] = real[np.asarray(labels)]
    return kept
