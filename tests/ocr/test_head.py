"""Finding the number line and the date line in the head, and reading them from whole pages."""
from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr import read
from ocr.digits import WEIGHTS
from ocr.head import HeadLine, cut, find_head_lines
from ocr.page import Box, Word

SAMPLES = Path(__file__).parents[2] / "samples"
PAGE: NDArray[np.uint8] = np.full((2340, 1654), 255, dtype=np.uint8)
DATE = [("Kiên", 900), ("Giang,", 980), ("ngày", 1080), ("tháng", 1230), ("10", 1330), ("năm", 1380), ("2017", 1450)]
HEIGHTS = {"năm": (0.7, 0.0), "ngày": (0.69, 0.22), "tháng": (0.69, 0.22)}


def word(text: str, left: float, base: float, em: float = 36.0) -> Word:
    """A word standing on `base`, pixels of PAGE."""
    above, below = HEIGHTS.get(text, (0.69, 0.0))
    high, wide = PAGE.shape
    right = left + em * 0.5 * len(text)
    return Word(text, Box(left / wide, (base - above * em) / high, right / wide, (base + below * em) / high), 0.9)


def row(words: list[tuple[str, float]], base: float) -> list[Word]:
    return [word(text, left, base) for text, left in words]


def found(words: list[Word]) -> dict[str, HeadLine]:
    return {line.kind: line for line in find_head_lines(PAGE, words)}


def holds(line: HeadLine, x: float, base: float) -> bool:
    """Does the line's cut hold the pixel half an em above this place of the base line?"""
    x, y = x / PAGE.shape[1], (base - 18) / PAGE.shape[0]
    return line.box.left < x < line.box.right and line.box.top < y < line.box.bottom


def test_number_and_date_are_found_by_their_print() -> None:
    lines = found([*row([("Số:", 250), ("/SYT-NVY", 430)], 290), *row(DATE, 300)])
    assert holds(lines["number"], 340, 290)
    assert holds(lines["number"], 440, 290)
    assert all(holds(lines["date"], x, 300) for x in (1180, 1340, 1460))


def test_the_issuers_so_is_not_the_numbers_so() -> None:
    issuer = row([("SỞ", 280), ("Y", 350), ("TẾ", 390)], 230)
    lines = found([*issuer, *row([("Số:", 250), ("/QĐ-SYT", 430)], 290), *row(DATE, 300)])
    assert holds(lines["number"], 340, 290)


def test_an_incoming_stamp_with_its_own_number_and_day_is_left_alone() -> None:
    stamp = row([("CV", 200), ("ĐẾN", 260)], 480)
    stamp += [*row([("Số:", 200), ("2352", 270)], 530), *row([("Ngày:", 200), ("21/3/18", 300)], 580)]
    lines = found([*row([("Số:", 250), ("/CT-UBND", 430)], 290), *row(DATE, 300), *stamp])
    assert holds(lines["number"], 340, 290)
    assert holds(lines["date"], 1180, 300)


def test_numbers_and_days_of_running_text_are_left_alone() -> None:
    body = row([("Căn", 250), ("cứ", 320), ("Quyết", 370), ("định", 460), ("số", 540), ("12/QĐ-UBND", 590)], 900)
    body += row([("ngày", 800), ("tháng", 930), ("năm", 1080)], 900)
    lines = found([*row([("Số:", 250), ("/CT-UBND", 430)], 290), *row(DATE, 300), *body])
    assert holds(lines["number"], 340, 290)
    assert holds(lines["date"], 1180, 300)


def test_a_number_line_whose_so_is_unreadable_is_found_by_its_symbol() -> None:
    lines = found([*row([("/SYT-NVY", 430)], 290), *row(DATE, 300)])
    assert holds(lines["number"], 340, 290)


def test_a_number_line_without_any_word_is_looked_for_beside_the_date() -> None:
    assert holds(found(row(DATE, 300))["number"], 400, 300)


def test_a_date_line_without_its_ngay_still_holds_the_day() -> None:
    lines = found([word for word in row(DATE, 300) if word.text != "ngày"])
    assert holds(lines["date"], 1180, 300)


def test_a_page_without_these_words_has_no_lines() -> None:
    assert found(row([("Kính", 300), ("gửi:", 400), ("Các", 480), ("đơn", 560), ("vị", 640)], 700)) == {}


def test_a_slanting_line_is_cut_level() -> None:
    page = PAGE.copy()
    slope = 0.03
    for x in range(900, 1600):
        y = round(300 + (x - 900) * slope)
        page[y - 3 : y, x] = 0
    words = [word(text, left, 300 + (left - 900) * slope) for text, left in DATE]
    line = next(line for line in find_head_lines(page, words) if line.kind == "date")
    rows = np.flatnonzero((cut(page, line) < 128).mean(axis=1) > 0.5)
    assert line.slope == pytest.approx(slope, abs=0.01)
    assert len(rows)


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="no weights are installed")
@pytest.mark.parametrize("name", [
    "cong-van-ra-soat.pdf", "cong-van-dau-den.jpg", "hoa-toc-bao-lu.pdf", "so-de-trong.pdf", "thong-bao-nghi-le.png",
    "quyet-dinh-to-cong-tac.pdf",
])
def test_the_samples_heads_are_read(name: str) -> None:
    path = SAMPLES / name
    expected = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))["fields"]
    hand = {line.kind: line for line in read.look_head(path).pages[0].hand}
    year, month, day = expected["date"].split("-")
    assert hand["number"].guesses[0].text == expected.get("number", "")
    assert hand["date"].guesses[0].text == f"{day}|{month}|{year}"
