"""What is done to the picture of a page before it is read - always on a copy, never on what is archived.

Pictures are HxW grey or HxWx3 BGR, uint8.  Angles are degrees, positive when the text falls to the right.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

_SKEW_WIDTH = 640
_SKEW_RANGE = 6.0
_SKEW_STEP = 0.5
_SKEW_FINE = 0.05
WORTH_TURNING = 0.25
"""Tesseract follows lines that fall less than this; turning costs sharpness, so smaller angles are left alone."""
LOW_DPI = 196.0
"""Decree 30 asks for 200 dpi; fax-like scanners say 200 and give 196 to 204 across the page."""
_WHITE = 255
_RED_LEAD = 40
_RED_BRIGHT = 110
_CLEAN_PAPER = 225
_BLANK_SHARE = 0.0004
_DARK_PAPER = 110
_BLURRED = 0.10
_CUT_LINES = 5


def as_pixels(array: object) -> Pixels:
    """What OpenCV returns, under the type it has."""
    import numpy as np

    return np.asarray(array, dtype=np.uint8)


def grey_without_red(pixels: Pixels) -> Pixels:
    """The page as grey with the red seal and red stamps taken off; black print under the seal stays.

    Red ink is bright in the red channel, so that channel alone shows the print; what is left of darker reds is
    lifted to white where red clearly leads.  Blue ink stays dark in it.
    """
    import cv2
    import numpy as np

    if pixels.ndim == 2:
        return pixels
    blue, green, red = cv2.split(pixels)
    rest = cv2.max(blue, green)
    lead = cv2.subtract(red, rest)
    mask = (lead > _RED_LEAD) & (red > _RED_BRIGHT)
    result = as_pixels(red.copy())
    result[mask] = np.maximum(result[mask], _WHITE)
    return result



def red_mask(pixels: Pixels) -> Pixels:
    """255 where the ink is red (seal, red stamps, red numbering), else 0; all 0 for a grey page."""
    import cv2
    import numpy as np

    if pixels.ndim == 2:
        return np.zeros(pixels.shape, dtype=np.uint8)
    blue, green, red = cv2.split(pixels)
    lead = cv2.subtract(red, cv2.max(blue, green))
    return np.where(lead > _RED_LEAD, 255, 0).astype(np.uint8)


def even_light(grey: Pixels) -> Pixels:
    """Paper brought to white when it is grey or unevenly lit (phone pictures, thin recycled paper); else unchanged."""
    import cv2
    import numpy as np

    height, width = grey.shape
    small = cv2.resize(grey, (max(1, width // 16), max(1, height // 16)), interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((5, 5), np.uint8)), 7)
    if int(np.percentile(paper, 10)) >= _CLEAN_PAPER:
        return grey
    paper = cv2.resize(np.maximum(paper, 64), (width, height), interpolation=cv2.INTER_LINEAR)
    return as_pixels(cv2.divide(grey, paper, scale=_WHITE))



def ink(grey: Pixels) -> Pixels:
    """255 where there is ink, 0 on paper (Otsu's threshold, kept off the extremes of blank and black pages)."""
    import cv2

    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    _, result = cv2.threshold(grey, min(max(level, 70), 215), 255, cv2.THRESH_BINARY_INV)
    return as_pixels(result)


def skew_of(grey: Pixels) -> float:
    """By how many degrees the lines of text fall to the right; 0.0 when nothing stands out.

    The angle at which the row profile of the inked picture is sharpest, searched on a small copy.
    """
    small = _small_ink(grey)
    if small.mean() < 0.5:  # practically no ink
        return 0.0
    coarse = _sharpest(small, 0.0, _SKEW_RANGE, _SKEW_STEP)
    fine = _sharpest(small, coarse, _SKEW_STEP, _SKEW_FINE * 2)
    return round(_sharpest(small, fine, _SKEW_FINE * 2, _SKEW_FINE), 2)


def _small_ink(grey: Pixels) -> Pixels:
    import cv2

    height, width = grey.shape
    factor = min(1.0, _SKEW_WIDTH / width)
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    inked = ink(as_pixels(small))
    # The margin holds binder holes, shadows and page edges that stand at angles of their own.
    edge_y, edge_x = int(inked.shape[0] * 0.03), int(inked.shape[1] * 0.03)
    inner: Pixels = inked[edge_y : inked.shape[0] - edge_y, edge_x : inked.shape[1] - edge_x]
    return inner if inner.size else inked


def _sharpest(small: Pixels, middle: float, reach: float, step: float) -> float:
    steps = round(reach / step)
    angles = [middle + step * count for count in range(-steps, steps + 1)]
    return max(angles, key=lambda angle: (_sharpness(small, angle), -abs(angle)))


def _sharpness(small: Pixels, angle: float) -> float:
    """Variance between neighbouring rows after shearing by the angle: shearing is enough for small angles."""
    import cv2
    import numpy as np

    height, width = small.shape
    fall = np.tan(np.radians(angle))
    shear = np.array([[1, 0, 0], [-fall, 1, fall * width / 2]], dtype=np.float64)
    sheared = cv2.warpAffine(small, shear, (width, height), flags=cv2.INTER_LINEAR)
    rows = cv2.reduce(sheared, 1, cv2.REDUCE_SUM, dtype=cv2.CV_64F).ravel()
    return float(np.square(np.diff(rows)).sum())


def lies_sideways(grey: Pixels) -> bool:
    """True when the lines of text seem to run up or down the page: a cheap question asked before the costly one."""
    import numpy as np

    small = _small_ink(grey)
    if small.mean() < 0.5:
        return False
    square = min(small.shape)
    part = small[:square, :square]
    across, down = (float(np.square(np.diff(part.sum(axis=axis, dtype=np.float64))).sum()) for axis in (1, 0))
    return down > 1.5 * across


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the picture about its middle and the way back for points, all in pixels."""

    angle: float
    width: int
    height: int

    def there(self, x: float, y: float) -> tuple[float, float]:
        """A point of the picture as it was in the turned picture."""
        return self._moved(x, y, -self.angle)

    def back(self, x: float, y: float) -> tuple[float, float]:
        """A point of the turned picture in the picture as it was."""
        return self._moved(x, y, self.angle)

    def _moved(self, x: float, y: float, degrees: float) -> tuple[float, float]:
        import math

        radians = math.radians(degrees)
        dx, dy = x - self.width / 2, y - self.height / 2
        return (dx * math.cos(radians) - dy * math.sin(radians) + self.width / 2,
                dx * math.sin(radians) + dy * math.cos(radians) + self.height / 2)


def straightened(pixels: Pixels, angle: float) -> tuple[Pixels, Turn]:
    """A copy turned so that text falling by `angle` runs level; same size, paper-white corners."""
    import cv2

    height, width = pixels.shape[:2]
    turn = Turn(angle, width, height)
    if angle == 0.0:
        return pixels, turn
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    white = 255 if pixels.ndim == 2 else (255, 255, 255)
    turned = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=white)
    return as_pixels(turned), turn


def quarter_turned(pixels: Pixels, degrees_clockwise: int) -> Pixels:
    """The picture turned clockwise by 0, 90, 180 or 270 degrees."""
    import numpy as np

    return np.ascontiguousarray(np.rot90(pixels, -(degrees_clockwise // 90) % 4)) if degrees_clockwise else pixels



def remarks_on(grey: Pixels, dpi: float, native_dpi: float) -> tuple[str, ...]:
    """Codes of what is wrong with the picture: low_resolution, dark, blank, blurred, cropped.  Nothing is refused."""
    found = []
    if 0 < native_dpi < LOW_DPI:
        found.append("low_resolution")
    if _paper_level(grey) < _DARK_PAPER:
        found.append("dark")
    if is_blank(grey, dpi):
        return (*found, "blank")
    if _is_blurred(grey, dpi):
        found.append("blurred")
    if _is_cropped(grey, dpi):
        found.append("cropped")
    return tuple(found)


def _paper_level(grey: Pixels) -> float:
    import numpy as np

    return float(np.percentile(grey[::8, ::8], 75))


def is_blank(grey: Pixels, dpi: float) -> bool:
    """True when there is no more ink than specks and shine-through leave on an empty sheet."""
    import cv2
    import numpy as np

    factor = min(1.0, 75.0 / max(dpi, 1.0))
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    edge_y, edge_x = int(small.shape[0] * 0.05), int(small.shape[1] * 0.05)
    inner = small[edge_y : small.shape[0] - edge_y, edge_x : small.shape[1] - edge_x]
    if inner.size == 0:
        return True
    paper = float(np.median(inner))
    # Shine-through of the other side is lighter than a quarter of the way down to black.
    return float((inner < paper * 0.75).mean()) < _BLANK_SHARE


def _is_blurred(grey: Pixels, dpi: float) -> bool:
    """Sharp print falls from paper to ink within two pixels at 150 dpi; blurred print needs many."""
    import cv2
    import numpy as np

    factor = min(1.0, 150.0 / max(dpi, 1.0))
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    low, high = np.percentile(small, (1, 75))
    if high - low < 20:
        return False
    steps = cv2.max(cv2.absdiff(small[:-1, 1:], small[:-1, :-1]), cv2.absdiff(small[1:, :-1], small[:-1, :-1]))
    edges = int((steps > 0.12 * (high - low)).sum())
    return edges > 0 and int((steps > 0.35 * (high - low)).sum()) / edges < _BLURRED


def _is_cropped(grey: Pixels, dpi: float) -> bool:
    """True when letters touch the left or right border on several lines: part of the text was not scanned.

    A scanner's shadow is one long stripe and does not count; cut letters are many short runs.
    """
    import numpy as np

    strip, inked = max(2, round(dpi * 0.01)), ink(grey)
    return any(_short_runs(np.asarray(inked[:, part]).max(axis=1), dpi) >= _CUT_LINES for part in
               (slice(0, strip), slice(grey.shape[1] - strip, None)))


def _short_runs(column: Pixels, dpi: float) -> int:
    """Number of runs of ink between 0.5 and 6 mm long in a column of 0 / 255."""
    import numpy as np

    flags = np.concatenate(([0], (column > 0).astype(np.int8), [0]))
    changes = np.flatnonzero(np.diff(flags))
    lengths = changes[1::2] - changes[::2]
    millimetre = dpi / 25.4
    return int(((lengths >= 0.5 * millimetre) & (lengths <= 6 * millimetre)).sum())
