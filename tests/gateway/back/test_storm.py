"""The return path under trouble: cut off at every step, an axis that fails, and both databases."""
from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.document import Change, Mover, Said, Stage
from gateway.errors import ExchangeError
from gateway.exchange.edxml import read_message, write_parcel
from gateway.exchange.folder import FolderExchange
from gateway.exchange.port import StatusMessage
from gateway.steps.arrive import arrive
from gateway.steps.tell import TellTools, tell
from tests.gateway.back.incoming import HOME, SCHOOL, Back, back


class CutOff(BaseException):
    """The process dies here."""


def dying(call: Callable[..., object], *, after: bool) -> Callable[..., object]:
    """Dies at its first call, before or after the work."""
    calls: list[int] = []

    def once(*arguments: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == 1 and not after:
            raise CutOff
        result = call(*arguments, **named)
        if len(calls) == 1:
            raise CutOff
        return result

    return once


STEPS = ("exchange.fetch", "vault.put", "store.receive", "store.arrivals.put", "store.arrivals.note",
         "exchange.settle", "store.record")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_cut_off_at_any_step_nothing_is_lost_and_nothing_is_double(house: Back, monkeypatch: pytest.MonkeyPatch,
                                                                   step: str, after: bool) -> None:
    first = house.write("p-0", number="1", to=(SCHOOL,))
    house.poll()
    house.lay(house.turned(house.parcel(number="2", to=(SCHOOL,)), 2, "Sửa lại",
                           f"<edXML:DocumentId>{first.document_id}</edXML:DocumentId>"), "p-1")
    *path, name = step.split(".")
    target: object = house
    for part in path:
        target = getattr(target, part)
    monkeypatch.setattr(target, name, dying(getattr(target, name), after=after))
    with pytest.raises(CutOff):
        house.poll()
    house.poll()
    house.poll()
    documents = house.documents()
    assert len(documents) == 2
    old = next(one for one in documents if one.held)
    new = next(one for one in documents if not one.held)
    assert old.held is not None
    assert old.held.code == "update_asked"
    arrival = house.store.arrivals.of(new.id)
    assert arrival is not None
    assert arrival.earlier == (old.id,)
    assert [one.code for one in house.store.answers.of(new.id)] == ["01"]
    assert house.exchange.waiting("edoc") == []


def test_forty_documents_through_an_axis_that_fails_come_in_once_and_are_answered_once(house: Back) -> None:
    chance = random.Random(6)
    for number in range(40):
        house.write(f"p-{number}", number=str(number + 1), to=(SCHOOL,))
    for _ in range(100):
        fault = chance.choice(["http_500", "cut", "list_twice", "", ""])
        if fault:
            house.sandbox.faults[fault] += 1
        try:
            house.poll()
            house.tell()
        except ExchangeError:
            house.at[0] += dt.timedelta(minutes=1)
    house.sandbox.faults.clear()
    house.at[0] += dt.timedelta(hours=1)
    house.poll()
    while house.tell():
        pass
    documents = house.documents()
    assert len(documents) == len({one.origin.key for one in documents}) == 40
    assert {one.state for document in documents for one in house.store.answers.of(document.id)} == {"sent"}
    assert {message.document_id for message in house.said()} == {
        f"H99.2,2026/11/19,{number + 1}/SNV" for number in range(40)}
    assert len(set(house.sandbox.heard)) == 40, "what was said again was the same message"


def test_the_return_path_on_both_databases(url: str, tmp_path: Path) -> None:
    with back(tmp_path, url) as house:
        house.write(to=(SCHOOL,))
        house.poll()
        document = house.proposed()
        document = house.record(document, Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK,
                                                 take_register_number=True, says=(Said("03"),)), who="lan")
        house.record(document, Change(what="filed", to=Stage.FILED, by=Mover.CLERK), who="lan")
        while house.tell():
            pass
        house.ask_back(house.parcel(to=(SCHOOL,)), "p-9")
        house.poll()
        document = house.store.get(document.id)
        assert document.frozen
        house.record(document, Change(what="given_back", to=Stage.RECALLED, by=Mover.CLERK, withdraw=True, release=True,
                                      says=(Said("15", key="1"),)), who="lan")
        while house.tell():
            pass
        assert [message.receipt.code for message in house.said()] == ["01", "03", "15"]
        assert house.store.numbers.of([document.id])[document.id].number == 1
        assert {one.event for one in house.store.notices.of(document.id)} == {"handed", "withdrawn"}


def test_the_folder_interchange_brings_and_takes_as_well(house: Back, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    exchange = FolderExchange(shared, HOME)
    (shared / "in" / "a.edxml").write_bytes(write_parcel(house.parcel(to=(SCHOOL,))))
    (shared / "in" / "b.edxml").write_bytes(b"nothing that can be read")
    arriving = replace(house.arriving, exchange=exchange)
    assert arrive(arriving) == 2
    assert arrive(arriving) == 0
    assert [file.name for file in (shared / "done").iterdir()] == ["a.edxml"]
    assert [file.name for file in (shared / "fail").iterdir()] == ["b.edxml"]
    telling = TellTools(exchange, house.store, {SCHOOL.code: SCHOOL}.__getitem__, house.now)
    assert tell(telling) == 1
    message = read_message(next((shared / "out").iterdir()).read_bytes())
    assert isinstance(message, StatusMessage)
    assert (message.receipt.code, message.receipt.from_code, message.number) == ("01", SCHOOL.code, "125/SNV")
