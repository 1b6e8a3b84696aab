"""Lost answers: the first true time of sending stays, other recipients get what they lack, and an axis that cannot be
asked is not given the same paper twice (interchange.md §11, §13.1)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from gateway.document import Change, Document, Held, Mover, Receipt, Recipient, Stage
from gateway.duties import began, readdressed, tried
from gateway.errors import ExchangeDown, ExchangeRefused, ExchangeUnsure, GatewayError
from gateway.exchange.edxml import Answered, EdocMessage, read_message, write_status
from gateway.exchange.folder import FolderExchange
from gateway.exchange.langson import LangSonExchange, Login
from gateway.exchange.net import Line
from gateway.exchange.port import Body, Exchange, SentMark
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.vxp import Account, VxpExchange
from gateway.legs import code_of
from gateway.pipeline import NET_LANE, Task
from gateway.steps.collect import CollectTools, collect
from gateway.steps.send import SendTools, parcel_of, send
from tests.gateway.exchange.langson_axis import LangSonAxis
from tests.gateway.papers import Papers
from tests.gateway.papers import now as clock

HOME = Body("H99.1", "Ủy ban nhân dân xã Mẫu", "H99")
A, B, C = (Recipient(f"H99.{n}", f"Sở {n}") for n in (2, 3, 4))


@dataclass
class House:
    """One store, tries written down as the engine does, and any Exchange."""

    papers: Papers
    exchange: Exchange
    minutes: int = 0

    def now(self) -> dt.datetime:
        return clock() + dt.timedelta(minutes=self.minutes)

    @property
    def tools(self) -> SendTools:
        store = self.papers.store
        return SendTools(self.exchange, self.papers.vault, HOME, store.directory.get, partial(tried, store), self.now,
                         began=partial(began, store), readdressed=partial(readdressed, store))

    def turn(self, document: Document) -> Document:
        """One try, as gateway.legs runs it; half an hour goes by."""
        attempt = self.papers.store.attempt(document.id, f"send:{document.version}", self.now())
        task = Task("send", lambda one: send(one, self.tools), NET_LANE, 60, 1)
        try:
            change = task.run(document)
            outcome = "done"
        except GatewayError as error:
            change, outcome = None, code_of(error)
            raise
        finally:
            self.papers.store.attempt_done(attempt, outcome, self.now())
            self.minutes += 30
        assert change is not None
        return self.papers.record(document, change)

    def readdress(self, document: Document, *to: Recipient) -> Document:
        return self.papers.record(document, Change(what="readdressed", by=Mover.CLERK, recipients=to, release=True))

    def went_out(self, document: Document) -> dt.datetime:
        return self.papers.store.sendings.of([document.id])[document.id]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    box = Sandbox(port=0, data=tmp_path / "axis", system="s", secret="k", organs=[HOME.code], register_after=0.0)
    box.start()
    yield box
    box.stop()


@pytest.fixture
def house(papers: Papers, sandbox: Sandbox) -> Iterator[House]:
    exchange = VxpExchange(Account(endpoint=sandbox.url, system="s", secret="k", organ=HOME.code))
    yield House(papers, exchange)
    exchange.close()


def messages(box: Sandbox) -> list[EdocMessage]:
    found = [read_message(path.read_bytes()) for path in sorted((box.state.data / "received").glob("*.edxml"))]
    return [one for one in found if isinstance(one, EdocMessage)]


def test_the_first_true_time_of_sending_stays_and_every_try_is_the_same_message(house: House, sandbox: Sandbox) -> None:
    document, first = house.papers.sealed(), house.now()
    sandbox.faults.order({"http_500": 1})
    with pytest.raises(ExchangeDown):
        house.turn(document)
    sandbox.faults.order({"lose_answer": 1})
    with pytest.raises(ExchangeDown):
        house.turn(document)
    raw = next((sandbox.state.data / "received").glob("*.edxml")).read_bytes()
    stamp = first.strftime("<edXML:Timestamp>%Y/%m/%d %H:%M:")
    assert stamp.encode() in raw, "both tries bear the time of the first"
    document = house.turn(document)
    assert document.stage is Stage.SENT
    assert abs(house.went_out(document) - first) < dt.timedelta(minutes=1), "not an hour later, when it was found"
    recalling = Change(what="recalling", to=Stage.RECALLING, by=Mover.CLERK, reason="Gửi nhầm.")
    document = house.papers.record(document, recalling)
    house.papers.record(document, Change(what="receipt", to=Stage.SENT, by=Mover.OFFICE, sent_at=house.now()))
    assert abs(house.went_out(document) - first) < dt.timedelta(minutes=1)


def test_after_a_certain_refusal_the_time_begins_anew(house: House, sandbox: Sandbox) -> None:
    document = house.papers.sealed()
    sandbox.faults.order({"refuse": 1})
    with pytest.raises(ExchangeRefused):
        house.turn(document)
    later = house.now()
    assert abs(house.went_out(house.turn(document)) - later) < dt.timedelta(minutes=1)


def test_other_recipients_after_a_lost_answer_get_what_they_lack_and_nobody_gets_it_twice(
        house: House, sandbox: Sandbox) -> None:
    document = house.papers.sealed(recipients=(A, B))
    sandbox.faults.order({"lose_answer": 1})
    with pytest.raises(ExchangeDown):
        house.turn(document)
    document = house.turn(house.readdress(document, B, C))
    assert document.stage is Stage.SENT
    assert {to.code for to in document.recipients} == {"H99.2", "H99.3", "H99.4"}, "A has it, so it is told of"
    first, second = messages(sandbox)
    assert [[body.code for body in one.recipients] for one in (first, second)] == [["H99.2", "H99.3"], ["H99.4"]]
    assert first.document_id == second.document_id == document.parcel_id
    assert sandbox.state.doubles() == 0
    assert "Nay gửi thêm tới: H99.4" in house.papers.store.events(document.id)[-1].why
    collect(CollectTools(house.exchange, house.papers.store, house.papers.vault))
    document = house.papers.store.get(document.id)
    assert {to.state for to in document.recipients} == {"03"}


def test_the_same_recipients_named_again_send_nothing_again(house: House, sandbox: Sandbox) -> None:
    document = house.papers.sealed(recipients=(A, B))
    sandbox.faults.order({"lose_answer": 1})
    with pytest.raises(ExchangeDown):
        house.turn(document)
    document = house.turn(house.readdress(document, B, A))
    assert len(messages(sandbox)) == 1
    assert len(document.recipients) == 2


def test_an_axis_that_does_not_say_whom_it_reached_is_taken_at_its_word_and_a_person_is_told(
        house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    document = house.papers.sealed(recipients=(A,))
    monkeypatch.setattr(VxpExchange, "find_sent", lambda *_: SentMark("x"))
    house.papers.store.attempt(document.id, "send:1", house.now())
    document = house.turn(house.readdress(document, B))
    assert document.stage is Stage.SENT
    assert "văn bản cập nhật" in house.papers.store.events(document.id)[-1].why


def test_the_shared_folder_knows_whom_it_reached_as_well(papers: Papers, tmp_path: Path) -> None:
    house = House(papers, FolderExchange(tmp_path / "shared", HOME))
    document = papers.sealed(recipients=(A, B))
    house.exchange.send(parcel_of(document, house.tools))
    papers.store.attempt(document.id, "send:1", house.now())
    document = house.turn(house.readdress(document, B, C))
    to = [[body.code for body in one.recipients] for path in (tmp_path / "shared" / "out").iterdir()
          if isinstance(one := read_message(path.read_bytes()), EdocMessage)]
    assert sorted(to) == [["H99.2", "H99.3"], ["H99.4"]]
    assert {to.code for to in document.recipients} == {"H99.2", "H99.3", "H99.4"}


@pytest.fixture
def axis() -> Iterator[LangSonAxis]:
    with LangSonAxis() as axis:
        yield axis


@pytest.fixture
def province(papers: Papers, axis: LangSonAxis) -> Iterator[House]:
    login = Login(system="sys", secret="key", user="vanthu", password="mật khẩu", application="QLVB",
                  organ=HOME.code, organ_name=HOME.name)
    exchange = LangSonExchange(login, Line(axis.url, seconds=3))
    yield House(papers, exchange)
    exchange.close()


@pytest.mark.parametrize("how", ["cut", "half", "late"])
def test_an_axis_without_a_list_is_not_given_the_paper_again_by_the_machine(
        province: House, axis: LangSonAxis, how: str) -> None:
    document, axis.lose = province.papers.sealed(recipients=(A,)), how
    with pytest.raises(ExchangeUnsure, match="không tự gửi lần hai") as unsure:
        province.turn(document)
    assert not unsure.value.temporary
    assert len(axis.sent) == 1


def test_what_has_not_left_is_simply_tried_again(province: House, axis: LangSonAxis) -> None:
    document = province.papers.sealed(recipients=(A,))
    axis.broken = "x"
    with pytest.raises(ExchangeDown):
        province.turn(document)
    axis.broken = ""
    assert province.turn(document).stage is Stage.SENT
    assert len(axis.sent) == 1
    dead = LangSonExchange(Login(system="s", secret="k", user="u", password="p", application="a", organ="H99.1"),
                           Line("http://127.0.0.1:9", seconds=3))
    with pytest.raises(ExchangeDown):
        replace(province, exchange=dead).turn(province.papers.sealed("b.pdf", (A,)))
    dead.close()


def test_the_word_of_a_receiver_proves_that_it_arrived(province: House, axis: LangSonAxis) -> None:
    document, axis.lose = province.papers.sealed(recipients=(A,)), "cut"
    with pytest.raises(ExchangeUnsure) as unsure:
        province.turn(document)
    document = province.papers.record(document, Change(what="held", held=Held("exchange_unsure", str(unsure.value))))
    taking = CollectTools(province.exchange, province.papers.store, province.papers.vault)
    assert collect(taking) == 0
    assert province.papers.store.get(document.id).held is not None
    axis.give("p1", "status", write_status(Body(A.code, A.name), Answered(HOME.code, document.parcel_id),
                                           Receipt("03", province.now(), A.code)))
    collect(taking)
    document = province.papers.store.get(document.id)
    assert document.held is None
    document = province.turn(document)
    assert document.stage is Stage.SENT
    assert len(axis.sent) == 1
    collect(taking)
    assert province.papers.store.get(document.id).stage is Stage.DELIVERED


def test_a_person_may_send_it_again_under_the_same_id(province: House, axis: LangSonAxis) -> None:
    document, axis.lose = province.papers.sealed(recipients=(A,)), "cut"
    with pytest.raises(ExchangeUnsure):
        province.turn(document)
    document = province.turn(province.papers.record(document, Change(what="retried", release=True)))
    assert document.stage is Stage.SENT
    assert axis.sent[0] == axis.sent[1], "the same message, byte for byte"
