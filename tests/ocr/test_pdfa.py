"""The archive copy: PDF/A-2b, pictures byte for byte, paper size, words under the picture."""
from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from ocr.errors import Encrypted, SignedMustStay, Unreadable
from ocr.jpx import is_archivable
from ocr.page import Box, Line, Page, Word
from ocr.pdfa import Archived, Words, make_pdfa, picture_streams
from ocr.triage import triage
from tests.ocr import drawing
from tests.verapdf import broken_rules

BOX = Box(0.2, 0.1, 0.4, 0.12)


def put(folder: Path, data: bytes, name: str = "in.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def seen(number: int = 1, text: str = "Quyết", rotation: int = 0) -> Page:
    """A page with one word at BOX."""
    line = Line((Word(text, BOX, 0.9),), BOX, 1)
    return Page(number, 210, 297, 150, (line,), rotation=rotation, parts=("head", "body"))


def archived(path: Path, pages: list[Page]) -> tuple[Archived, Path]:
    out = path.with_suffix(".archive.pdf")
    done = make_pdfa(path, triage(path), Words(pages), out)
    assert broken_rules(out, "2b") == []
    return done, out


def words_at(path: Path, index: int = 0) -> tuple[str, tuple[float, ...]]:
    """The text of a page and the place of its first character as fractions from the top left."""
    document = pypdfium2.PdfDocument(path)
    page = document[index]
    text = page.get_textpage()
    left, bottom, right, top = text.get_charbox(0, loose=True)
    width, height = page.get_size()
    return text.get_text_range(), (left / width, 1 - top / height, right / width, 1 - bottom / height)


def sizes_mm(path: Path) -> list[tuple[float, float]]:
    document = pypdfium2.PdfDocument(path)
    return [tuple(side / 72 * 25.4 for side in page.get_size()) for page in document]


def test_a_jpeg_goes_in_byte_for_byte_at_paper_size_with_its_words_in_place(tmp_path: Path) -> None:
    data = drawing.jpeg(drawing.letter(150), 150)
    done, out = archived(put(tmp_path, data), [seen()])
    with pikepdf.open(out) as pdf:
        assert list(picture_streams(pdf)) == [hashlib.sha256(data).digest()]
    assert not done.flattened
    assert sizes_mm(out)[0] == pytest.approx((210, 297), abs=0.5)
    text, place = words_at(out)
    assert text.strip() == "Quyết"
    assert place[0] == pytest.approx(BOX.left, abs=0.01)
    assert place[1] == pytest.approx(BOX.top, abs=0.01)


def test_a_scan_pdf_keeps_its_picture_streams_and_loses_foreign_text(tmp_path: Path) -> None:
    scan = drawing.scan_pdf([drawing.letter(), drawing.letter(fall=1)])
    with pikepdf.open(io.BytesIO(scan)) as pdf:
        before = picture_streams(pdf)
        page = pdf.pages[0]
        page.obj.Resources.Font = pikepdf.Dictionary(F1=pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica))
        page.contents_add(b"BT 3 Tr /F1 9 Tf 72 700 Td (HO! CHU NGHIA) Tj ET")
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.save(tmp_path / "scan.pdf")
    done, out = archived(tmp_path / "scan.pdf", [seen(1), seen(2, "thứ hai")])
    with pikepdf.open(out) as pdf:
        assert picture_streams(pdf) == before
        assert "/OpenAction" not in pdf.Root
    assert not done.flattened
    assert words_at(out)[0].strip() == "Quyết"
    assert words_at(out, 1)[0].strip() == "thứ hai"


def test_a_tiff_of_two_pages_becomes_two_pages(tmp_path: Path) -> None:
    path = put(tmp_path, drawing.tiff([drawing.letter(), drawing.letter()]))
    _, out = archived(path, [seen(1), seen(2)])
    assert len(sizes_mm(out)) == 2


def test_a_picture_without_a_sane_resolution_becomes_a4(tmp_path: Path) -> None:
    _, out = archived(put(tmp_path, drawing.jpeg(drawing.letter(150), 72)), [seen()])
    assert sizes_mm(out)[0] == pytest.approx((210, 297), abs=0.5)


def test_a_page_box_that_counts_pixels_is_brought_to_paper_size(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(drawing.scan_pdf([drawing.letter(150)], 72))) as pdf:
        assert float(pdf.pages[0].mediabox[2]) > 1200
        pdf.save(tmp_path / "big.pdf")
    done, out = archived(tmp_path / "big.pdf", [seen()])
    assert sizes_mm(out)[0] == pytest.approx((210, 297), abs=0.5)
    assert words_at(out)[1][0] == pytest.approx(BOX.left, abs=0.01)
    assert not done.flattened


def test_a_page_that_lies_on_its_side_is_turned_without_touching_its_picture(tmp_path: Path) -> None:
    data = drawing.jpeg(drawing.letter().rotate(90, expand=True))
    done, out = archived(put(tmp_path, data), [seen(rotation=90)])
    with pikepdf.open(out) as pdf:
        assert list(picture_streams(pdf)) == [hashlib.sha256(data).digest()]
        assert pdf.pages[0].obj.Rotate == 90
    assert sizes_mm(out)[0] == pytest.approx((210, 297), abs=0.5)
    assert not done.flattened


def test_transparency_is_laid_on_white_paper(tmp_path: Path) -> None:
    page = drawing.letter().convert("RGBA")
    page.putalpha(Image.new("L", page.size, 200))
    out = io.BytesIO()
    page.save(out, "PNG", dpi=(150, 150))
    done, _ = archived(put(tmp_path, out.getvalue()), [seen()])
    assert not done.flattened


def test_own_text_whose_fonts_are_not_embedded_is_kept_as_a_picture(tmp_path: Path) -> None:
    path = put(tmp_path, drawing.text_pdf(["Quyet dinh ve viec ban hanh quy che"]))
    done, out = archived(path, [seen(text="Quyet")])
    assert done.flattened
    assert words_at(out)[0].strip() == "Quyet"


def test_a_jpeg_2000_picture_of_a_scanner_stays_as_it_is(tmp_path: Path) -> None:
    data = io.BytesIO()
    drawing.letter().save(data, "JPEG2000")
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595.28, 841.89))
        picture = pikepdf.Stream(pdf, data.getvalue(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image,
                                 Width=drawing.letter().width, Height=drawing.letter().height, BitsPerComponent=8,
                                 ColorSpace=pikepdf.Name.DeviceRGB, Filter=pikepdf.Name.JPXDecode)
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture))
        page.obj.Contents = pdf.make_stream(b"q 595.28 0 0 841.89 0 0 cm /Im0 Do Q")
        pdf.save(tmp_path / "jpx.pdf")
    done = make_pdfa(tmp_path / "jpx.pdf", triage(tmp_path / "jpx.pdf"), Words([seen()]), tmp_path / "out.pdf")
    assert broken_rules(tmp_path / "out.pdf", "2b") == []
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert list(picture_streams(pdf)) == [hashlib.sha256(data.getvalue()).digest()]
        assert pdf.open_metadata()["pdfaid:part"] == "2"
    assert not done.flattened
    assert words_at(tmp_path / "out.pdf")[0].strip() == "Quyết"


def test_only_plain_jpeg_2000_is_let_through() -> None:
    for mode, fine in (("RGB", True), ("L", True), ("RGBA", False)):
        data = io.BytesIO()
        Image.new(mode, (32, 32)).save(data, "JPEG2000")
        assert is_archivable(data.getvalue()) is fine
        assert not is_archivable(data.getvalue()[:60])
    assert not is_archivable(b"\xff\x4f\xff\x51")


def test_an_owner_password_does_not_keep_a_scan_from_the_archive(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(drawing.scan_pdf([drawing.letter()]))) as pdf:
        pdf.save(tmp_path / "owner.pdf", encryption=pikepdf.Encryption(owner="a", user=""))
    assert not archived(tmp_path / "owner.pdf", [seen()])[0].flattened


def test_a_signed_file_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    signed = drawing.with_signature_field(drawing.scan_pdf([drawing.letter()]), signed=True)
    path, out = put(tmp_path, signed), tmp_path / "out.pdf"
    with pytest.raises(SignedMustStay):
        make_pdfa(path, triage(path), Words([seen()]), out)
    assert not out.exists()
    assert path.read_bytes() == signed


@pytest.mark.parametrize(("data", "error"), [(b"%PDF-1.7 nothing", Unreadable), (b"PK", Unreadable)])
def test_what_cannot_be_read_leaves_an_older_result_alone(tmp_path: Path, data: bytes, error: type[Exception]) -> None:
    out = put(tmp_path, b"older", "out.pdf")
    path = put(tmp_path, data)
    with pytest.raises(error):
        make_pdfa(path, triage(path), Words([]), out)
    assert out.read_bytes() == b"older"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["in.bin", "out.pdf"]


def test_a_password_is_said_to_be_one(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(drawing.scan_pdf([drawing.letter()]))) as pdf:
        pdf.save(tmp_path / "user.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(Encrypted):
        make_pdfa(tmp_path / "user.pdf", triage(tmp_path / "user.pdf"), Words([]), tmp_path / "out.pdf")
