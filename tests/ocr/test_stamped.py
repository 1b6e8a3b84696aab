"""Digits that an office's system laid on a scan as a small field are part of the picture that is read."""
from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pikepdf
from PIL import Image

from ocr import sheets, sniff
from tests.ocr.drawing import scan_pdf

SMALL, LEGEND, LOW = (120, 735, 160, 750), (300, 700, 560, 800), (120, 200, 160, 215)


def with_field(path: Path, rect: tuple[int, int, int, int], size: int = 11, page: str = "white") -> Path:
    """A scanned page with one field that shows digits."""
    wide, high = rect[2] - rect[0], rect[3] - rect[1]
    with pikepdf.open(io.BytesIO(scan_pdf([Image.new("RGB", (827, 1169), page)], 100))) as pdf:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        shown = pdf.make_stream(f"BT /F1 {size} Tf 4 3 Td (1849) Tj ET".encode(), Type=pikepdf.Name.XObject,
                                Subtype=pikepdf.Name.Form, BBox=[0, 0, wide, high],
                                Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font)))
        field = pdf.make_indirect(pikepdf.Dictionary(
            FT=pikepdf.Name.Sig, T="So", Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, F=4, Rect=list(rect),
            AP=pikepdf.Dictionary(N=shown)))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=3)
        pdf.pages[0].obj.Annots = pikepdf.Array([field])
        pdf.save(path)
    return path


def darkest(path: Path) -> int:
    with sheets.opened(path, sniff.PDF) as book:
        return int(book.sheet(0).pixels.min())


def test_a_small_field_in_the_head_is_laid_on_the_picture(tmp_path: Path) -> None:
    path = with_field(tmp_path / "a.pdf", SMALL)
    with sheets.opened(path, sniff.PDF) as book:
        sheet = book.sheet(0)
    rows, columns = np.nonzero(sheet.pixels < 128)[:2]
    height, width = sheet.pixels.shape[:2]
    assert 120 / 595 < columns.min() / width < columns.max() / width < 160 / 595
    assert 1 - 752 / 842 < rows.min() / height < rows.max() / height < 1 - 733 / 842


def test_a_legend_and_what_stands_below_the_head_are_left_out(tmp_path: Path) -> None:
    assert darkest(with_field(tmp_path / "a.pdf", LEGEND, 30)) > 200
    assert darkest(with_field(tmp_path / "b.pdf", LOW)) > 200


def test_a_colored_page_keeps_its_colors(tmp_path: Path) -> None:
    path = with_field(tmp_path / "a.pdf", SMALL, page="#ffeecc")
    with sheets.opened(path, sniff.PDF) as book:
        sheet = book.sheet(0)
    assert np.abs(sheet.pixels[-1, -1].astype(int) - (204, 238, 255)).max() < 3
    assert (sheet.pixels.max(axis=2) < 100).any()
