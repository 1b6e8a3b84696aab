"""The PDF that is handed to OCRmyPDF: pictures wrapped as they are, scans reduced to their pictures, the rest cleaned.

What people see is kept; what keeps a file from being PDF/A without being seen (scripts, forms, hidden text, trailers of
office programs) is left out.  The untouched original lies in the vault.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr import paper, sheets, sniff
from ocr.errors import Encrypted, NotArchivable
from ocr.page import Page
from ocr.triage import DAMAGED, Kind, Triage

if TYPE_CHECKING:
    import pikepdf

    _Place = tuple[float, float, float, float]

_FLAT_DPI = 300.0
_FLAT_QUALITY = 92
_SIZE_SLACK_PT = 1.0
_TRAILER = frozenset({"/Root", "/Info", "/ID", "/Size"})
_UNSEEN_ROOT = ("/OpenAction", "/AA", "/JavaScript", "/PieceInfo", "/SpiderInfo", "/Perms", "/DSS", "/Legal", "/URI")
_UNSEEN_NAMES = frozenset({"/JavaScript", "/EmbeddedFiles", "/AlternatePresentations", "/Renditions"})
_BARE_ROOT = frozenset({"/Type", "/Pages", "/Version", "/Lang"})


def prepared(path: Path, triage: Triage, pages: Sequence[Page], folder: Path) -> Path:
    """A PDF in `folder` with the same pages, ready to become PDF/A.  Raises Encrypted, NotArchivable."""
    source = folder / "source.pdf"
    if triage.media_type != sniff.PDF:
        wrapped(path, source)
    turns = [page.rotation for page in pages] if any(page.rotation for page in pages) else []
    _adjust(path if triage.media_type == sniff.PDF else source, folder / "adjusted.pdf", triage, turns)
    return folder / "adjusted.pdf"


def flattened(path: Path, media_type: str, folder: Path) -> Path:
    """A PDF in `folder` whose pages are pictures of what a viewer shows."""
    source = folder / "flat.pdf"
    _wrap_flat(_sheets_of(path, media_type), source, lossless=False)
    return source


def wrapped(path: Path, source: Path) -> None:
    """JPEG, PNG and TIFF data go into the PDF as they are."""
    import img2pdf

    def layout(width: int, height: int, dpi: tuple[float, float]) -> tuple[float, float, float, float]:
        across, down = dpi
        size = paper.of_picture(width, height, float(across) if abs(across - down) <= 1 else 0.0).points
        return (*size, *size)

    try:
        with source.open("wb") as file:
            img2pdf.convert(str(path), layout_fun=layout, rotation=img2pdf.Rotation.ifvalid, outputstream=file,
                            nodate=True)
    except img2pdf.AlphaChannelError:
        _wrap_flat(_sheets_of(path, sniff.PNG), source, lossless=True)
    except (img2pdf.ImageOpenError, img2pdf.UnsupportedColorspaceError, OSError, *DAMAGED) as error:
        raise NotArchivable(detail=f"{type(error).__name__}: {error}") from error


def _sheets_of(path: Path, media_type: str) -> Iterator[sheets.Sheet]:
    """The pages as a viewer shows them, one at a time, at the resolution of their scan (born digital: 300 dpi)."""
    with sheets.opened(path, media_type) as book:
        for index in range(len(book)):
            yield book.drawn(index, book.sheet(index).native_dpi or _FLAT_DPI)


def _wrap_flat(pictures: Iterator[sheets.Sheet], source: Path, *, lossless: bool) -> None:
    """Decoded pages as PNG or JPEG pictures in a PDF of paper size."""
    import cv2
    import img2pdf

    data, sizes = [], []
    for sheet in pictures:
        way = (".png", [cv2.IMWRITE_PNG_COMPRESSION, 3]) if lossless else (
            ".jpg", [cv2.IMWRITE_JPEG_QUALITY, _FLAT_QUALITY])
        data.append(cv2.imencode(way[0], sheet.pixels, way[1])[1].tobytes())
        sizes.append(sheet.size.points)
    remaining = iter(sizes)

    def layout(width: int, height: int, dpi: tuple[float, float]) -> tuple[float, float, float, float]:
        size = next(remaining)
        return (*size, *size)

    source.write_bytes(img2pdf.convert(data, layout_fun=layout, nodate=True))


def _adjust(source: Path, target: Path, triage: Triage, turns: Sequence[int]) -> None:
    """Turn pages upright by their /Rotate, bring pixel-sized boxes to paper size, drop owner passwords and dead forms.

    Picture streams are not touched.  A scan's page is reduced to its picture: what scanners add around it (hidden text
    in a foreign language, fonts that are not embedded, forms, scripts) is what keeps it from being PDF/A.
    """
    import pikepdf

    covers = _covers(source, triage)
    try:
        with pikepdf.open(source) as pdf:
            bare = [_reduced(page, cover) for page, cover in zip(pdf.pages, covers, strict=False)]
            if bare and all(bare):
                for key in set(pdf.Root.keys()) - _BARE_ROOT:
                    del pdf.Root[key]
            else:
                _clean(pdf)
            _drop_private_data(pdf)
            for number, page in enumerate(pdf.pages):
                if number < len(turns) and turns[number]:
                    page.rotate(turns[number], relative=True)
                if triage.kind in (Kind.SCAN, Kind.IMAGE):
                    _to_paper_size(page)
            pdf.save(target)
    except pikepdf.PasswordError as error:
        raise Encrypted(detail=str(error)) from error
    except DAMAGED + (pikepdf.PdfError,) as error:
        raise NotArchivable(detail=f"{type(error).__name__}: {error}") from error


def _clean(pdf: pikepdf.Pdf) -> None:
    """Forms become what they show; actions, scripts and private data go."""
    import pikepdf

    if "/AcroForm" in pdf.Root:
        pdf.generate_appearance_streams()
        pdf.flatten_annotations("all")
    for key in ("/AcroForm", *_UNSEEN_ROOT):
        if key in pdf.Root:
            del pdf.Root[key]
    names = pdf.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        for key in set(names.keys()) & _UNSEEN_NAMES:
            del names[key]


def _drop_private_data(pdf: pikepdf.Pdf) -> None:
    for key in set(pdf.trailer.keys()) - _TRAILER:
        del pdf.trailer[key]
    for page in pdf.pages:
        for item in (page.obj, *pictures_of(page)):
            for key in ("/Metadata", "/PieceInfo", "/AA"):
                if key in item:
                    del item[key]


def pictures_of(page: pikepdf.Page) -> list[pikepdf.Object]:
    """The pictures among a page's resources."""
    resources = page.obj.get("/Resources")
    forms: Any = resources.get("/XObject", {}) if resources is not None else {}
    return [item for item in forms.values() if item.get("/Subtype") == "/Image"]


def _covers(source: Path, triage: Triage) -> list[_Place | None]:
    if triage.media_type != sniff.PDF or triage.kind is not Kind.SCAN:
        return []
    with sheets.opened(source, sniff.PDF) as book:
        return [book.cover(index) if isinstance(book, sheets.PdfBook) else None for index in range(len(book))]


def _reduced(page: pikepdf.Page, cover: _Place | None) -> bool:
    """Leave nothing on the page but its one picture, where it was; False when there is more to it."""
    import pikepdf

    pictures = pictures_of(page)
    notes = [item for item in page.obj.get("/Annots", []) if item.get("/Subtype") not in ("/Link", "/Popup", "/Widget")]
    if cover is None or len(pictures) != 1 or notes or pictures[0].get("/ImageMask", False):
        return False
    left, bottom, right, top = cover
    draw = f"q {right - left:.4f} 0 0 {top - bottom:.4f} {left:.4f} {bottom:.4f} cm /Im0 Do Q"
    box, rotation, unit = page.cropbox, page.obj.get("/Rotate", 0), page.obj.get("/UserUnit")
    for key in set(page.obj.keys()) - {"/Type", "/Parent"}:
        del page.obj[key]
    page.obj.MediaBox, page.obj.Rotate = box, rotation
    if unit is not None:
        page.obj.UserUnit = unit
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=pictures[0]))
    page.contents_add(draw.encode())
    return True


def _to_paper_size(page: pikepdf.Page) -> None:
    import pikepdf

    left, bottom, right, top = (float(value) for value in page.mediabox)
    unit = float(page.obj.get("/UserUnit", 1))
    width, height = right - left, top - bottom
    target = paper.of_page(width * unit, height * unit).points
    if abs(target[0] - width * unit) < _SIZE_SLACK_PT and unit == 1:
        return
    factor = target[0] / width
    page.contents_add(f"q {factor:.6f} 0 0 {factor:.6f} {-left * factor:.3f} {-bottom * factor:.3f} cm".encode(),
                      prepend=True)
    page.contents_add(b"Q")
    for key in ("/UserUnit", "/CropBox", "/TrimBox", "/BleedBox", "/ArtBox"):
        if key in page.obj:
            del page.obj[key]
    page.mediabox = pikepdf.Array([0, 0, round(target[0], 2), round(target[1], 2)])


