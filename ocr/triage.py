"""What is this file?  Scan, picture, born digital, signed, encrypted or broken: the first question of reading."""
from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr import sniff
from ocr.complete import Completeness, State, completeness
from ocr.pdfium import PDFIUM

if TYPE_CHECKING:
    import pikepdf
    import pypdfium2

__all__ = ["Completeness", "Kind", "PageKind", "State", "Triage", "completeness", "triage"]

COVERED = 0.5
"""Share of the page that pictures must cover before it counts as scanned.  Born-digital letters carry a logo; scans
with cropped margins still cover far more than half."""
FEW_CHARS = 20
MANY_SHAPES = 30
"""A page with fewer characters than FEW_CHARS and a picture or this many drawn shapes shows its text as a picture."""
_GRID = 40
_MAX_OBJECTS = 20_000
_DEEP = 4


class Kind(StrEnum):
    """What a whole file is."""

    IMAGE = "image"
    """JPEG, PNG or TIFF."""
    SCAN = "scan"
    """PDF whose pages are covered by pictures, whatever text layer they carry."""
    DIGITAL = "digital"
    """PDF made by a program, with its own text."""
    MIXED = "mixed"
    """PDF with both sorts of pages."""
    SIGNED = "signed"
    """PDF in which any signature field has a value; it is passed on byte for byte."""
    ENCRYPTED = "encrypted"
    """PDF that asks for a password."""
    BROKEN = "broken"
    """Begins like a file we read, but cannot be opened."""
    UNKNOWN = "unknown"
    """Anything else."""


class PageKind(StrEnum):
    """What one page is."""

    SCAN = "scan"
    DIGITAL = "digital"
    BLANK = "blank"
    """Nothing at all is drawn on it."""


@dataclass(frozen=True, slots=True)
class Triage:
    """The answer; `reason` is a short code that says why, for the log and the desk."""

    kind: Kind
    media_type: str
    pages: int = 0
    page_kinds: tuple[PageKind, ...] = ()
    signed_scan: bool = False
    """Signed, and every page that shows anything is a picture: it must be read by OCR, but stay as it is."""
    reason: str = ""


def triage(path: Path) -> Triage:
    """Look at the bytes, never at the name.  Raises OSError only; bad input is an answer (BROKEN, ENCRYPTED ...)."""
    with path.open("rb") as file:
        media_type = sniff.media_type(file.read(sniff.HEAD_BYTES))
    if media_type == sniff.UNKNOWN:
        return Triage(Kind.UNKNOWN, media_type, reason="unknown_bytes")
    return _pdf(path) if media_type == sniff.PDF else _picture(path, media_type)


def _picture(path: Path, media_type: str) -> Triage:
    from PIL import Image

    try:
        with Image.open(path) as image:
            frames = int(getattr(image, "n_frames", 1))
    except Image.DecompressionBombError:
        return Triage(Kind.IMAGE, media_type, 1, (PageKind.SCAN,), reason="too_many_pixels")
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        return Triage(Kind.BROKEN, media_type, reason=type(error).__name__)
    return Triage(Kind.IMAGE, media_type, frames, (PageKind.SCAN,) * frames)


def _pdf(path: Path) -> Triage:
    import pikepdf

    try:
        with pikepdf.open(path) as pdf:
            pages = len(pdf.pages)
            signed = _is_signed(pdf)
    except pikepdf.PasswordError:
        return Triage(Kind.ENCRYPTED, sniff.PDF, reason="password_needed")
    except DAMAGED + (pikepdf.PdfError,) as error:
        if b"/Encrypt" in path.read_bytes():
            return Triage(Kind.ENCRYPTED, sniff.PDF, reason="encryption_for_other_keys")
        return Triage(Kind.BROKEN, sniff.PDF, reason=type(error).__name__)
    if pages == 0:
        return Triage(Kind.BROKEN, sniff.PDF, reason="no_pages")
    kinds = _page_kinds(path)
    if kinds is None:
        return Triage(Kind.BROKEN, sniff.PDF, pages, reason="pages_cannot_be_opened")
    shown = {kind for kind in kinds if kind is not PageKind.BLANK}
    if signed:
        return Triage(Kind.SIGNED, sniff.PDF, pages, kinds, shown == {PageKind.SCAN}, "signature_field_with_value")
    if shown == {PageKind.SCAN}:
        return Triage(Kind.SCAN, sniff.PDF, pages, kinds, reason="pictures_cover_the_pages")
    if PageKind.SCAN in shown:
        return Triage(Kind.MIXED, sniff.PDF, pages, kinds, reason="some_pages_are_pictures")
    return Triage(Kind.DIGITAL, sniff.PDF, pages, kinds, reason="own_text")


DAMAGED: tuple[type[Exception], ...] = (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError)
"""What pikepdf lets through, besides its own PdfError, when a structure is not what it says it is."""


def _is_signed(pdf: pikepdf.Pdf) -> bool:
    """Fields are looked for in the form and, because forms get lost, among the annotations of the pages too."""
    form = pdf.Root.get("/AcroForm")
    seen: set[tuple[int, int]] = set()
    fields = list(form.get("/Fields", [])) if form is not None else []
    for page in pdf.pages:
        fields.extend(page.obj.get("/Annots", []) or [])
    return any(_holds_signature(item, seen, None) for item in fields)


def _holds_signature(item: Any, seen: set[tuple[int, int]], inherited: str | None) -> bool:
    import pikepdf

    if not isinstance(item, pikepdf.Dictionary):
        return False
    if item.is_indirect:
        if item.objgen in seen:  # kids that point back to their parents
            return False
        seen.add(item.objgen)
    kind = str(item.get("/FT", inherited or ""))
    if kind == "/Sig" and isinstance(item.get("/V"), pikepdf.Dictionary):
        return True
    kids = item.get("/Kids")
    return isinstance(kids, pikepdf.Array) and any(_holds_signature(kid, seen, kind) for kid in kids)


def _page_kinds(path: Path) -> tuple[PageKind, ...] | None:
    import pypdfium2

    try:
        with PDFIUM, pypdfium2.PdfDocument(path) as document:
            return tuple(_page_kind(document, index) for index in range(len(document)))
    except pypdfium2.PdfiumError:
        return None


def _page_kind(document: pypdfium2.PdfDocument, index: int) -> PageKind:
    import pypdfium2

    try:
        page = document[index]
        share, objects = picture_share(page)
        if share >= COVERED:
            return PageKind.SCAN
        chars = page.get_textpage().count_chars()
    except pypdfium2.PdfiumError:
        return PageKind.BLANK
    if objects == 0:
        return PageKind.BLANK
    drawn = share > 0 or objects - chars >= MANY_SHAPES
    return PageKind.SCAN if drawn and chars < FEW_CHARS else PageKind.DIGITAL


def picture_share(page: pypdfium2.PdfPage) -> tuple[float, int]:
    """Share of the page covered by pictures (strips and tiles count together), and the number of drawn objects.

    Call it with the PDFium lock held.
    """
    import numpy as np
    import pypdfium2.raw as raw

    left, bottom, right, top = page.get_cropbox()
    wide, high = max(right - left, 1e-6), max(top - bottom, 1e-6)
    grid = np.zeros((_GRID, _GRID), dtype=bool)
    count = 0
    for item in page.get_objects(max_depth=_DEEP):
        count += item.type != raw.FPDF_PAGEOBJ_FORM
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            x0, y0, x1, y1 = placed(item)
            columns = slice(*(_cell(value - left, wide) for value in (x0, x1)))
            rows = slice(*(_cell(value - bottom, high) for value in (y0, y1)))
            grid[rows, columns] = True
        if count > _MAX_OBJECTS:
            break
    return float(grid.mean()), count


def _cell(value: float, whole: float) -> int:
    return min(_GRID, max(0, round(value / whole * _GRID)))


def placed(item: pypdfium2.PdfObject) -> tuple[float, float, float, float]:
    """left, bottom, right, top of an object in page units; forms around it are taken into account."""
    x0, y0, x1, y1 = item.get_bounds()
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    around = item.container
    while around is not None:
        matrix = around.get_matrix()
        corners = [matrix.on_point(x, y) for x, y in corners]
        around = around.container
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)
