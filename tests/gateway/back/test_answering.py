"""A paper of ours that answers one that came in: its sender is told in ResponseFor, the follow-up register names it."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest

from gateway.document import ANSWER, Change, Document, Mover, Stage
from gateway.duties import answers_of, turn_of
from gateway.errors import Incomplete
from gateway.exchange.edxml import EdocMessage, read_message, write_parcel
from gateway.periods import days
from gateway.registers import COLUMNS, Register, Wanted, sheet_of
from gateway.review.acts import Person
from gateway.review.relate import Relation, find_earlier, relate
from gateway.steps.send import SendTools, parcel_of
from tests.gateway.back.incoming import HOME, SCHOOL, Back
from tests.gateway.papers import Papers

CLERK = Person("lan", "Lan", frozenset({"clerk"}))
REPLY, UNTIL = 5, 3
"""Places of the columns."""


def came_in(house: Back) -> Document:
    house.write("p-1", number="88")
    house.poll()
    document = house.record(house.proposed(), Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK,
                                                     take_register_number=True), who="lan")
    return house.record(document, Change(what="filed", to=Stage.FILED, by=Mover.CLERK), who="lan")


def answering(house: Back, said: str) -> Document:
    document = Papers(house.store, house.vault).confirmed("tra-loi.pdf")
    earlier = find_earlier(house.store, document, said, "answer")
    return house.record(document, relate(document, Relation(earlier, "answer"), who=CLERK), who="lan")


def test_the_answer_stands_in_the_message_and_in_the_follow_up_register(house: Back) -> None:
    asked = came_in(house)
    document = answering(house, "88/SNV")
    (row,) = house.store.turns.of(document.id)
    assert (row.earlier, row.kind, row.by) == (asked.id, ANSWER, "lan")
    sealed = Papers(house.store, house.vault).sealed("other.pdf")
    tools = SendTools(house.exchange, house.vault, HOME, lambda _: None, lambda _: False, house.now,
                      turn=partial(turn_of, house.store), answers=lambda _: answers_of(house.store, document))
    parcel = parcel_of(sealed, tools)
    (about,) = parcel.answers
    assert (about.to_code, about.document_id, about.code, about.date) == (
        "H99.2", "H99.2,2026/11/19,88/SNV", "88/SNV", dt.date(2026, 11, 19))
    assert parcel.turn is None, "an answer is a new document"
    wanted = Wanted(register=Register.FOLLOW_UP, unit=HOME, parent="", span=days(
        dt.date(2026, 11, 1), dt.date(2026, 11, 30)).span)
    (line,) = sheet_of(house.store, wanted).rows
    assert COLUMNS[Register.FOLLOW_UP][REPLY].title == "Số, ký hiệu văn bản trả lời"
    assert line[REPLY] == "125/UBND-VP"


def test_several_papers_are_answered_at_once_and_each_is_named_once(house: Back) -> None:
    """Three messages, one of them for two of our units; and a paper that came by another way."""
    for number, to in (("88", (HOME,)), ("89", (HOME, SCHOOL)), ("90", (HOME,))):
        house.write(f"p-{number}", number=number, to=to)
    house.poll()
    papers = Papers(house.store, house.vault)
    document = papers.confirmed("tra-loi.pdf")
    came = [*house.documents()[:4], papers.confirmed("den.pdf", ())]
    for earlier in (*came, came[0]):  # said twice of one
        document = house.record(document, relate(document, Relation(earlier, "answer"), who=CLERK), who="lan")
    answered = answers_of(house.store, document)
    assert sorted(one.code for one in answered) == ["88/SNV", "89/SNV", "90/SNV"]
    raw = write_parcel(replace(house.parcel(), answers=answered))
    message = read_message(raw)
    assert isinstance(message, EdocMessage)
    assert message.responds_to == answered
    assert raw.count(b"<edXML:ResponseFor>") == 3


def test_a_paper_that_came_another_way_is_answered_without_a_word_to_the_exchange(house: Back) -> None:
    papers = Papers(house.store, house.vault)
    scan = papers.confirmed("den.pdf", ())
    document = answering(house, scan.register_number)
    assert turn_of(house.store, document) is None
    assert answers_of(house.store, document) == ()


def test_what_never_came_in_cannot_be_answered(house: Back) -> None:
    came_in(house)
    document = Papers(house.store, house.vault).confirmed("tra-loi.pdf")
    for said in ("89/SNV", "", "125/UBND-VP"):
        with pytest.raises(Incomplete):
            find_earlier(house.store, document, said, "answer")
