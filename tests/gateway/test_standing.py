"""The legal order of what a receiver says (R-144): late, doubled, skipped and impossible words are all borne."""
from __future__ import annotations

import datetime as dt
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document import VN, Receipt, Recipient, Stage
from gateway.steps.standing import FOLLOWS, heard, stage_after

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=VN)
CODES = ("01", "02", "03", "04", "05", "06", "15", "16")


def after(*codes: str, asked: bool = False) -> str:
    to = Recipient("H99.2", "Sở")
    for code in codes:
        to = heard(to, Receipt(code, NOON, "H99.2"), asked=asked)
    return to.state


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        (("01", "03", "04", "05", "06"), "06"), (("03", "05"), "05"), (("05", "03"), "05"), (("06",), "06"),
        (("03", "01", "01"), "03"), (("01", "02"), "02"), (("02", "01"), "02"), (("02", "03"), "03"),
        (("03", "02"), "03"), (("99", "7", ""), ""),
    ],
)  # fmt: skip
def test_the_chain_goes_forward_only(codes: tuple[str, ...], state: str) -> None:
    assert after(*codes) == state


@pytest.mark.parametrize(("codes", "state"), [
    (("03", "15"), "15"), (("15", "05"), "15"), (("05", "16"), "16"), (("16", "06"), "06"), (("16", "15"), "15"),
    (("02", "15"), "15"), (("02", "16"), "02"),
])
def test_the_branches_of_a_recall(codes: tuple[str, ...], state: str) -> None:
    assert after(*codes, asked=True) == state


def test_an_answer_to_what_nobody_asked_is_only_a_remark() -> None:
    to = heard(Recipient("H99.2", "Sở", "03"), Receipt("15", NOON, "H99.2", reason="Đã cập nhật"), asked=False)
    assert (to.state, to.note) == ("03", "Đã cập nhật")


@pytest.mark.parametrize("said", [("01", "03", "04", "05", "06"), ("01", "02"), ("01", "03", "06")])
def test_any_order_leads_to_the_same_standing(said: tuple[str, ...]) -> None:
    assert len({after(*order) for order in permutations(said)}) == 1


@given(st.lists(st.sampled_from((*CODES, "13", "99", "")), max_size=12), st.booleans())
def test_nothing_that_is_said_ever_fails_and_said_twice_is_said_once(codes: list[str], asked: bool) -> None:
    doubled = [code for code in codes for _ in range(2)]
    assert after(*codes, asked=asked) == after(*doubled, asked=asked)
    assert after(*codes, asked=asked) in FOLLOWS


def test_a_document_is_refused_when_all_refuse_and_taken_back_when_all_that_have_it_give_it() -> None:
    one, two = Recipient("A", "a", "02"), Recipient("B", "b", "02")
    word = Receipt("02", NOON, "A")
    assert stage_after(Stage.SENT, [one, two], word) is Stage.REFUSED
    assert stage_after(Stage.SENT, [one, Recipient("B", "b", "01")], word) is None
    back = Receipt("15", NOON, "B")
    assert stage_after(Stage.RECALLING, [one, Recipient("B", "b", "15")], back) is Stage.RECALLED
    assert stage_after(Stage.RECALLING, [one, two], word) is Stage.RECALLED
    assert stage_after(Stage.RECALLING, [one, Recipient("B", "b", "05")], word) is None
    assert stage_after(Stage.DELIVERED, [one], word) is None
