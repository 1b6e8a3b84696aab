"""The gateway's own register."""
from __future__ import annotations

import datetime as dt

from gateway.document import VN, Document, Door, Origin, Recipient, Stage
from gateway.register import register_lines, register_number, register_year
from rules.field import Field, Name


def paper(number: str) -> Document:
    values = {Name.NUMBER: "125", Name.SYMBOL: "UBND-VP", Name.DATE: "2026-11-19", Name.SUBJECT: "rà soát"}
    return Document(
        id=number, stage=Stage.CONFIRMED, version=4, unit="H99.1", origin=Origin(Door.FOLDER, number), name="a.pdf",
        received_at=dt.datetime(2026, 11, 20, 20, 0, tzinfo=dt.UTC), register_number=number,
        fields={name: Field(name, value, 1.0, sure=True) for name, value in values.items()},
        recipients=(Recipient("H99.2", "Sở Nội vụ"), Recipient("H99.3", "Sở Y tế")))


def test_a_number_is_code_year_and_count() -> None:
    assert register_number("H99.1", 2026, 7) == "H99.1-2026.7"


def test_the_year_is_viet_nams() -> None:
    assert register_year(dt.datetime(2026, 12, 31, 17, 0, tzinfo=dt.UTC)) == 2027
    assert register_year(dt.datetime(2026, 12, 31, 23, 59, tzinfo=VN)) == 2026


def test_lines_stand_in_the_order_of_their_numbers_and_only_numbered_papers_have_one() -> None:
    lines = register_lines([paper("H99.1-2026.10"), paper(""), paper("H99.1-2026.9")])
    assert [line.number for line in lines] == ["H99.1-2026.9", "H99.1-2026.10"]
    assert (lines[0].received, lines[0].date, lines[0].symbol) == ("21/11/2026", "19/11/2026", "125/UBND-VP")
    assert lines[0].recipients == "Sở Nội vụ; Sở Y tế"
