"""The mark: its words, its lines, and a place that covers no ink."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import os
import subprocess
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
import pikepdf.pdfa
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gateway.document import VN
from gateway.errors import BadSettings, CornerTaken, SealError
from gateway.seal.corner import Sheet, ink_of, place
from gateway.seal.font import mark_font
from gateway.seal.mark import MarkStyle, blocks
from gateway.seal.pades import PadesSeal
from gateway.seal.port import SealOrder
from gateway.seal.signers import Pkcs12Signer
from tests.gateway.seal.papers import BODY, ORDER, scan, sealed
from tests.verapdf import Judge

A4 = Sheet((0, 0, 595, 842), 0)
LONG = "Ban Quản lý dự án đầu tư xây dựng các công trình dân dụng và công nghiệp tỉnh An Hòa"
GOLDEN = Path(__file__).parent / "golden"


def said(order: SealOrder, style: MarkStyle | None = None) -> str:
    return " / ".join(place(blocks(order, style or MarkStyle()), A4, None).lines)


@pytest.mark.parametrize(("kind", "words"), [("SAO Y", "Sao y;"), ("SAO LỤC", "Sao lục;"), ("TRÍCH SAO", "Trích sao;")])
def test_a_copy_says_kind_body_time_and_that_it_was_paper(kind: str, words: str) -> None:
    told = said(dataclasses.replace(ORDER, copy_kind=kind))

    assert told == f"{words} {BODY}; / 20/11/2026; 09:15:30 +07:00 / Chuyển đổi từ văn bản giấy"


def test_a_paper_that_is_only_forwarded_is_not_called_converted() -> None:
    assert "giấy" not in said(dataclasses.replace(ORDER, copy_kind="CHUYỂN TIẾP"))


def test_the_time_is_shown_in_viet_nam_whatever_the_clock_says() -> None:
    order = dataclasses.replace(ORDER, at=dt.datetime(2026, 12, 31, 17, 0, 5, tzinfo=dt.UTC))

    assert "01/01/2027; 00:00:05 +07:00" in said(order)


def test_open_points_of_the_law_are_settings() -> None:
    style = MarkStyle(capitals=True, time="%Y-%m-%d %H:%M:%S", converted="")

    assert said(ORDER, style).replace(" / ", " ") == f"SAO Y; {BODY}; 2026-11-20 09:15:30 +07:00"


def test_an_attachment_bears_number_and_symbol_and_time() -> None:
    order = dataclasses.replace(ORDER, attachment_of="12/UBND-VP")

    assert said(order).replace(" / ", " ") == "12/UBND-VP; 20/11/2026; 09:15:30 +07:00"


def test_long_names_are_broken_and_nothing_is_lost() -> None:
    order = dataclasses.replace(ORDER, body=LONG)
    placed = place(blocks(order, MarkStyle()), A4, None)

    left, bottom, right, top = placed.rect
    assert 595 * 0.45 <= left < right < 595
    assert 842 * 0.90 <= bottom < top < 842
    assert f"Sao y; {LONG}; " in " ".join(placed.lines)


def test_a_short_mark_stands_inside_zone_14() -> None:
    left, bottom, _, _ = place(
        blocks(dataclasses.replace(ORDER, attachment_of="12/UBND-VP"), MarkStyle()), A4, None
    ).rect

    assert (left >= 595 * 0.80, bottom >= 842 * 0.92) == (True, True)


def ink(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    picture = np.zeros((842, 595), dtype=bool)
    for x0, y0, x1, y1 in boxes:
        picture[y0:y1, x0:x1] = True
    return picture


@pytest.mark.parametrize("taken", [(500, 0, 595, 84), (0, 45, 595, 200), (420, 5, 440, 20)])
def test_the_mark_moves_off_ink_but_stays_in_the_corner(taken: tuple[int, int, int, int]) -> None:
    left, bottom, right, top = place(blocks(ORDER, MarkStyle()), A4, ink(taken)).rect

    x0, y0, x1, y1 = taken
    assert right <= x0 or left >= x1 or 842 - bottom <= y0 or 842 - top >= y1
    assert left >= 595 * 0.45
    assert bottom >= 842 * 0.90


def test_a_corner_full_of_ink_is_a_question_for_the_clerk() -> None:
    with pytest.raises(CornerTaken):
        place(blocks(ORDER, MarkStyle()), A4, ink((200, 20, 595, 60)))


def test_a_page_too_small_for_a_mark_is_refused() -> None:
    with pytest.raises(SealError, match="quá nhỏ"):
        place(blocks(ORDER, MarkStyle()), Sheet((0, 0, 150, 150), 0), None)


def full_corner(path: Path) -> Path:
    """A PDF/A scan with a thick line across its head."""
    picture = Image.new("RGB", (1240, 1754), "white")
    ImageDraw.Draw(picture).rectangle((100, 30, 1200, 160), fill="black")
    out = io.BytesIO()
    picture.save(out, "JPEG", dpi=(150, 150))
    with pikepdf.open(io.BytesIO(img2pdf.convert(out.getvalue()))) as pdf:
        pikepdf.pdfa.save(pdf, path, "2b")
    return path


def test_the_clerk_may_let_the_mark_cover_ink(tmp_path: Path, signer: Pkcs12Signer, verapdf: Judge) -> None:
    source, seal, out = full_corner(tmp_path / "a.pdf"), PadesSeal(), tmp_path / "out.pdf"
    with pytest.raises(CornerTaken):
        seal.prepare(source, ORDER, signer)

    prepared = seal.prepare(source, dataclasses.replace(ORDER, cover=True), signer)
    seal.finish(prepared, signer.cms(prepared), out)

    assert verapdf(out, "2b") == []


def test_dust_and_grey_paper_are_no_ink(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(205, 8, (1754, 1240)).clip(0, 255).astype(np.uint8)
    noise[60:64, 900:904] = 0
    noise[300:330, 500:800] = 30
    path = tmp_path / "grey.pdf"
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG", dpi=(150, 150))
    path.write_bytes(img2pdf.convert(out.getvalue()))

    found = ink_of(path)
    assert not found[:100].any()
    assert found[150, 300]


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("origin", [(0, 0), (-37, 1000)])
def test_the_rectangle_lies_where_the_reader_sees_the_corner(turned: int, origin: tuple[int, int]) -> None:
    x, y = origin
    sheet = Sheet((x, y, x + 595, y + 842), turned)
    placed = place(blocks(ORDER, MarkStyle()), sheet, None)

    left, bottom, right, top = placed.rect
    width, height = sheet.size
    away = {0: (x + 595 - right, y + 842 - top), 90: (y + 842 - top, left - x), 180: (left - x, bottom - y)}
    across, down = away.get(turned, (bottom - y, x + 595 - right))
    assert abs(across - 11.3) < 1
    assert abs(down - 11.3) < 1
    assert {0: width, 90: height}.get(turned % 180) == 595


def test_a_page_that_does_not_begin_at_zero_is_sealed_at_its_corner(tmp_path: Path, signer: Pkcs12Signer) -> None:
    source = scan(tmp_path / "scan.pdf")
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        page = pdf.pages[0]
        page.MediaBox = pikepdf.Array([100, 100, 695, 942])
        page.CropBox = pikepdf.Array([80, 120, 675, 2000])
        page.contents_add(b"1 0 0 1 100 100 cm", prepend=True)
        pikepdf.pdfa.save(pdf, tmp_path / "moved.pdf", "2b")
    seal, out = PadesSeal(), tmp_path / "out.pdf"
    prepared = seal.prepare(tmp_path / "moved.pdf", ORDER, signer)
    seal.finish(prepared, signer.cms(prepared), out)

    with pikepdf.open(out) as pdf:
        left, bottom, right, top = (float(value) for value in pdf.Root.AcroForm.Fields[0].Rect)
    assert 100 <= left < right <= 675 - 10
    assert 942 - 842 * 0.1 <= bottom < top <= 942 - 10


def test_the_mark_is_text_alone_black_upright_10_points(paper: Path) -> None:
    with pikepdf.open(paper) as pdf:
        form = pdf.Root.AcroForm.Fields[0].AP.N
        commands = pikepdf.parse_content_stream(form)
        operators = [(str(one.operator), [str(item) for item in one.operands]) for one in commands]
        fonts = form.Resources.Font
        names = {str(font.BaseFont) for font in fonts.values()}
    words = [operator for operator, _ in operators]

    assert "/XObject" not in form.Resources
    assert "Do" not in words
    assert all("LiberationSerif" in name for name in names)
    assert {operands[-1] for operator, operands in operators if operator == "Tf"} == {"10"}
    assert all(operands in (["0"], ["0", "0", "0"]) for operator, operands in operators if operator in ("g", "rg"))


LOOKS = {
    "mark": (ORDER, MarkStyle()),
    "sao-luc": (dataclasses.replace(ORDER, copy_kind="SAO LỤC"), MarkStyle()),
    "trich-sao": (dataclasses.replace(ORDER, copy_kind="TRÍCH SAO"), MarkStyle()),
    "chuyen-tiep": (dataclasses.replace(ORDER, copy_kind="CHUYỂN TIẾP"), MarkStyle()),
    "attachment": (dataclasses.replace(ORDER, attachment_of="125/UBND-VP"), MarkStyle()),
    "capitals": (ORDER, MarkStyle(capitals=True, converted="", time="%d.%m.%Y; %H:%M:%S")),
    "long-name": (dataclasses.replace(ORDER, body="Ban Quản lý dự án đầu tư xây dựng các công trình giao thông và nông "
                                                  "nghiệp tỉnh Đắk Lắk"), MarkStyle()),
}  # fmt: skip


def corner_of(path: Path) -> NDArray[np.int16]:
    command = ["pdftoppm", "-r", "150", "-x", "660", "-y", "10", "-W", "580", "-H", "160", "-gray", "-singlefile"]
    drawn = subprocess.run([*command, str(path)], capture_output=True, check=True).stdout
    return np.asarray(Image.open(io.BytesIO(drawn)), dtype=np.int16)


@pytest.mark.parametrize("name", LOOKS)
def test_the_mark_looks_as_it_should(tmp_path: Path, signer: Pkcs12Signer, name: str) -> None:
    """GOLDEN_ANEW draws the pictures anew; look at them before they are kept."""
    order, style = LOOKS[name]
    seen, kept = corner_of(sealed(tmp_path, signer, order, style=style)), GOLDEN / f"{name}.png"
    if os.environ.get("GOLDEN_ANEW"):
        Image.fromarray(seen.astype(np.uint8)).save(kept)
    golden = np.asarray(Image.open(kept).convert("L"), dtype=np.int16)

    assert seen.shape == golden.shape
    assert np.abs(seen - golden).mean() < 1.0
    assert (golden < 128).mean() > 0.005


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """The seal of an office: a red ring on a transparent ground."""
    drawn = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).ellipse((8, 8, 392, 392), outline=(200, 20, 20, 255), width=24)
    drawn.save(tmp_path / "seal.png")
    return tmp_path / "seal.png"


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_picture_of_the_seal_is_shown_by_setting_only_in_its_real_size(
    tmp_path: Path, signer: Pkcs12Signer, picture: Path, verapdf: Judge, turned: int
) -> None:
    """law.md section 15, point 1: the default shows none."""
    path = sealed(tmp_path, signer, turned=turned, style=MarkStyle(image=picture, image_mm=30.0))

    command = ["pdftoppm", "-r", "100", "-png", "-singlefile", str(path)]
    drawn = subprocess.run(command, capture_output=True, check=True).stdout
    red = np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB"), dtype=np.int16)
    rows, columns = np.nonzero((red[:, :, 0] > 150) & (red[:, :, 1] < 110))
    assert (columns.max() - columns.min()) * 25.4 / 100 == pytest.approx(30 * 384 / 400, abs=1)
    assert (rows.max() - rows.min()) * 25.4 / 100 == pytest.approx(30 * 384 / 400, abs=1)
    assert rows.max() < red.shape[0] / 6
    assert columns.min() > red.shape[1] * 0.4
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
    assert "Sao y; Ủy ban" in " ".join(text.split())
    assert verapdf(path, "2b") == []


def test_an_attachment_never_shows_the_seal_and_a_missing_picture_is_said(picture: Path) -> None:
    order = dataclasses.replace(ORDER, attachment_of="125/UBND-VP")
    assert all(block.aside == 0 for block in blocks(order, MarkStyle(image=picture, image_mm=30.0)))
    with pytest.raises(BadSettings, match=r"mark\.image_mm"):
        blocks(ORDER, MarkStyle(image=picture.with_name("none.png"), image_mm=30.0))


def test_a_font_without_vietnamese_letters_is_refused() -> None:
    with pytest.raises(BadSettings, match="không chứa|Không dùng được|thiếu chữ"):
        mark_font(Path(__file__))


def test_signature_time_and_mark_tell_the_same_second(paper: Path) -> None:
    with pikepdf.open(paper) as pdf:
        assert str(pdf.Root.AcroForm.Fields[0].V.M) == "D:20261120091530+07'00'"


def test_sealing_another_kind_changes_the_words_only(tmp_path: Path, signer: Pkcs12Signer) -> None:
    path = sealed(tmp_path, signer, dataclasses.replace(ORDER, copy_kind="TRÍCH SAO", at=dt.datetime.now(VN)))

    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
    assert "Trích sao;" in text
