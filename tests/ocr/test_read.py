"""Reading whole files: head first, words in place, nothing left behind."""
from __future__ import annotations

import difflib
import io
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from ocr.errors import Encrypted, TimedOut, TooLarge, Unreadable
from ocr.page import Page
from ocr.read import Options, look, look_head, picture, reading_from_json, reading_to_json
from ocr.remarks import SENTENCES, sentence
from ocr.sheets import Sheet
from ocr.triage import Kind
from ocr.view import View, view_of
from tests.ocr import drawing

TEXT = " ".join(drawing.LETTER)


def put(folder: Path, data: bytes, name: str = "in.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def wrong_share(page: Page) -> float:
    """Character errors against the letter, as a share."""
    said = page.text.replace("\n", " ")
    same = sum(block.size for block in difflib.SequenceMatcher(None, TEXT, said, autojunk=False).get_matching_blocks())
    return 1 - same / len(TEXT)


@pytest.mark.parametrize(("dpi", "fall"), [(200, 0.0), (200, 2.0), (300, -1.2)])
def test_clean_print_is_read_with_at_least_98_percent_of_the_characters(tmp_path: Path, dpi: int, fall: float) -> None:
    page = look(put(tmp_path, drawing.jpeg(drawing.letter(dpi, fall=fall), dpi))).pages[0]
    assert wrong_share(page) <= 0.02
    assert page.dpi == pytest.approx(dpi, abs=1)
    assert page.skew == pytest.approx(fall, abs=0.15)


def test_boxes_lie_on_the_stored_page_also_when_it_was_straightened(tmp_path: Path) -> None:
    level = look(put(tmp_path, drawing.jpeg(drawing.letter(200), 200))).pages[0]
    fallen = look(put(tmp_path, drawing.jpeg(drawing.letter(200, fall=2.0), 200))).pages[0]
    first, tilted = level.lines[-1].words[0], fallen.lines[-1].words[0]
    assert first.text == tilted.text
    # Two degrees about the middle of the page: what stands left of the middle rises, what stands above it moves right.
    assert tilted.box.center[1] < first.box.center[1]
    assert tilted.box.center[0] > first.box.center[0]
    assert abs(tilted.box.center[0] - first.box.center[0]) < 0.03


def test_the_head_comes_first_and_the_rest_continues_it(tmp_path: Path) -> None:
    path = put(tmp_path, drawing.tiff([drawing.letter(200), drawing.letter(200)], 200))
    head = look_head(path)
    assert [page.parts for page in head.pages] == [("head",)]
    assert drawing.LETTER[1] in head.pages[0].text
    steps: list[tuple[int, int]] = []
    whole = look(path, head=head, progress=lambda done, total: steps.append((done, total)))
    assert whole.pages[0].lines[: len(head.pages[0].lines)] == head.pages[0].lines
    assert [page.parts for page in whole.pages] == [("head", "body")] * 2
    assert steps == [(1, 2), (2, 2)]
    assert wrong_share(whole.pages[0]) <= 0.03


def test_the_page_made_ready_for_the_head_serves_the_rest_once_and_for_the_same_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Sheet] = []

    def counted(sheet: Sheet, rotation: int = 0, *, known: Page | None = None) -> View:
        made.append(sheet)
        return view_of(sheet, rotation, known=known)

    monkeypatch.setattr("ocr.view.view_of", counted)
    path = put(tmp_path, drawing.jpeg(drawing.letter(fall=1.0)))
    other_name = tmp_path / "other name"
    other_name.hardlink_to(path)
    head = look_head(path)
    whole = look(other_name, head=head)
    assert len(made) == 1
    assert look(path, head=head).pages == whole.pages
    assert len(made) == 2, "what was kept is kept no longer"
    look_head(path)
    look(put(tmp_path, path.read_bytes(), "a copy"), head=head)
    assert len(made) == 4, "another file, even of the same bytes"


def test_a_reading_survives_json_unchanged(tmp_path: Path) -> None:
    page = drawing.letter(200)
    drawing.stamp(page, "HỎA TỐC", (120, 560), color=(210, 30, 35), dpi=200)
    reading = look(put(tmp_path, drawing.jpeg(page, 200)))
    assert reading.pages[0].marks
    assert reading_from_json(reading_to_json(reading)) == reading
    with pytest.raises(ValueError, match="not a reading"):
        reading_from_json(b"{}")


@pytest.mark.parametrize("turn", [90, 180])
def test_a_page_on_its_side_or_head_is_turned(tmp_path: Path, turn: int) -> None:
    page = look(put(tmp_path, drawing.jpeg(drawing.letter(200).rotate(turn, expand=True), 200))).pages[0]
    assert page.rotation == turn
    assert wrong_share(page) <= 0.03
    assert page.width_mm == pytest.approx(210, abs=1)


def test_born_digital_words_are_taken_from_the_file(tmp_path: Path) -> None:
    page = look(put(tmp_path, drawing.text_pdf(["Quyet dinh ve viec ban hanh", "Dieu 1. Ban hanh kem theo"]))).pages[0]
    assert [line.text for line in page.lines] == ["Quyet dinh ve viec ban hanh", "Dieu 1. Ban hanh kem theo"]
    assert not page.picture_only
    assert page.lines[0].box.left == pytest.approx(72 / 595.28, abs=0.005)
    assert page.lines[0].box.bottom == pytest.approx(1 - 758 / 841.89, abs=0.01)


def test_a_signed_scan_is_read_from_its_picture_and_not_from_its_legend(tmp_path: Path) -> None:
    scan = drawing.with_signature_field(drawing.scan_pdf([drawing.letter(200)], 200), signed=True, visible_text=True)
    reading = look(put(tmp_path, scan))
    assert reading.triage.kind is Kind.SIGNED
    assert drawing.LETTER[3] in reading.pages[0].text


def test_text_in_a_font_of_old_is_read_from_the_picture_instead(tmp_path: Path) -> None:
    reading = look(put(tmp_path, drawing.text_pdf([r"\361\244n vÞ th\270ng n\250m \336\256 \271\240 nh\251n d\251n"])))
    assert reading.pages[0].picture_only


def test_a_blank_page_is_blank_and_every_remark_has_its_sentence(tmp_path: Path) -> None:
    reading = look(put(tmp_path, drawing.jpeg(drawing.blank())))
    assert reading.pages[0].blank
    assert set(reading.remarks) == {"low_resolution", "blank", "no_color"}
    for code in reading.remarks:
        assert sentence(code) == SENTENCES[code]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        look(put(tmp_path, b"PK\x03\x04"))
    with pytest.raises(TooLarge):
        look(put(tmp_path, drawing.text_pdf(["x"], pages=3)), Options(page_limit=2))
    with pytest.raises(TimedOut):
        look(put(tmp_path, drawing.jpeg(drawing.letter())), Options(time_limit_s=0.0))
    assert not issubclass(Encrypted, TimedOut)


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    look(put(tmp_path, drawing.jpeg(drawing.letter(200), 200)))
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_page_picture_is_the_same_every_time_and_turned_as_asked(tmp_path: Path, kind: str) -> None:
    path = put(tmp_path, drawing.scan_pdf([drawing.letter()]))
    data = picture(path, 1, 100, kind=kind)
    assert data == picture(path, 1, 100, kind=kind)
    for turned, size in ((data, (827, 1169)), (picture(path, 1, 100, rotation=90, kind=kind), (1169, 827))):
        with Image.open(io.BytesIO(turned)) as image:
            assert image.size == pytest.approx(size, abs=2)
    with pytest.raises(Unreadable):
        picture(path, 2, 100)
