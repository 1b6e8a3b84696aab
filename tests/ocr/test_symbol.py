"""The second hearing of what stands behind the number."""
from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr.engine import Engine, line_of
from ocr.page import Box, Guess, HandLine, Line, Word
from ocr.paper import PaperSize
from ocr.sheets import Sheet
from ocr.symbol import mended
from ocr.view import View, view_of
from tests.ocr import drawing

DPI = 200
TOP, HEIGHT = 300, 50


def page(behind: str, *, above: int = 0) -> tuple[View, HandLine]:
    """A number line whose digits are scrawled and whose symbol is print; with `above`, the last stroke overshoots."""
    image = drawing.blank(DPI)
    pen = ImageDraw.Draw(image)
    pen.text((220, TOP + 2), "Số:", fill="black", font=drawing.face(13, DPI))
    pen.line([(300, TOP + 40), (320, TOP + 5), (335, TOP + 38), (360, TOP + 4), (372, TOP + 36)], fill="black", width=4)
    if above:
        pen.line([(358, TOP + 36), (392, TOP - above)], fill="black", width=6)
    pen.text((385, TOP + 2), behind, fill="black", font=drawing.face(13, DPI))
    wide, high = image.size
    line = Box(200 / wide, (TOP - above) / high, 640 / wide, (TOP + HEIGHT) / high)
    value = Box(290 / wide, line.top, 380 / wide, line.bottom)
    sheet = Sheet(np.asarray(image.convert("L")), DPI, PaperSize(210, 297), DPI)
    return view_of(sheet), HandLine("number", line, value, (Guess("41", 0.9),), True)


def said(parts: list[tuple[str, int, int, float]]) -> Line:
    wide, high = drawing.blank(DPI).size
    words = [Word(text, Box(left / wide, (TOP + 5) / high, right / wide, (TOP + 40) / high), confidence)
             for text, left, right, confidence in parts]
    return line_of(words, 2)


@pytest.mark.parametrize(
    "parts",
    [[("só;9060/QĐb-SYT", 220, 520, 0.5), ("Kiên", 800, 860, 0.9)],
     [("sé:426É", 220, 380, 0.3), ("/q-SYT", 385, 520, 0.4), ("Kiên", 800, 860, 0.9)]],
)
def test_a_doubtful_symbol_is_heard_again(parts: list[tuple[str, int, int, float]]) -> None:
    view, number = page("/QĐ-SYT")
    (line,) = mended(view, (said(parts),), (number,), Engine())
    assert "/QĐ-SYT Kiên" in line.text
    assert [word.box.left for word in line.words] == sorted(word.box.left for word in line.words)


def test_a_date_line_that_was_found_too_far_to_the_left_leaves_nothing_to_hear() -> None:
    view, number = page("/QĐ-SYT")
    view = dataclasses.replace(view, upright=np.dstack([view.upright] * 3))
    date = HandLine("date", Box(0.1, 0.1, 0.15, 0.12), Box(0.1, 0.1, 0.15, 0.12), (), False)
    lines = (said([("sé:426É", 220, 380, 0.3)]),)
    assert mended(view, lines, (number, date), Engine()) == lines


def test_large_handwriting_that_reaches_over_does_not_spoil_it() -> None:
    view, number = page("/UBND-KGVX", above=45)
    (line,) = mended(view, (said([("số:", 220, 270, 0.9), ("usNb.KGvx", 385, 560, 0.1)]),), (number,), Engine())
    assert "/UBND-KGVX" in line.text


def test_a_symbol_that_was_read_well_is_left_alone() -> None:
    view, number = page("/QĐ-SYT")
    line = said([("Số:", 220, 270, 0.9), ("41/TB-UBND", 385, 560, 0.9)])
    assert mended(view, (line,), (number,), Engine()) == (line,)


def test_nothing_is_replaced_by_rubbish() -> None:
    view, number = page("- - -")
    line = said([("Số:", 220, 270, 0.9), ("/q-SYT", 385, 520, 0.4)])
    assert mended(view, (line,), (number,), Engine()) == (line,)
    assert mended(view, (line,), (), Engine()) == (line,)


def test_a_picture_without_a_place_for_the_symbol_is_no_trouble() -> None:
    view = view_of(Sheet(np.asarray(Image.new("L", (300, 400), 255)), DPI, PaperSize(38, 51), DPI))
    narrow = Box(0.9, 0.1, 0.9, 0.1)
    assert mended(view, (), (HandLine("number", narrow, narrow, (), False),), Engine()) == ()
