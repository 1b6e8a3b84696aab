"""What the digit recogniser is trained on and judged by (the training itself needs PyTorch and is not run here)."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.ctc import date_value, number_value
from ocr.digits import HEIGHT
from ocr.training import judge, lines
from ocr.training.corpus import RealLine
from ocr.training.glyphs import Glyphs
from ocr.training.strokes import TEMPLATES, spline

if not (lines.PRINT / lines.FACES["upright"]).is_file():
    pytest.skip("needs Debian's fonts-liberation2 (or fonts-liberation)", allow_module_level=True)


def imagined(seed: int, count: int = 60) -> list[lines.Example]:
    rng = np.random.default_rng(seed)
    return [lines.example(Glyphs(), rng) for _ in range(count)]


def answer(probability: float, *, right: bool, kind: str = "number") -> judge.Answer:
    return judge.Answer("n", "kg000", kind, "found", True, "12", "12" if right else "13", probability, "", 0.9)


def test_the_same_seed_imagines_the_same_lines() -> None:
    one, two = imagined(7, 10), imagined(7, 10)
    assert [row.spelled for row in one] == [row.spelled for row in two]
    assert all(np.array_equal(a.ink, b.ink) for a, b in zip(one, two, strict=True))


def test_imagined_lines_spell_what_a_reading_may_say_and_know_where_each_character_stands() -> None:
    for row in imagined(3):
        assert row.ink.shape[0] == HEIGHT
        if not row.spelled:
            continue
        value = date_value(row.spelled) if "|" in row.spelled else number_value(row.spelled)
        assert value is not None or "|" in row.spelled  # 31 February may be written, and is never read
        places = [place for place, _ in row.places]
        assert len(places) == len(row.spelled)
        assert places == sorted(places)


def test_imagined_lines_hold_empty_places_suffixes_and_years() -> None:
    spelled = [row.spelled for row in imagined(11, 400)]
    assert any(text == "/" for text in spelled)
    assert any(text.startswith("|") for text in spelled)
    assert any(text[-2:-1] in "ABC" and text.endswith("/") for text in spelled if len(text) > 1)
    assert any(text.count("/") == 2 for text in spelled)


def test_a_real_date_may_be_spelled_with_and_without_leading_zeros() -> None:
    grey = np.zeros((10, 10), dtype=np.uint8)
    line = RealLine("x", "x", "date", grey, (0, 0, 10, 10), "04|03|2018", True, "found")
    assert set(line.spellings) == {"04|03|2018", "4|03|2018", "04|3|2018", "4|3|2018"}


def test_every_digit_has_more_than_one_way_to_be_written() -> None:
    assert all(len(TEMPLATES[digit]) > 1 for digit in "0123456789")
    points = np.array(TEMPLATES["2"][0][0])
    curve = spline(points)
    assert np.allclose(curve[0], points[0])
    assert np.allclose(curve[-1], points[-1])


def test_calibration_raises_probabilities_that_are_too_low_and_lowers_those_too_high() -> None:
    modest = [answer(0.7, right=True) for _ in range(60)] + [answer(0.7, right=True, kind="date") for _ in range(60)]
    rows = judge.calibration(modest)
    assert judge.calibrated(0.7, rows["number"]) > 0.85
    boastful = [answer(0.95, right=place % 2 == 0, kind=kind) for place in range(60) for kind in ("number", "date")]
    assert judge.calibrated(0.95, judge.calibration(boastful)["date"]) < 0.7


def test_the_table_counts_right_answers_by_office() -> None:
    table = judge.table([answer(0.9, right=True), answer(0.9, right=False), answer(0.9, right=True, kind="date")])
    assert table["right"]["found number kg/kl"] == [1, 2]
    assert table["errors"] == ["n 12 -> 13 (0.90)"]
