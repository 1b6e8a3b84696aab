"""Stamps of urgency, secrecy and receipt."""
from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr import marks
from ocr.engine import Engine
from ocr.page import Box, Line, Mark, Word
from ocr.paper import PaperSize
from ocr.read import look_head
from ocr.sheets import Sheet
from ocr.view import View, view_of
from tests.ocr import drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARED = Path(__file__).parents[3] / "shared"
RED, BLACK = (208, 32, 38), (15, 15, 15)


def view(page: Image.Image, dpi: float = 200) -> View:
    pixels = np.ascontiguousarray(np.asarray(page)[:, :, ::-1])
    return view_of(Sheet(pixels, dpi, PaperSize(210, 297), dpi))


def line(text: str, *, height: float = 0.012, places: Sequence[float] = ()) -> Line:
    words, left = [], 0.1
    for number, part in enumerate(text.split()):
        left = places[number] if places else left
        words.append(Word(part, Box(left, 0.2, left + 0.012 * len(part), 0.2 + height), 0.9))
        left += 0.012 * len(part) + 0.006
    return Line(tuple(words), words[0].box.union(words[-1].box))


@pytest.mark.parametrize("text", ["HỎA TỐC", "KHẨN", "MẬT", "TỐI MẬT", "TUYỆT MẬT", "THƯỢNG KHẨN"])
@pytest.mark.parametrize(("color", "turn"), [(RED, 0.0), (RED, 4.0), (BLACK, -5.0), (BLACK, 2.0)])
def test_a_framed_stamp_is_read_whatever_its_colour_and_slant(
    text: str, color: tuple[int, int, int], turn: float
) -> None:
    page = drawing.letter(200)
    drawing.stamp(page, text, (150, 1000), color=color, turn=turn, dpi=200)
    found = marks.find_marks(view(page), (), Engine())
    assert [mark.text for mark in found] == [text]
    assert found[0].framed
    assert (found[0].red > 0.8) == (color == RED)
    assert found[0].box.overlap(Box(150 / page.width, 1000 / page.height, 0.25, 0.46)) > 0.5


@pytest.mark.parametrize(("color", "turn"), [(RED, 3.0), (BLACK, 0.0), (BLACK, -4.0)])
def test_a_stamp_set_down_over_text_is_told_even_where_nobody_can_read_it(color: tuple[int, int, int], turn: float,
                                                                          ) -> None:
    page = drawing.letter(200)
    over = ImageDraw.Draw(page)
    for row in range(4):
        over.text((190, 950 + 36 * row), "kính đề nghị các cơ quan, đơn vị triển khai thực hiện", fill=BLACK,
                  font=drawing.face(13, 200))
    drawing.stamp(page, "MẬT", (230, 965), color=color, turn=turn, dpi=200)
    found = marks.find_marks(view(page), (), Engine())
    assert [mark.text in ("MẬT", marks.UNREAD) and mark.framed for mark in found] == [True]


def test_a_frame_with_print_of_its_own_and_a_table_are_no_marks() -> None:
    page = drawing.letter(200)
    pen = ImageDraw.Draw(page)
    pen.rectangle((200, 900, 560, 980), outline="black", width=4)
    for at in range(4):
        pen.line((200, 1050 + 60 * at, 1400, 1050 + 60 * at), fill="black", width=3)
    for at in range(5):
        pen.line((200 + 300 * at, 1050, 200 + 300 * at, 1230), fill="black", width=3)
    box = Box(220 / page.width, 915 / page.height, 540 / page.width, 965 / page.height)
    printed = Line((Word("Người ký: Sở Nội vụ", box, 0.9),), box)
    assert marks.find_marks(view(page), (printed,), Engine()) == ()


def test_a_letter_without_stamps_has_no_marks() -> None:
    page = drawing.letter(200)
    drawing.seal(page, 0.6, 0.4, 200)
    assert marks.find_marks(view(page), (), Engine()) == ()


@pytest.mark.parametrize(
    ("said", "text"),
    [("HOẢ TỐC", "HỎA TỐC"), ("[Hỏa rốc]", "HỎA TỐC"), ("HÓA TÔC »", "HỎA TỐC"), ("KHÂN", "KHẨN"), ("mật", "MẬT"),
     ("TỐI MÂT", "TỐI MẬT"), ("Đến", "ĐẾN"), ("MÃT HÀNG", ""), ("BẢO MẬT", ""), ("KHÁCH HÀNG", ""), ("", "")],
)
def test_the_standard_spelling_forgives_what_engines_do_to_stamps(said: str, text: str) -> None:
    assert marks.standard_spelling(said) == text


@pytest.mark.parametrize(
    ("text", "places", "mark"),
    [("KHẨN", (), "KHẨN"), ("| HỎA TỐC |", (), "HỎA TỐC"), ("ĐẾN Số: 2352", (), "ĐẾN"),
     ("KHẨN Kính gửi: Sở Y tế", (0.1, 0.4, 0.46, 0.52, 0.55, 0.58), "KHẨN"), ("Khẩn", (), ""),
     ("MẬT độ dân số tăng", (), ""), ("CÔNG ĐIỆN KHẨN", (), ""), ("công tác bảo mật", (), "")],
)
def test_the_word_stands_alone_in_capitals_or_is_no_mark(text: str, places: tuple[float, ...], mark: str) -> None:
    found = marks.find_marks(None, (line(text, places=places),), None)
    assert [one.text for one in found] == ([mark] if mark else [])


@pytest.mark.skipif(not (SHARED / "corpus").is_dir(), reason="../shared/corpus is not here")
def test_real_stamps_of_urgency_are_found() -> None:
    truth = [json.loads(row) for row in (SHARED / "corpus/truth.jsonl").read_text(encoding="utf-8").splitlines()]
    urgent = [row for row in truth if row["urgency"]][::2]  # `make eval` looks at all
    calm = [row for row in truth if not row["urgency"]][::30]

    def urgency(row: dict[str, str]) -> list[Mark]:
        page = look_head(SHARED / "corpus/scans" / row["file"]).pages[0]
        return [mark for mark in page.marks if mark.text != "ĐẾN"]

    assert sum(row["urgency"].upper() in [mark.text for mark in urgency(row)] for row in urgent) >= len(urgent) - 1
    assert [row["file"] for row in calm if urgency(row)] == []
