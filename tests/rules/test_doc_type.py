"""Types and their abbreviations, each in its time."""

from __future__ import annotations

import datetime as dt

import pytest

from rules.doc_type import abbreviations, of_symbol

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
