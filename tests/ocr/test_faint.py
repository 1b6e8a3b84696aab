"""The second hearing of the summary's doubted rows."""
from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PIL import ImageDraw

from ocr.engine import Engine, line_of
from ocr.faint import cleared
from ocr.page import Box, Guess, HandLine, Line, Page, Word
from ocr.paper import PaperSize
from ocr.sheets import Sheet
from ocr.view import View, view_of
from tests.ocr import drawing

DPI = 200
LEFT, TOP = 220, 420
ROW = "V/v báo cáo số lượng hộ sinh tại các trạm"
NUMBER = HandLine("number", Box(0.1, 0.12, 0.4, 0.15), Box(0.2, 0.12, 0.3, 0.15), (Guess("41", 0.9),), True)


def page(*, fall: float = 0.0) -> View:
    """A sheet with one row of a summary; `fall`: degrees by which its lines fall."""
    image = drawing.blank(DPI)
    ImageDraw.Draw(image).text((LEFT, TOP), ROW, fill="black", font=drawing.face(12, DPI))
    turned = image.rotate(-fall, fillcolor="white").convert("L")
    known = Page(1, 210, 297, DPI, skew=fall)
    return view_of(Sheet(np.asarray(turned), DPI, PaperSize(210, 297), DPI), known=known)


def seen(text: str, *, doubted: dict[str, float], top: float = TOP) -> Line:
    """The row as a first reading might have it: every word where it was drawn, or near."""
    wide, high = drawing.blank(DPI).size
    font, words, left = drawing.face(12, DPI), [], float(LEFT)
    for word in text.split():
        right = left + font.getlength(word)
        box = Box(left / wide, (top + 5) / high, right / wide, (top + 36) / high)
        words.append(Word(word, box, doubted.get(word, 0.96)))
        left = right + font.getlength(" ")
    return line_of(words, 3)


@pytest.mark.parametrize(
    "text",
    [ROW.replace("số", "sô"), ROW.replace("hộ", "Hệ"), ROW.replace("sinh tại", "sinhtại").replace("số", "sô")],
)
def test_doubted_words_of_the_summary_are_heard_again(text: str) -> None:
    line = seen(text, doubted={"sô": 0.6, "Hệ": 0.7, "sinhtại": 0.5})
    other = seen("Kính gửi: Giám đôc", doubted={"đôc": 0.3}, top=TOP + 60)
    first, second = cleared(page(), (line, other), (NUMBER,), Engine())
    assert first.text == ROW
    assert second == other
    assert [word.box.left for word in first.words] == sorted(word.box.left for word in first.words)


def test_a_row_that_falls_is_found_where_it_was_straightened() -> None:
    view = page(fall=1.0)
    high, wide = view.level.shape
    line = seen(ROW.replace("số", "sô"), doubted={"sô": 0.6})
    moved = []
    for word in line.words:
        x, y = view.turn.back(word.box.center[0] * wide, word.box.center[1] * high)
        across, down = x / wide - word.box.center[0], y / high - word.box.center[1]
        box = Box(word.box.left + across, word.box.top + down, word.box.right + across, word.box.bottom + down)
        moved.append(dataclasses.replace(word, box=box))
    (heard,) = cleared(view, (line_of(moved, 3),), (NUMBER,), Engine())
    assert heard.text == ROW


def test_what_is_trusted_or_no_summary_is_left_alone() -> None:
    view, doubt = page(), {"sô": 0.3, "SÔ": 0.3, "V/v": 0.1}
    good = seen(ROW, doubted=doubt)
    shouted = seen("BÁO CÁO SÔ LƯỢNG", doubted=doubt)
    outside = seen(ROW.replace("số", "sô"), doubted=doubt)
    assert cleared(view, (good,), (NUMBER,), Engine()) == (good,)
    assert cleared(view, (shouted,), (NUMBER,), Engine()) == (shouted,)
    assert cleared(view, (outside,), (), Engine()) == (outside,)


def test_nothing_is_replaced_by_what_is_not_there() -> None:
    line = seen("báo cáo sô lượng", doubted={"sô": 0.3}, top=TOP + 200)
    assert cleared(page(), (line,), (NUMBER,), Engine()) == (line,)
