"""Lines kept from confirmed papers, weights in use and the way back, the office's curve; learning where PyTorch is."""
from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from gateway.cli import main
from gateway.document import Change, Document, Mover, Role, Stage
from gateway.learning import LearnFolder, curve, harvest
from ocr.digits import WEIGHTS, DigitReader
from ocr.read import look_head
from ocr.reading import Reading, reading_to_json
from rules.field import Field, Name
from tests.gateway.papers import FIELDS, Papers

SCAN = Path(__file__).resolve().parents[2] / "samples" / "dau-de-1167.pdf"
NUMBER, DATE = "1167", "2019-06-07"


@pytest.fixture(scope="module")
def reading() -> Reading:
    return look_head(SCAN)


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers.in_folder(tmp_path)


def confirmed(papers: Papers, reading: Reading, number: str = NUMBER, *, mark: bytes = b"") -> Document:
    document = papers.received("thu.pdf", SCAN.read_bytes() + mark)
    words = papers.vault.put(io.BytesIO(reading_to_json(reading)), role=Role.WORDS, media_type="application/json",
                             name="w.json")
    document = papers.record(document, Change(what="read", to=Stage.READ, kind="scan", pages=1, files=(words,)))
    values = {Name.NUMBER: number, Name.DATE: DATE}
    fields = FIELDS | {name: Field(name, value, 1.0, sure=True) for name, value in values.items()}
    document = papers.record(document, Change(what="proposed", to=Stage.PROPOSED, fields=fields))
    return papers.record(document, Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, confirmed_by="lan"))


def test_the_sample_says_what_this_test_confirms(reading: Reading) -> None:
    assert {line.kind: line.guesses[0].text for line in reading.pages[0].hand} == {
        "number": NUMBER, "date": "07|06|2019"}


def test_a_confirmed_paper_gives_its_two_lines_once(papers: Papers, reading: Reading, tmp_path: Path) -> None:
    confirmed(papers, reading)
    folder = LearnFolder(tmp_path / "learn")
    first, again = harvest(papers.store, papers.vault, folder), harvest(papers.store, papers.vault, folder)
    assert (first.fresh, first.known) == (2, 0)
    assert (again.fresh, again.known) == (0, 1)
    kept = {label.kind: (picture, label) for picture, label in folder.labels()}
    assert kept["number"][1].value == NUMBER
    assert kept["date"][1].value == "07|06|2019"
    # What was kept is the line itself: the recogniser reads it as it read the page.
    for kind, (picture, label) in kept.items():
        left, top, right, bottom = label.inner
        grey = np.asarray(cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)[top:bottom, left:right]
        assert DigitReader.load().read(grey, "date" if kind == "date" else "number").guesses[0].text == label.value


def test_a_value_that_was_corrected_later_is_kept_anew(papers: Papers, reading: Reading, tmp_path: Path) -> None:
    document = confirmed(papers, reading, "1161")
    folder = LearnFolder(tmp_path / "learn")
    harvest(papers.store, papers.vault, folder)
    document = papers.record(document, Change(what="reopened", to=Stage.PROPOSED, by=Mover.CLERK))
    right = document.fields | {Name.NUMBER: replace(document.fields[Name.NUMBER], value=NUMBER)}
    papers.record(document, Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, fields=right))
    assert harvest(papers.store, papers.vault, folder).fresh == 2
    assert {label.value for _, label in folder.labels()} == {NUMBER, "07|06|2019"}


def test_a_paper_without_words_or_with_a_number_that_cannot_be_spelled_gives_no_line(
        papers: Papers, reading: Reading, tmp_path: Path) -> None:
    papers.confirmed("khong-chu.pdf")
    confirmed(papers, reading, "12a")
    folder = LearnFolder(tmp_path / "learn")
    found = harvest(papers.store, papers.vault, folder)
    assert (found.fresh, found.without) == (1, 1)
    assert [label.kind for _, label in folder.labels()] == ["date"]


def test_the_way_back_leads_from_set_to_set_and_ends_at_the_shipped_weights(tmp_path: Path) -> None:
    folder = LearnFolder(tmp_path)
    assert folder.weights() is None
    for name in ("20261101-080000", "20261108-080000"):
        (folder.sets / name).mkdir(parents=True)
        shutil.copyfile(WEIGHTS, folder.sets / name / "digits.onnx")
        folder.put(name)
    assert folder.weights() == folder.sets / "20261108-080000" / "digits.onnx"
    assert folder.back() == "20261101-080000"
    assert folder.back() == ""
    assert folder.back() == ""
    assert folder.weights() is None


def test_a_name_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "current").write_text("../../tmp", "utf-8")
    assert LearnFolder(tmp_path).weights() is None


def test_the_curve_counts_right_sure_and_wrong_by_month(papers: Papers, reading: Reading) -> None:
    confirmed(papers, reading)
    confirmed(papers, reading, "1161", mark=b"\n%2")
    (month,) = curve(papers.store, papers.vault).values()
    assert (month["number"].of, month["number"].right) == (2, 1)
    assert (month["date"].of, month["date"].right) == (2, 2)
    assert month["number"].sure_wrong == month["number"].sure / 2


def test_the_command_keeps_lines_shows_the_curve_and_says_what_is_missing(
        tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "var"
    data.mkdir()
    monkeypatch.setenv("VANTHU_DATA", str(data))
    confirmed(Papers.in_folder(data), reading)
    assert main(["learn", "--keep-only"]) == 0
    assert "Mẫu chữ mới: 2." in capsys.readouterr().out
    assert main(["learn", "--curve", "--json"]) == 0
    assert json.loads(capsys.readouterr().out).popitem()[1]["number"]["of"] == 1
    assert main(["learn", "--back"]) == 0
    assert "kèm theo chương trình" in capsys.readouterr().out
    assert main(["learn"]) == 1  # two lines are no lesson; without PyTorch it says that first
    assert capsys.readouterr().err.strip().endswith("chạy lại.")
    monkeypatch.setenv("VANTHU_LEARN_ENABLED", "false")
    assert main(["learn", "--keep-only"]) == 1
    assert "learn.enabled" in capsys.readouterr().err
