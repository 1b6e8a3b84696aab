"""Codes in both orders, and what the mergers have closed (Decision 09/2025/QĐ-TTg)."""

from __future__ import annotations

import datetime as dt

import pytest

from rules.codes import closed, level_one

TODAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("code", "first"),
    [("H19", "H19"), ("H19.151", "H19"), ("000.00.19.H19", "H19"), ("002.00.20.h13", "H13"), ("G22.99", "G22"),
     ("00.53.W00", ""), ("vxp.saas.03", ""), ("", "")],
)  # fmt: skip
def test_level_one_is_found_in_both_orders(code: str, first: str) -> None:
    assert level_one(code) == first


@pytest.mark.parametrize(
    ("code", "successor"),
    [("H33", "H01"), ("H33.12", "H01"), ("000.00.12.H33", "H01"), ("K33", "K01"), ("H10", "H19"), ("G04", "G17"),
     ("G14.3", "G06"), ("G24", "")],
)  # fmt: skip
def test_a_closed_code_has_a_successor(code: str, successor: str) -> None:
    found = closed(code, TODAY)
    assert found is not None
    assert found.successor == successor


@pytest.mark.parametrize("code", ["H01", "H01.151", "G10", "G06.1", "H99.2", "00.53.W00"])
def test_an_open_or_unknown_code_is_not_closed(code: str) -> None:
    assert closed(code, TODAY) is None


def test_a_code_is_judged_on_the_day() -> None:
    assert closed("H33", dt.date(2025, 6, 30)) is None
    assert closed("H33", dt.date(2025, 7, 1)) is not None
