"""The digit recogniser: what it may spell, how probabilities are put together, and what it reads on lines we draw."""
from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr import ctc
from ocr.digits import HEIGHT, WEIGHTS, Calibration, DigitReader, prepare, spread

FONTS = Path("/usr/share/fonts/truetype/liberation2")


def line_of(text: str, *, italic: bool = False, size: int = 38) -> NDArray[np.uint8]:
    """A printed line as the finder cuts it, 200 dpi."""
    face = FONTS / ("LiberationSerif-Italic.ttf" if italic else "LiberationSerif-Regular.ttf")
    if not face.is_file():
        pytest.skip("needs Debian's fonts-liberation2 (or fonts-liberation)")
    font = ImageFont.truetype(str(face), size)
    board = Image.new("L", (int(font.getlength(text)) + size, int(size * 1.65)), 255)
    ImageDraw.Draw(board).text((size // 2, int(size * 1.15)), text, fill=0, font=font, anchor="ls")
    return np.asarray(board, dtype=np.uint8)


def frames_of(spelled: str, *, doubt: dict[int, tuple[str, float]] | None = None) -> ctc.Frames:
    """Frames of a network that is sure of `spelled`; `doubt` names another character and its share at a position."""
    rows = []
    for place, char in enumerate(spelled):
        row = np.full(len(ctc.ALPHABET) + 1, 1e-4, dtype=np.float32)
        row[ctc.COLUMN[char]] = 1.0
        if doubt and place in doubt:
            other, share = doubt[place]
            row[ctc.COLUMN[char]], row[ctc.COLUMN[other]] = 1 - share, share
        blank = np.full(len(ctc.ALPHABET) + 1, 1e-4, dtype=np.float32)
        blank[0] = 1.0
        rows += [row, blank]
    table = np.stack(rows)
    return np.asarray(np.log(table / table.sum(axis=1, keepdims=True)), dtype=np.float32)


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    if not WEIGHTS.is_file():
        pytest.skip("no weights are installed")
    return DigitReader.load()


@pytest.mark.parametrize(
    ("spelled", "value"),
    [
        ("0098/", "0098"), ("3176B/", "3176B"), ("09/2025/", "09/2025"), ("/", ""), ("/2025/", ""), ("12", None),
        ("12/20", None),
    ],
)
def test_a_number_keeps_zeros_suffix_and_year_and_an_empty_place_stays_empty(spelled: str, value: str | None) -> None:
    assert ctc.number_value(spelled) == value


@pytest.mark.parametrize(
    ("spelled", "value"),
    [
        ("4|3|2018", "04|03|2018"), ("|12|2025", "|12|2025"), ("|12|", "|12|"), ("31|4|2020", None),
        ("29|2|2023", None), ("4|3", None),
    ],
)
def test_a_date_line_holds_days_of_the_calendar_only(spelled: str, value: str | None) -> None:
    assert ctc.date_value(spelled) == value


@pytest.mark.parametrize(
    ("kind", "spelled"),
    [
        ("number", "3176B/"), ("number", "20/2020/"), ("number", "/"), ("number", "1177/"), ("date", "9|10|2017"),
        ("date", "|12|2025"), ("date", "22|11|2022"),
    ],
)
def test_the_search_finds_what_the_frames_say(kind: ctc.Kind, spelled: str) -> None:
    assert ctc.search(frames_of(spelled), kind)[0] == spelled


def test_every_spelling_that_the_search_grows_stays_within_the_grammar() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        noise = rng.normal(0, 3, (30, len(ctc.ALPHABET) + 1)).astype(np.float32)
        frames = noise - np.log(np.exp(noise).sum(axis=1, keepdims=True))
        assert all(ctc.date_value(text) is not None for text in ctc.search(frames, "date"))
        assert all(ctc.number_value(text) is not None for text in ctc.search(frames, "number"))


def test_the_score_of_a_spelling_is_the_sum_over_its_alignments() -> None:
    frames = np.log(np.array([[0.6, 0.4], [0.5, 0.5]], dtype=np.float32))
    padded = np.full((2, len(ctc.ALPHABET) + 1), -50.0, dtype=np.float32)
    padded[:, [0, ctc.COLUMN["7"]]] = frames
    # "7" can be seen as 7-blank, blank-7 or 7-7.
    assert np.exp(ctc.score(padded, ["7"])[0]) == pytest.approx(0.4 * 0.5 + 0.6 * 0.5 + 0.4 * 0.5, rel=1e-4)


def test_spellings_of_one_day_share_their_probability() -> None:
    passes = [frames_of("4|3|2018"), frames_of("04|03|2018")]
    best, _, probability = spread(passes, "date")[0]
    assert best == "04|03|2018"
    assert probability > 0.9


def test_candidates_come_best_first_and_never_sum_to_more_than_one() -> None:
    ranked = spread([frames_of("381/", doubt={0: ("5", 0.3)})], "number")
    assert [value for value, _, _ in ranked[:2]] == ["381", "581"]
    assert sum(probability for _, _, probability in ranked) <= 1.0001


def test_the_alignment_shows_where_each_character_stands() -> None:
    assert ctc.align(frames_of("11/"), "11/") == [(0, 0), (2, 2), (4, 4)]


def test_calibration_moves_the_probability_and_keeps_its_order() -> None:
    mapped = [Calibration(0.8, 1.0)(value) for value in (0.0, 0.2, 0.5, 0.9, 1.0)]
    assert mapped == sorted(mapped)
    assert Calibration()(0.73) == pytest.approx(0.73)


def test_the_line_is_brought_to_the_networks_height_whatever_its_resolution() -> None:
    small, large = prepare(line_of("Số: 12/QĐ", size=20)), prepare(line_of("Số: 12/QĐ", size=60))
    assert small.shape[0] == large.shape[0] == HEIGHT
    assert abs(small.shape[1] - large.shape[1]) <= 8
    assert 0.0 <= small.min() <= small.max() <= 1.2


def test_missing_weights_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        DigitReader.load(tmp_path / "digits.onnx")


@pytest.mark.parametrize("number", ["01", "342", "1849", "2016", "5060"])
def test_printed_numbers_are_read(reader: DigitReader, number: str) -> None:
    seen = reader.read(line_of(f"Số: {number}/SYT-NVY"), "number")
    assert seen.guesses[0].text == number
    assert seen.guesses[0].probability > 0.8


@pytest.mark.parametrize("number", ["1003", "2006", "4007"])
def test_equal_digits_that_stand_close_are_not_taken_for_one(reader: DigitReader, number: str) -> None:
    line = Image.fromarray(line_of(f"Số: {number}/QĐ-UBND"))
    narrow = np.asarray(line.resize((line.width // 2, line.height), Image.Resampling.BOX))
    assert reader.read(narrow, "number").guesses[0].text == number


@pytest.mark.parametrize("date", [("01", "02", "2018"), ("27", "3", "2018"), ("8", "12", "2026"), ("30", "4", "2024")])
def test_printed_dates_are_read(reader: DigitReader, date: tuple[str, str, str]) -> None:
    day, month, year = date
    seen = reader.read(line_of(f"ang, ngày {day} tháng {month} năm {year}", italic=True), "date")
    assert seen.guesses[0].text == f"{day.zfill(2)}|{month.zfill(2)}|{year}"
    assert not seen.handwritten


def test_an_empty_number_stays_empty(reader: DigitReader) -> None:
    seen = reader.read(line_of("Số:          /QĐ-UBND"), "number")
    assert seen.guesses[0].text == ""
    assert seen.span == (0.0, 1.0)


def test_an_empty_day_stays_empty(reader: DigitReader) -> None:
    seen = reader.read(line_of("Huế, ngày        tháng 12 năm 2025", italic=True), "date")
    assert seen.guesses[0].text == "|12|2025"


def test_the_span_covers_the_digits(reader: DigitReader) -> None:
    line = line_of("Số: 2016/SYT-NVY")
    left, right = reader.read(line, "number").span
    before, digits = line_of("Số: ").shape[1] - 38, line_of("2016").shape[1] - 38
    start, stop = (before + 19) / line.shape[1], (before + digits + 19) / line.shape[1]
    assert left == pytest.approx(start, abs=0.06)
    assert right == pytest.approx(stop, abs=0.06)


def test_a_line_takes_a_few_milliseconds_a_pass(reader: DigitReader) -> None:
    line = line_of("Kiên Giang, ngày 27 tháng 3 năm 2018", italic=True)
    reader.read(line, "date")
    began = time.process_time()
    for _ in range(5):
        reader.read(line, "date")
    assert (time.process_time() - began) / 5 < 0.25
