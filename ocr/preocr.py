"""OCRmyPDF plugin: hands over words that are already recognised, so that no page is read twice.

OCRmyPDF makes the pages' pictures and asks an engine for words; here the engine looks them up.  Words are registered
under the path of the input file for as long as `words_for` is open.  The pictures would only be thrown away, so an
empty one of the right proportions is handed out: 0.4 CPU seconds a page saved.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocrmypdf import hookimpl
from ocrmypdf.models.ocr_element import BoundingBox, OcrClass, OcrElement
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence

from ocr.page import Box, Line, Page

_PICTURE_WIDTH = 1200
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Known:
    pages: Sequence[Page]
    progress: Progress


_known: dict[str, _Known] = {}


@contextmanager
def words_for(source: Path, pages: Sequence[Page], progress: Progress) -> Iterator[None]:
    """While open, OCRmyPDF jobs on `source` get these pages' words; progress(done, total) is told of every page."""
    _known[str(source)] = _Known(pages, progress)
    try:
        yield
    finally:
        del _known[str(source)]


class KnownWords(OcrEngine):
    """The engine that has read everything before."""

    @staticmethod
    def version() -> str:
        return "1"

    @staticmethod
    def creator_tag(options: Any) -> str:
        return "vanthu"

    def __str__(self) -> str:
        return "vanthu"

    @staticmethod
    def languages(options: Any) -> set[str]:
        return set(options.languages)

    @staticmethod
    def get_orientation(input_file: Path, options: Any) -> OrientationConfidence:
        return OrientationConfidence(angle=0, confidence=0.0)

    @staticmethod
    def supports_generate_ocr() -> bool:
        return True

    @staticmethod
    def generate_ocr(input_file: Path, options: Any, page_number: int = 0) -> tuple[OcrElement, str]:
        from PIL import Image

        with Image.open(input_file) as image:
            width, height = image.size
            dpi = float(image.info["dpi"][0])
        known = _known[str(options.input_file)]
        pages = known.pages
        known.progress(page_number + 1, len(pages))
        page = pages[page_number] if page_number < len(pages) else None
        lines = page.lines if page and page.picture_only else ()
        return _page_element(lines, (width, height), dpi, page_number), "\n".join(line.text for line in lines)

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: Any) -> None:
        raise RuntimeError("words are handed over as elements, never as hOCR")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: Any) -> None:
        raise RuntimeError("words are handed over as elements, never as PDF")


@hookimpl
def initialize(plugin_manager: Any) -> None:
    """OCRmyPDF's own Tesseract is kept out: it starts that program three times on every file to ask for its version."""
    plugin_manager.set_blocked("ocrmypdf.builtin_plugins.tesseract_ocr")


@hookimpl
def register_options() -> dict[str, Any]:
    """Its options are looked at all the same."""
    from ocrmypdf.builtin_plugins.tesseract_ocr import TesseractOptions

    return {"tesseract": TesseractOptions}


@hookimpl
def get_ocr_engine(options: Any) -> OcrEngine | None:
    """Our engine, for jobs whose words are known; there are no others."""
    return KnownWords() if str(options.input_file) in _known else None


@hookimpl
def rasterize_pdf_page(output_file: Path, raster_dpi: Any, pageno: int, input_file: Path, rotation: int | None,
                       options: Any) -> Path | None:
    """An empty picture in the proportions of the page as it is shown."""
    if str(options.input_file) not in _known:
        return None
    from PIL import Image

    width, height = _shown_size(input_file, pageno - 1, rotation or 0)
    dpi = _PICTURE_WIDTH / (width / 72)
    Image.new("L", (_PICTURE_WIDTH, max(1, round(height / 72 * dpi))), 255).save(
        output_file, format="PNG", dpi=(dpi, dpi), compress_level=1
    )
    return output_file


def _shown_size(source: Path, index: int, rotation: int) -> tuple[float, float]:
    import pikepdf

    with pikepdf.open(source) as pdf:
        page = pdf.pages[index]
        left, bottom, right, top = (float(value) for value in page.mediabox)
        turned = (int(page.obj.get("/Rotate", 0)) + rotation) % 180 == 90
    return (top - bottom, right - left) if turned else (right - left, top - bottom)


def _page_element(lines: Sequence[Line], size: tuple[int, int], dpi: float, number: int) -> OcrElement:
    blocks: dict[int, list[OcrElement]] = {}
    for line in lines:
        words = [
            OcrElement(OcrClass.WORD, bbox=_bounds(word.box, size), text=word.text, confidence=word.confidence)
            for word in line.words
        ]
        element = OcrElement(OcrClass.LINE, bbox=_bounds(line.box, size), children=words, direction="ltr")
        blocks.setdefault(line.block, []).append(element)
    paragraphs = [OcrElement(OcrClass.PARAGRAPH, bbox=_around(items), children=items, direction="ltr", language="vi")
                  for items in blocks.values()]
    return OcrElement(OcrClass.PAGE, bbox=BoundingBox(0, 0, *size), children=paragraphs, dpi=dpi, page_number=number)


def _bounds(box: Box, size: tuple[int, int]) -> BoundingBox:
    width, height = size
    return BoundingBox(box.left * width, box.top * height, box.right * width, box.bottom * height)


def _around(items: Sequence[OcrElement]) -> BoundingBox:
    boxes = [item.bbox for item in items if item.bbox]
    return BoundingBox(min(b.left for b in boxes), min(b.top for b in boxes),
                       max(b.right for b in boxes), max(b.bottom for b in boxes))
