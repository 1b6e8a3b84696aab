"""Types and their abbreviations, each in its time."""

from __future__ import annotations

import datetime as dt

import pytest

from ocr.page import Page
from rules.doc_type import abbreviations, find, of_symbol
from rules.head import take_apart
from tests.rules.test_propose import row

BEFORE, AFTER = dt.date(2020, 3, 4), dt.date(2020, 3, 5)


@pytest.mark.parametrize(
    ("symbol", "day", "name"),
    [
        ("QĐ-UBND", AFTER, "Quyết định"),
        ("ctr-UBND", AFTER, "Chương trình"),
        ("CTr-UBND", None, "Chương trình"),
        ("GGT-STC", AFTER, "Giấy giới thiệu"),
        ("GT-STC", BEFORE, "Giấy giới thiệu"),
        ("GT-STC", AFTER, None),
        ("GT-STC", None, "Giấy giới thiệu"),
        ("UBND-VP", BEFORE, None),
        ("UBND", BEFORE, None),
    ],
)
def test_an_abbreviation_counts_while_it_was_official(symbol: str, day: dt.date | None, name: str | None) -> None:
    assert of_symbol(symbol, day) == name


def test_the_decrees_types_have_abbreviations_and_the_official_letter_has_none() -> None:
    decree = "NQ QĐ CT QC QyĐ TC TB HD CTr KH PA ĐA DA BC BB TTr HĐ CĐ BGN BTT GUQ GM GGT GNP PG PC PB"

    assert set(decree.split()) <= set(abbreviations())
    assert "Công văn" not in abbreviations().values()


@pytest.mark.parametrize(("heading", "best"), [
    ("LỊCH CÔNG TÁC", "Lịch công tác"),  # no type of the lists: what the paper says, never sure
    ("KÍNH GỬI", "Công văn"),
    ("Lịch công tác tuần", "Công văn"),
])
def test_a_type_that_is_on_no_list_is_told_as_it_is_printed(heading: str, best: str) -> None:
    lines = (row("SỞ Y TẾ", 0.2, 0.07), row("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.5, 0.07),
             row("Số: 12/SYT-VP", 0.2, 0.11), row(heading, 0.5 - 0.007 * len(heading), 0.2))
    found = find(take_apart(Page(1, 210, 297, 300, lines)), "SYT-VP")
    assert found[0].value == best
    assert found[-1].value == "Công văn"
    assert (found[0].confidence < 0.6) == (best != "Công văn")
