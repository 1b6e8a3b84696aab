"""Tesseract, called for real."""
from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ocr import tesseract
from ocr.engine import Engine, read_lines, upright_turn
from ocr.errors import EngineMissing, TimedOut
from tests.ocr import drawing

if TYPE_CHECKING:
    from ocr.image import Pixels


@pytest.fixture(scope="module")
def page() -> Pixels:
    return np.asarray(drawing.letter(200).convert("L"))


def test_lines_come_in_order_with_boxes_in_fractions_and_composed_letters(page: Pixels) -> None:
    lines = read_lines(page, 200, Engine())
    assert lines[0].text == drawing.LETTER[0]
    assert lines[-1].text == drawing.LETTER[-1]
    text = "\n".join(line.text for line in lines)
    assert text == unicodedata.normalize("NFC", text)
    first = lines[0].words[0]
    assert first.box.left == pytest.approx(1 / 8.27, abs=0.01)
    assert first.box.top == pytest.approx(0.93 / 11.69, abs=0.01)
    assert first.confidence > 0.8


def test_an_empty_picture_has_no_lines() -> None:
    assert read_lines(np.full((400, 300), 255, np.uint8), 150, Engine()) == ()


def test_which_side_is_up_is_answered_with_a_clockwise_turn(page: Pixels) -> None:
    assert upright_turn(np.ascontiguousarray(np.rot90(page)), Engine())[0] == 90
    assert upright_turn(np.full((400, 300), 255, np.uint8), Engine()) == (0, 0.0)


def test_missing_language_data_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing) as caught:
        read_lines(np.full((50, 50), 255, np.uint8), 150, Engine(tessdata=tmp_path))
    assert caught.value.temporary


def test_a_page_that_takes_too_long_is_given_up(page: Pixels) -> None:
    with pytest.raises(TimedOut):
        read_lines(page, 200, Engine(timeout_s=0.05))


def test_a_thread_that_ends_leaves_nothing_loaded_behind() -> None:
    picture = np.full((60, 60), 255, np.uint8)

    def loaded_again() -> tuple[int, int]:
        read_lines(picture, 150, Engine())
        before = len(tesseract._handles.known)
        tesseract.forget()
        after = len(tesseract._handles.__dict__)
        read_lines(picture, 150, Engine())
        tesseract.forget()
        return before, after

    with ThreadPoolExecutor(1) as other:
        assert other.submit(loaded_again).result() == (1, 0)
