"""Small fields that an office's system laid on the page: the number, the day, each the appearance of a form field.

Some systems do not print the number before a paper is signed: the registry's signature field is as small as the number
and shows its digits.  The pictures that are read leave out what annotations show, since the legends of signatures
("Ký bởi: ...") confuse reading; these small ones are part of the head and are laid back on it.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ocr.image import as_pixels

if TYPE_CHECKING:
    import pypdfium2

    from ocr.image import Pixels

_WIDEST, _HIGHEST, _NARROWEST, _LOWEST = 110.0, 22.0, 5.0, 5.0
"""Of a field for a number, a day or a date, in points: one line of print."""
_HEAD = 0.40
"""They stand in the head, so high on the page."""
_MARGIN = 1.0


def stamped(page: pypdfium2.PdfPage, pixels: Pixels) -> Pixels:
    """The page's picture (HxW or HxWx3, upright) with the small fields of its head; itself where there are none.

    The caller holds PDFIUM.
    """
    import cv2
    import numpy as np

    width, height = page.get_size()
    for left, bottom, right, top in _small_fields(page):
        scale = pixels.shape[1] / width
        rows = slice(round((height - top) * scale), round((height - bottom) * scale))
        columns = slice(round(left * scale), round(right * scale))
        part = pixels[rows, columns]
        if not part.size:
            continue
        crop = (left, bottom, width - right, height - top)
        drawn = page.render(scale=scale, crop=crop, may_draw_forms=True, draw_annots=True).to_numpy()
        drawn = drawn.reshape(*drawn.shape[:2], -1)[:, :, :3]
        if drawn.shape[2] != 3 or pixels.ndim == 2:
            drawn = drawn.mean(axis=2).astype(np.uint8)
        if drawn.ndim == 2 and pixels.ndim == 3:
            drawn = np.repeat(drawn[:, :, None], 3, axis=2)
        sized = cv2.resize(drawn, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_AREA)
        pixels = as_pixels(pixels.copy())
        pixels[rows, columns] = np.minimum(pixels[rows, columns], sized)
    return pixels


def _small_fields(page: pypdfium2.PdfPage) -> Iterator[tuple[float, float, float, float]]:
    """Left, bottom, right and top in points; of upright pages only, whose own corner is at 0, 0."""
    import ctypes

    import pypdfium2.raw as raw

    left, bottom, *_ = page.get_cropbox()
    if page.get_rotation() or left or bottom:
        return
    wide, high = page.get_size()
    for at in range(raw.FPDFPage_GetAnnotCount(page)):
        note = raw.FPDFPage_GetAnnot(page, at)
        box = raw.FS_RECTF()
        if raw.FPDFAnnot_GetSubtype(note) == raw.FPDF_ANNOT_WIDGET and raw.FPDFAnnot_GetRect(note, ctypes.byref(box)):
            width, height = box.right - box.left, box.top - box.bottom
            fits = _NARROWEST < width < _WIDEST and _LOWEST < height < _HIGHEST
            if fits and box.bottom > high * (1 - _HEAD) and box.left >= 0 and box.right <= wide:
                yield (max(0.0, box.left - _MARGIN), box.bottom - _MARGIN,
                       min(wide, box.right + _MARGIN), min(high, box.top + _MARGIN))
        raw.FPDFPage_CloseAnnot(note)
