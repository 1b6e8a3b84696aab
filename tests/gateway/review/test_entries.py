"""What a clerk types is cleaned, checked against the law's lengths and merged without losing the machine's reading."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest

from gateway.document import Recipient
from gateway.review import entries as form
from gateway.review.entries import Entries
from ocr.page import Box
from rules.field import Candidate, Evidence, Field, Name

TODAY = dt.date(2026, 11, 20)
SPOT = Evidence(1, Box(0.1, 0.1, 0.2, 0.12), "Số: 1698", "digits")
WHOLE = {
    Name.NUMBER: "1698",
    Name.SYMBOL: "UBND-KGVX",
    Name.DATE: "2019-04-09",
    Name.ISSUER: "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI",
    Name.DOC_TYPE: "Công văn",
    Name.SUBJECT: "khẩn trương triển khai",
}
SOMEBODY = (Recipient("H99.2", "Sở Nội vụ tỉnh Mẫu"),)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("9/4/2019", "2019-04-09"),
        ("09.04.2019", "2019-04-09"),
        ("09042019", "2019-04-09"),
        ("2019-04-09", "2019-04-09"),
    ],
)
def test_a_date_is_taken_in_every_form_a_clerk_types(typed: str, stored: str) -> None:
    assert form.clean(Name.DATE, typed) == stored


@pytest.mark.parametrize("typed", ["31/02/2019", "hôm qua", "9/4", "2019-13-01"])
def test_what_is_no_date_stays_as_typed_and_is_refused(typed: str) -> None:
    values = WHOLE | {Name.DATE: form.clean(Name.DATE, typed)}

    assert values[Name.DATE] == typed
    assert Name.DATE in form.problems(Entries(values, SOMEBODY), today=TODAY, fields={})


def test_letters_are_stored_composed_and_blanks_single() -> None:
    assert form.clean(Name.ISSUER, unicodedata.normalize("NFD", "  ỦY  BAN\u00a0nhân dân ")) == "ỦY BAN nhân dân"


def test_a_symbol_loses_its_blanks_and_long_dashes() -> None:
    assert form.clean(Name.SYMBOL, "UBND – HCC") == "UBND-HCC"


def test_printed_recipients_keep_their_lines() -> None:
    assert form.clean(Name.RECIPIENTS, " - Như trên;\r\n\r\n -  Lưu:  VT. ") == "- Như trên;\n- Lưu: VT."


def test_a_whole_form_has_no_problem() -> None:
    assert form.problems(Entries(WHOLE, SOMEBODY), today=TODAY, fields={}) == {}


@pytest.mark.parametrize("name", form.REQUIRED)
def test_each_required_field_is_missed_when_empty(name: Name) -> None:
    assert name in form.problems(Entries(WHOLE | {name: ""}, SOMEBODY), today=TODAY, fields={})


@pytest.mark.parametrize(("name", "limit"), form.LENGTHS.items())
def test_a_field_may_be_as_long_as_the_law_says_and_not_longer(name: Name, limit: int) -> None:
    assert name not in form.problems(Entries(WHOLE | {name: "ễ" * limit}, SOMEBODY), today=TODAY, fields={})
    assert name in form.problems(Entries(WHOLE | {name: "ễ" * (limit + 1)}, SOMEBODY), today=TODAY, fields={})


def test_a_date_of_tomorrow_is_refused_and_of_today_taken() -> None:
    assert Name.DATE in form.problems(Entries(WHOLE | {Name.DATE: "2026-11-21"}, SOMEBODY), today=TODAY, fields={})
    assert form.problems(Entries(WHOLE | {Name.DATE: "2026-11-20"}, SOMEBODY), today=TODAY, fields={}) == {}


def test_without_a_recipient_it_may_only_be_registered() -> None:
    assert "recipients" in form.problems(Entries(WHOLE), today=TODAY, fields={})
    assert form.problems(Entries(WHOLE, send=False), today=TODAY, fields={}) == {}


def test_an_unsure_field_must_be_looked_at_or_changed() -> None:
    fields = {Name.NUMBER: Field(Name.NUMBER, "1698", 0.6, sure=False, evidence=SPOT)}

    assert Name.NUMBER in form.problems(Entries(WHOLE, SOMEBODY), today=TODAY, fields=fields)
    assert form.problems(Entries(WHOLE, SOMEBODY, frozenset({Name.NUMBER})), today=TODAY, fields=fields) == {}
    assert form.problems(Entries(WHOLE | {Name.NUMBER: "1690"}, SOMEBODY), today=TODAY, fields=fields) == {}


def test_a_correction_keeps_what_the_machine_read_and_names_the_clerk() -> None:
    other = Candidate("1690", 0.3, SPOT)
    fields = {Name.NUMBER: Field(Name.NUMBER, "1698", 0.6, sure=False, evidence=SPOT, candidates=(other,))}

    number = form.merged(fields, {Name.NUMBER: "1690"}, who="lan")[Name.NUMBER]

    assert (number.value, number.sure) == ("1690", True)
    assert number.evidence is not None
    assert number.evidence.by == "lan"
    assert number.candidates == (Candidate("1698", 0.6, SPOT),)


def test_what_is_untouched_stays_the_machines() -> None:
    fields = {Name.NUMBER: Field(Name.NUMBER, "1698", 0.99, sure=True, evidence=SPOT)}

    assert form.merged(fields, {Name.NUMBER: "1698"}, who="lan") == fields
