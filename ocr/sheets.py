"""The pictures of a file's pages, upright as the file says: embedded scanner images where one covers the page,
a rendering otherwise."""
from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ocr import paper, sniff
from ocr.errors import Encrypted, TooLarge, Unreadable
from ocr.image import as_pixels
from ocr.pdfium import PDFIUM
from ocr.stamped import stamped
from ocr.triage import placed

if TYPE_CHECKING:
    import pypdfium2
    from PIL import Image

    from ocr.image import Pixels

MAX_PIXELS = 80_000_000
"""A3 at 600 dpi has 70 million.  More than this is refused (pictures) or rendered smaller (PDF)."""
RENDER_DPI = 300.0
_COVER_SLACK = 0.012
"""A picture counts as covering its page exactly when its edges are within this share of the page's edges."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as a picture: HxW grey or HxWx3 BGR, uint8, upright as stored; dpi along the width."""

    pixels: Pixels
    dpi: float
    size: paper.PaperSize
    native_dpi: float
    """Resolution at which it was scanned; 0 when nothing on the page is a picture."""


class Book(Protocol):
    """An open file: how many sheets, and the n-th of them (0-based)."""

    def __len__(self) -> int: ...

    def sheet(self, index: int) -> Sheet:
        """The page at the resolution at which it was scanned (born digital: 300 dpi), signature legends left out."""

    def drawn(self, index: int, dpi: float) -> Sheet:
        """The page at the asked resolution with everything a viewer shows, signature appearances included."""

    def glimpse(self, index: int, dpi: float) -> Sheet:
        """The page at a low resolution, as fast as can be."""


@contextmanager
def opened(path: Path, media_type: str) -> Iterator[Book]:
    """Open a PDF or picture; raises Unreadable, Encrypted or TooLarge."""
    if media_type == sniff.PDF:
        with _pdf(path) as book:
            yield book
    else:
        with _picture_file(path) as book:
            yield book


@contextmanager
def _pdf(path: Path) -> Iterator[PdfBook]:
    import pypdfium2

    try:
        with PDFIUM:
            document = pypdfium2.PdfDocument(path)
            document.init_forms()
    except pypdfium2.PdfiumError as error:
        kind = Encrypted if "password" in str(error).lower() else Unreadable
        raise kind(detail=str(error)) from error
    try:
        yield PdfBook(document)
    finally:
        with PDFIUM:
            document.close()


@contextmanager
def _picture_file(path: Path) -> Iterator[PictureBook]:
    from PIL import Image

    try:
        with Image.open(path) as image:
            yield PictureBook(image)
    except Image.DecompressionBombError as error:
        raise TooLarge(detail=str(error)) from error
    except (OSError, SyntaxError, EOFError, ValueError) as error:
        raise Unreadable(detail=f"{type(error).__name__}: {error}") from error


class PdfBook:
    """A PDF opened with PDFium."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self.document = document

    def __len__(self) -> int:
        with PDFIUM:
            return len(self.document)

    def sheet(self, index: int) -> Sheet:
        with PDFIUM, self._page(index) as page:
            size = _page_size(page)
            cover = _covering_picture(page)
            if cover is not None:
                pixels = _decoded(cover, page.get_rotation())
                if pixels is not None:
                    return _sheet(stamped(page, pixels), size, scanned=True)
            native = _native_dpi(page)
            pixels = _rendered(page, native or RENDER_DPI, annotations=False)
            return _sheet(stamped(page, pixels), size, scanned=bool(native))

    def drawn(self, index: int, dpi: float) -> Sheet:
        with PDFIUM, self._page(index) as page:
            size = _page_size(page)
            scale = size.points[0] / max(page.get_width(), 1e-6)
            return _sheet(_rendered(page, dpi * scale, annotations=True), size, scanned=False)

    def glimpse(self, index: int, dpi: float) -> Sheet:
        """As `drawn` at a low resolution, but a scanner's JPEG is decoded no larger than needed: a quarter of the time.

        What lies on the page besides a picture that covers it is not there.
        """
        with PDFIUM, self._page(index) as page:
            cover, size, turn = _covering_picture(page), _page_size(page), page.get_rotation()
            data = _jpeg_of(cover) if cover is not None else b""
        pixels = _reduced(data, size.width_mm if turn % 180 == 0 else size.height_mm, dpi) if data else None
        return self.drawn(index, dpi) if pixels is None else resized(
            _sheet(_turned(pixels, turn), size, scanned=True), dpi)

    def size(self, index: int) -> paper.PaperSize:
        """Paper size of a page, upright as the file says."""
        with PDFIUM, self._page(index) as page:
            return _page_size(page)

    def cover(self, index: int) -> tuple[float, float, float, float] | None:
        """Where on the page (left, bottom, right, top in its own units) the one picture lies that is all it shows."""
        with PDFIUM, self._page(index) as page:
            found = _covering_picture(page)
            return placed(found) if found is not None else None

    @contextmanager
    def _page(self, index: int) -> Iterator[pypdfium2.PdfPage]:
        import pypdfium2

        try:
            page = self.document[index]
        except pypdfium2.PdfiumError as error:
            raise Unreadable(detail=f"page {index + 1}: {error}") from error
        try:
            yield page
        except pypdfium2.PdfiumError as error:
            raise Unreadable(detail=f"page {index + 1}: {error}") from error
        finally:
            page.close()


class PictureBook:
    """A JPEG, a PNG or a TIFF with any number of pages, opened with Pillow."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image

    def __len__(self) -> int:
        return int(getattr(self.image, "n_frames", 1))

    def sheet(self, index: int) -> Sheet:
        import numpy as np
        from PIL import ImageOps

        self.image.seek(index)
        if self.image.width * self.image.height > MAX_PIXELS:
            raise TooLarge(detail=f"{self.image.width} x {self.image.height} pixels")
        dpi_x = _tag_dpi(self.image)
        frame = _on_white(ImageOps.exif_transpose(self.image))
        pixels = np.asarray(frame)
        if pixels.ndim == 3:
            pixels = np.ascontiguousarray(pixels[:, :, ::-1])
        size = paper.of_picture(pixels.shape[1], pixels.shape[0], dpi_x)
        return _sheet(pixels, size, scanned=True)

    def drawn(self, index: int, dpi: float) -> Sheet:
        return resized(self.sheet(index), dpi)

    def glimpse(self, index: int, dpi: float) -> Sheet:
        """As `drawn`."""
        return self.drawn(index, dpi)


def resized(sheet: Sheet, dpi: float) -> Sheet:
    """The sheet at another resolution; downscaling averages, so thin strokes stay."""
    import cv2

    factor = dpi / sheet.dpi
    height, width = sheet.pixels.shape[:2]
    target = max(1, round(width * factor)), max(1, round(height * factor))
    if target == (width, height):
        return sheet
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    pixels = as_pixels(cv2.resize(sheet.pixels, target, interpolation=way))
    return Sheet(pixels, dpi, sheet.size, sheet.native_dpi)


def _sheet(pixels: Pixels, size: paper.PaperSize, *, scanned: bool) -> Sheet:
    dpi = pixels.shape[1] / (size.width_mm / paper.MM_PER_INCH)
    return Sheet(_plain(pixels), dpi, size, dpi if scanned else 0.0)


def _plain(pixels: Pixels) -> Pixels:
    """Three equal channels become one: grey scans stored as colour cost three times the time."""
    import numpy as np

    if pixels.ndim == 2:
        return pixels
    probe = pixels[::7, ::7].astype(np.int16)
    spread = probe.max(axis=2) - probe.min(axis=2)
    return np.ascontiguousarray(pixels[:, :, 1]) if spread.max() <= 2 else pixels


def _page_size(page: pypdfium2.PdfPage) -> paper.PaperSize:
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise Unreadable(detail="page without size")
    return paper.of_page(width, height)


def _covering_picture(page: pypdfium2.PdfPage) -> pypdfium2.PdfImage | None:
    """The one upright picture that fills the page, when nothing else visible is drawn; else None."""
    import pypdfium2.raw as raw

    found: Any = None
    for item in page.get_objects(max_depth=3):
        if item.type == raw.FPDF_PAGEOBJ_IMAGE and found is None:
            found = item
        elif item.type == raw.FPDF_PAGEOBJ_TEXT and _invisible(item):
            continue
        elif item.type != raw.FPDF_PAGEOBJ_FORM:
            return None
    if found is None or found.level > 0:
        return None
    a, b, c, d, _, _ = found.get_matrix().get()
    left, bottom, right, top = page.get_cropbox()
    slack_x, slack_y = _COVER_SLACK * (right - left), _COVER_SLACK * (top - bottom)
    x0, y0, x1, y1 = placed(found)
    fills = max(abs(x0 - left), abs(x1 - right)) <= slack_x and max(abs(y0 - bottom), abs(y1 - top)) <= slack_y
    return found if fills and a > 0 and d > 0 and abs(b) + abs(c) < 1e-3 * (a + d) else None


def _invisible(item: pypdfium2.PdfObject) -> bool:
    import pypdfium2.raw as raw

    return bool(raw.FPDFTextObj_GetTextRenderMode(item) == raw.FPDF_TEXTRENDERMODE_INVISIBLE)


def _decoded(picture: pypdfium2.PdfImage, rotation: int) -> Pixels | None:
    """The picture's own pixels, turned by the page's rotation; None when only a rendering is right (odd colours)."""
    import pypdfium2
    import pypdfium2.raw as raw

    width, height = picture.get_px_size()
    if width * height > MAX_PIXELS:
        raise TooLarge(detail=f"{width} x {height} pixels")
    known = {raw.FPDF_COLORSPACE_DEVICEGRAY, raw.FPDF_COLORSPACE_DEVICERGB, raw.FPDF_COLORSPACE_CALRGB,
             raw.FPDF_COLORSPACE_CALGRAY, raw.FPDF_COLORSPACE_ICCBASED}
    try:
        if picture.get_metadata().colorspace not in known:
            return None
        bitmap = picture.get_bitmap()
    except pypdfium2.PdfiumError:
        return None
    pixels = bitmap.to_numpy()
    if bitmap.mode not in ("L", "BGR", "BGRX"):
        return None
    if pixels.ndim == 3:
        pixels = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels[:, :, :3]
    return _turned(pixels, rotation)


def _turned(pixels: Pixels, rotation: int) -> Pixels:
    """A copy turned clockwise: the memory of a bitmap ends with its page."""
    import numpy as np

    return as_pixels(np.rot90(pixels, -rotation // 90).copy())


def _jpeg_of(picture: pypdfium2.PdfImage) -> bytes:
    """The picture's own JPEG, b"" when it is something else."""
    import pypdfium2

    try:
        return bytes(picture.get_data()) if picture.get_filters() == ["DCTDecode"] else b""
    except pypdfium2.PdfiumError:
        return b""


def _reduced(jpeg: bytes, width_mm: float, dpi: float) -> Pixels | None:
    """The JPEG in colors at half its size or a quarter, not below `dpi`; None when that cannot be done."""
    import cv2
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(jpeg)) as head:
            width, height, mode = head.width, head.height, head.mode
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    if width * height > MAX_PIXELS:
        raise TooLarge(detail=f"{width} x {height} pixels")
    spare = width / (width_mm / paper.MM_PER_INCH * dpi)
    way = cv2.IMREAD_REDUCED_COLOR_4 if spare >= 4 else cv2.IMREAD_REDUCED_COLOR_2 if spare >= 2 else cv2.IMREAD_COLOR
    if mode not in ("L", "RGB"):
        return None
    found = cv2.imdecode(np.frombuffer(jpeg, np.uint8), way | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if found is None else as_pixels(found)


def _native_dpi(page: pypdfium2.PdfPage) -> float:
    """Highest resolution among the large pictures of the page, kept between 150 and 300; 0 without one."""
    import pypdfium2.raw as raw

    wide = page.get_width()
    best = 0.0
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        x0, _, x1, _ = placed(item)
        if x1 - x0 >= wide / 4:
            best = max(best, item.get_px_size()[0] / ((x1 - x0) / paper.POINTS_PER_INCH))
    return min(max(best, 150.0), RENDER_DPI) if best else 0.0


def _rendered(page: pypdfium2.PdfPage, dpi: float, *, annotations: bool) -> Pixels:
    width, height = page.get_size()
    scale = dpi / paper.POINTS_PER_INCH
    scale = min(scale, (MAX_PIXELS / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale, may_draw_forms=annotations, draw_annots=annotations)
    pixels = bitmap.to_numpy()
    plain = pixels[:, :, :3] if pixels.ndim == 3 and pixels.shape[2] >= 3 else pixels.reshape(pixels.shape[:2])
    return as_pixels(plain.copy())


def _tag_dpi(image: Image.Image) -> float:
    """What the file claims along its stored width, after the EXIF turn; 0 when it claims nothing usable."""
    try:
        across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0
    return across if abs(across - down) <= 1 else 0.0


def _on_white(image: Image.Image) -> Image.Image:
    """Grey or RGB, transparency laid on white paper."""
    from PIL import Image as Pillow

    if image.mode in ("L", "RGB"):
        return image
    if image.mode in ("1", "I;16", "I", "F"):
        return image.convert("L") if image.mode == "1" else image.point(lambda value: value / 257).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        paper_white = Pillow.new("RGBA", rgba.size, "white")
        return Pillow.alpha_composite(paper_white, rgba).convert("RGB")
    return image.convert("RGB")
