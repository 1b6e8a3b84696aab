"""Separator sheets and blank pages: what is found, and above all what is not."""
from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageDraw

from ocr import sheets, sniff
from ocr.patch import has_patch_t
from ocr.survey import BLANK, OPENING, PLAIN, SEPARATOR, is_empty, survey
from tests.ocr import drawing, stacks

SHARED = Path(__file__).resolve().parents[3] / "shared"
SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def grey(page: Image.Image, dpi: int) -> np.ndarray:
    """As survey() sees it: at 100 dpi, the darkest color."""
    small = page.resize((round(page.width * 100 / dpi), round(page.height * 100 / dpi)), Image.Resampling.BOX)
    return np.asarray(small.convert("RGB")).min(axis=2)


@pytest.mark.parametrize(("dpi", "fall", "upside_down"), [
    (200, 0.0, False), (200, 2.0, True), (200, -5.0, False), (300, -2.0, False), (300, 5.0, True)])
def test_patch_t_is_found_askew_and_upside_down(dpi: int, fall: float, upside_down: bool) -> None:
    assert has_patch_t(grey(stacks.scanned(stacks.sheet(dpi), fall=fall, upside_down=upside_down), dpi))


def test_patch_t_is_found_on_a_sheet_that_lies_across_and_on_a_poor_print() -> None:
    page = stacks.sheet(200)
    assert has_patch_t(grey(page.rotate(90, expand=True), 200))
    faded = Image.eval(page, lambda value: 150 + value * 105 // 255)
    assert has_patch_t(grey(stacks.scanned(faded, noise=8), 200))


@pytest.mark.parametrize("widths", [(2, 5, 5, 2), (5, 2, 2, 5), (5, 5, 2, 2), (3, 3, 3, 3), (2, 5, 2, 9)])
def test_other_bars_are_not_patch_t(widths: tuple[int, ...]) -> None:
    page = drawing.blank(200)
    pen, top = ImageDraw.Draw(page), 200.0
    for width in widths:
        pen.rectangle([300, top, 1300, top + width * 200 / 25.4], fill="black")
        top += (width + 2) * 200 / 25.4
    assert not has_patch_t(grey(page, 200))


def test_a_stack_is_told_page_by_page(tmp_path: Path) -> None:
    letter, back = drawing.letter(200), drawing.blank(200)
    marked = letter.copy()
    marked.paste(stacks.sheet(200).crop((400, 100, 1250, 320)), (400, 60))  # Patch T stuck on a letter's first page
    pages = [letter, back, stacks.sheet(200), letter, stacks.through(letter, 0.1), marked]
    path = tmp_path / "stack.pdf"
    path.write_bytes(drawing.scan_pdf([stacks.scanned(page, fall=0.6) for page in pages], 200))
    assert survey(path) == (PLAIN, BLANK, SEPARATOR, PLAIN, PLAIN, OPENING)
    path.write_bytes(drawing.tiff([letter, stacks.sheet(200), letter], 200))
    assert survey(path) == (PLAIN, SEPARATOR, PLAIN)


def plain(pixels: np.ndarray) -> np.ndarray:
    return (pixels.mean(axis=2) if pixels.ndim == 3 else pixels).astype(float)


def test_a_glimpse_shows_what_a_viewer_shows(tmp_path: Path) -> None:
    path = tmp_path / "turned.pdf"
    with pikepdf.open(io.BytesIO(drawing.scan_pdf([drawing.letter(200)] * 2, 200))) as pdf:
        pdf.pages[1].rotate(90, relative=True)
        pdf.save(path)
    with sheets.opened(path, sniff.PDF) as book:
        for index in range(2):
            fast, slow = (plain(way(index, 100.0).pixels) for way in (book.glimpse, book.drawn))
            assert abs(fast.shape[0] - slow.shape[0]) <= 1
            assert abs(fast.shape[1] - slow.shape[1]) <= 1
            high, wide = (min(pair) for pair in zip(fast.shape, slow.shape, strict=True))
            assert float(np.abs(fast[:high, :wide] - slow[:high, :wide]).mean()) < 6


def test_one_page_and_what_a_program_wrote_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(drawing.scan_pdf([stacks.sheet(200)], 200))
    assert survey(path) == ()
    path.write_bytes(drawing.text_pdf(["Hello"], 3))
    assert survey(path) == ()
    path.write_bytes(drawing.with_signature_field(drawing.scan_pdf([drawing.letter()] * 2), signed=True))
    assert survey(path) == ()


def note(shade: int, text: str = "Đã xem, 12/3") -> Image.Image:
    page = drawing.blank(200)
    ImageDraw.Draw(page).text((500, 900), text, fill=(shade,) * 3, font=drawing.face(16, 200))
    return page


def dusty() -> Image.Image:
    page, places = drawing.blank(200), np.random.default_rng(3)
    pen = ImageDraw.Draw(page)
    for x, y in zip(places.integers(150, 1400, 15).tolist(), places.integers(150, 2100, 15).tolist(), strict=True):
        pen.ellipse([x, y, x + 2, y + 2], fill=(60, 60, 60))
    return page


def shaded() -> Image.Image:
    page = np.asarray(drawing.blank(200)).astype(float)
    return Image.fromarray((page * np.linspace(1, 0.8, page.shape[1])[None, :, None]).astype(np.uint8))


@pytest.mark.parametrize("page", ["white", "dusty", "shaded", "yellow"])
def test_an_empty_sheet_is_blank_on_poor_paper_too(page: str) -> None:
    made = {"white": drawing.blank(200), "dusty": dusty(), "shaded": shaded(), "yellow": drawing.blank(200)}[page]
    assert is_empty(grey(stacks.scanned(made, paper=(235, 225, 190) if page == "yellow" else (244, 243, 238)), 200))


@pytest.mark.parametrize("shade", [60, 170, 200, 220, 235])
def test_faint_writing_keeps_a_page(shade: int) -> None:
    assert not is_empty(grey(stacks.scanned(note(shade)), 200))


@pytest.mark.parametrize("strength", [0.06, 0.1, 0.2, 0.3])
def test_what_shines_through_keeps_a_page(strength: float) -> None:
    assert not is_empty(grey(stacks.scanned(stacks.through(drawing.letter(200), strength)), 200))


def test_a_pale_stamp_or_a_single_digit_keeps_a_page() -> None:
    assert not is_empty(grey(stacks.scanned(note(60, "2")), 200))
    page = drawing.blank(200)
    ImageDraw.Draw(page).ellipse([600, 900, 900, 1200], outline=(250, 225, 225), width=5)
    assert not is_empty(grey(stacks.scanned(page), 200))


def test_no_sample_scan_is_taken_for_a_separator_or_blank() -> None:
    for path in sorted(SAMPLES.glob("*.pdf")):
        with sheets.opened(path, sniff.PDF) as book:
            for index in range(len(book)):
                page = book.drawn(index, 100.0).pixels
                assert not has_patch_t(page.min(axis=2) if page.ndim == 3 else page), path.name


@pytest.mark.skipif(not (SHARED / "hostile").is_dir(), reason="the folder of foreign files is not here")
@pytest.mark.parametrize(("name", "codes"), [
    ("patch-code-t-middle.pdf", "psp"), ("patch-code-t-double.pdf", "pssp"), ("patch-code-t-middle-reverse.pdf", "psp"),
    ("patch-code-t-middle.tiff", "psp"), ("split-by-tag-basic.pdf", "")])
def test_sheets_of_other_programs_are_known(name: str, codes: str) -> None:
    path = SHARED / "hostile" / f"paperless-ngx__{name}"
    if not path.exists():
        pytest.skip(f"{name} is not here")
    with path.open("rb") as file:
        media_type = sniff.media_type(file.read(sniff.HEAD_BYTES))
    with sheets.opened(path, media_type) as book:
        seen = [has_patch_t(page.min(axis=2) if page.ndim == 3 else page)
                for page in (book.drawn(index, 100.0).pixels for index in range(len(book)))]
    assert "".join("s" if one else "p" for one in seen) == codes or (not codes and not any(seen))
