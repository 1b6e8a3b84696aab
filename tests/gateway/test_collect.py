"""send, recall and collect against the rehearsal axis: what other offices say moves the Document, once."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.document import Change, Document, Held, Mover, Receipt, Recipient, Role, Stage
from gateway.errors import ExchangeDown, ExchangeRefused
from gateway.exchange.edxml import Answered, read_message, write_status
from gateway.exchange.port import Body, SentMark
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.sandbox_state import Packet
from gateway.exchange.vxp import Account, VxpExchange
from gateway.steps.collect import CollectTools, collect, weigh
from gateway.steps.recall import recall
from gateway.steps.send import SendTools, parcel_of, send
from tests.gateway.exchange.altering import speaking_of_all
from tests.gateway.papers import BODIES, Papers, now

HOME = Body("H99.1", "Ủy ban nhân dân xã Mẫu", "H99")


@dataclass
class Axis:
    """A rehearsal axis, the adapter that speaks with it, and Documents."""

    papers: Papers
    sandbox: Sandbox
    exchange: VxpExchange
    tried: bool = False

    @property
    def sending(self) -> SendTools:
        return SendTools(self.exchange, self.papers.vault, HOME, lambda _: None, lambda _: self.tried, now)

    @property
    def collecting(self) -> CollectTools:
        return CollectTools(self.exchange, self.papers.store, self.papers.vault)

    def say(self, document: Document, code: str, sender: str, reason: str = "") -> None:
        """A receiving body says something about a Document."""
        receipt = Receipt(code, now(), sender, sender, reason)
        message = write_status(Body(sender, sender), Answered(HOME.code, document.parcel_id), receipt)
        self.sandbox.state.keep_waiting(
            Packet(f"{sender}-{code}", "status", document.parcel_id, sender, HOME.code, 0.0), message)


@pytest.fixture
def axis(tmp_path: Path) -> Iterator[Axis]:
    papers = Papers.in_folder(tmp_path)
    sandbox = Sandbox(port=0, data=tmp_path / "axis", system="s", secret="geheim", organs=[HOME.code],
                      register_after=0.0)
    sandbox.start()
    exchange = VxpExchange(Account(endpoint=sandbox.url, system="s", secret="geheim", organ=HOME.code))
    yield Axis(papers, sandbox, exchange)
    exchange.close()
    sandbox.stop()
    papers.store.close()


def received(axis: Axis) -> list[Path]:
    return sorted((axis.sandbox.state.data / "received").glob("*.edxml"))


def test_the_parcel_carries_the_sealed_bytes_and_the_fields(axis: Axis) -> None:
    document = axis.papers.sealed()
    change = send(document, axis.sending)
    message = read_message(received(axis)[0].read_bytes())
    assert change.to is Stage.SENT
    assert change.exchange_id
    sealed = document.file(Role.SEALED)
    assert sealed is not None
    assert message.attachments[0].data == axis.papers.vault.path(sealed).read_bytes()
    assert (message.number, message.symbol, message.date) == ("125", "UBND-VP", dt.date(2026, 11, 19))
    assert {body.code for body in message.recipients} == {"H99.2", "H99.3"}
    assert message.document_id == document.parcel_id


def test_a_lost_answer_makes_no_second_letter(axis: Axis) -> None:
    document = axis.papers.sealed()
    axis.sandbox.faults["lose_answer"] = 1
    with pytest.raises(ExchangeDown):
        send(document, axis.sending)
    axis.tried = True
    change = send(document, axis.sending)
    assert change.to is Stage.SENT
    assert change.why
    assert len(received(axis)) == 1
    assert axis.sandbox.state.doubles() == 0


def test_what_cannot_be_sent_is_said(axis: Axis) -> None:
    with pytest.raises(ExchangeRefused):
        parcel_of(replace(axis.papers.sealed(), parcel_id=""), axis.sending)


def test_a_registered_document_is_delivered_and_its_receipts_are_kept(axis: Axis) -> None:
    document = axis.papers.sealed()
    document = axis.papers.record(document, send(document, axis.sending))
    assert collect(axis.collecting) == 4
    document = axis.papers.store.get(document.id)
    assert document.stage is Stage.DELIVERED
    assert {to.code: to.state for to in document.recipients} == {"H99.2": "03", "H99.3": "03"}
    assert len(axis.papers.store.receipts(document.id)) == 4
    assert len([file for file in document.files if file.role is Role.EVIDENCE]) == 4
    assert collect(axis.collecting) == 0


def test_the_same_receipt_again_changes_nothing(axis: Axis) -> None:
    document = axis.papers.sent()
    axis.say(document, "01", "H99.2")
    settle, axis.exchange.settle = axis.exchange.settle, lambda *_, **__: None  # type: ignore[method-assign]
    collect(axis.collecting)
    version = axis.papers.store.get(document.id).version
    collect(axis.collecting)
    assert axis.papers.store.get(document.id).version == version
    axis.exchange.settle = settle  # type: ignore[method-assign]
    assert collect(axis.collecting) == 1
    assert collect(axis.collecting) == 0


def test_an_answer_that_comes_before_sent_was_recorded_waits(axis: Axis) -> None:
    document = axis.papers.sealed()
    change = send(document, axis.sending)
    assert collect(axis.collecting) == 0
    axis.papers.record(document, change)
    assert collect(axis.collecting) == 4


def test_a_status_about_an_unknown_document_is_settled_and_kept(axis: Axis) -> None:
    document = replace(axis.papers.sent(), parcel_id="H99.1,2020/01/01,1/KHAC")
    axis.say(document, "03", "H99.2")
    assert collect(axis.collecting) == 1
    assert collect(axis.collecting) == 0


def test_refused_by_all_is_refused_and_by_one_is_not(axis: Axis) -> None:
    document = axis.papers.sent()
    axis.say(document, "02", "H99.2", "Sai nơi nhận.")
    collect(axis.collecting)
    assert axis.papers.store.get(document.id).stage is Stage.SENT
    axis.say(document, "02", "H99.3", "Không thuộc thẩm quyền.")
    collect(axis.collecting)
    document = axis.papers.store.get(document.id)
    assert document.stage is Stage.REFUSED
    assert document.reason == "Không thuộc thẩm quyền."


def asked_back(axis: Axis) -> Document:
    """As if the axis had been asked, and nobody had answered yet."""
    recalling = Change(what="recalling", to=Stage.RECALLING, by=Mover.CLERK)
    return axis.papers.record(axis.papers.record(axis.papers.sent(), recalling), Change(what="recall_asked"))


def test_what_is_said_while_receivers_are_being_asked_waits_so_that_they_are_asked_once(axis: Axis) -> None:
    document, store = axis.papers.sent(), axis.papers.store
    document = axis.papers.record(document, Change(what="recalling", to=Stage.RECALLING, by=Mover.CLERK))
    change = recall(document, axis.sending, store.events)
    assert change is not None
    assert collect(axis.collecting) == 0
    axis.papers.record(document, change)  # not Stale
    assert collect(axis.collecting) == 2
    assert store.get(document.id).stage is Stage.RECALLED
    held = Change(what="held", held=Held("exchange_refused", "x"))
    other = axis.papers.record(axis.papers.sent("b.pdf"), Change(what="recalling", to=Stage.RECALLING, by=Mover.CLERK))
    axis.papers.record(other, held)  # for a person: nothing is under way
    axis.say(other, "16", "H99.2", "Đã xử lý xong.")
    assert collect(axis.collecting) == 1


def test_a_recall_is_asked_once_and_ends_when_all_give_back(axis: Axis) -> None:
    document = axis.papers.sent(recipients=BODIES)
    document = axis.papers.record(document, Change(what="recalling", to=Stage.RECALLING, by=Mover.CLERK,
                                                   reason="Gửi nhầm."))
    change = recall(document, axis.sending, axis.papers.store.events)
    assert change is not None
    document = axis.papers.record(document, change)
    assert recall(document, axis.sending, axis.papers.store.events) is None
    collect(axis.collecting)
    document = axis.papers.store.get(document.id)
    assert document.stage is Stage.RECALLED
    assert {to.state for to in document.recipients} == {"15"}


def test_one_who_keeps_it_ends_the_recall(axis: Axis) -> None:
    document = asked_back(axis)
    axis.say(document, "16", "H99.2", "Đã xử lý xong.")
    collect(axis.collecting)
    document = axis.papers.store.get(document.id)
    assert document.stage is Stage.DELIVERED
    assert document.reason == "Đã xử lý xong."
    again = axis.papers.record(document, Change(what="recalling", to=Stage.RECALLING, by=Mover.CLERK))
    assert recall(again, axis.sending, axis.papers.store.events) is not None


def weighed(document: Document, *codes: str, sender: str = "H99.2") -> Document:
    """The recipients after these codes of one sender, in this order."""
    for code in codes:
        change = weigh(document, Receipt(code, now(), sender), document.files[0])
        document = replace(document, recipients=change.recipients or (), stage=change.to or document.stage)
    return document


def test_what_comes_late_does_not_turn_back(axis: Axis) -> None:
    document = weighed(axis.papers.sent(recipients=(Recipient("H99.2", "Sở"),)), "03", "01")
    assert (document.recipients[0].state, document.stage) == ("03", Stage.DELIVERED)


def test_a_stranger_says_nothing_about_the_recipients(axis: Axis) -> None:
    document = weighed(axis.papers.sent(), "03", sender="H77")
    assert {to.state for to in document.recipients} == {""}
    assert document.stage is Stage.SENT


def test_an_adapter_that_gives_no_mark_is_not_asked_the_first_time(axis: Axis) -> None:
    class Silent(VxpExchange):
        def find_sent(self, document_id: str) -> SentMark | None:
            raise AssertionError("asked")

    silent = Silent(Account(endpoint=axis.sandbox.url, system="s", secret="geheim", organ=HOME.code))
    assert send(axis.papers.sealed(), replace(axis.sending, exchange=silent)).to is Stage.SENT
    silent.close()


def test_a_stranger_cannot_end_a_recall(axis: Axis) -> None:
    document = asked_back(axis)
    axis.say(document, "16", "H77", "Giữ lại.")
    collect(axis.collecting)
    document = axis.papers.store.get(document.id)
    assert document.stage is Stage.RECALLING
    assert [receipt.from_code for receipt in axis.papers.store.receipts(document.id)] == ["H77"]
    assert "không phải nơi nhận" in axis.papers.store.events(document.id)[-1].why


def test_the_same_word_in_two_packets_is_one_receipt(axis: Axis) -> None:
    document = axis.papers.sent()
    message = write_status(Body("H99.2", "Sở"), Answered(HOME.code, document.parcel_id), Receipt("03", now(), "H99.2"))
    for name in ("a", "b"):
        axis.sandbox.state.keep_waiting(Packet(name, "status", document.parcel_id, "H99.2", HOME.code, 0.0), message)
    assert collect(axis.collecting) == 2
    assert len(axis.papers.store.receipts(document.id)) == 1


def test_one_status_about_several_documents_is_the_word_on_each(axis: Axis) -> None:
    first, second, unsent = axis.papers.sent("a.pdf"), axis.papers.sent("b.pdf"), axis.papers.sealed("c.pdf")
    change = send(unsent, axis.sending)
    ids = ("H88,2026/01/01,9/LA", first.parcel_id, second.parcel_id, first.parcel_id, unsent.parcel_id)
    receipt = Receipt("03", now(), "H99.2")
    said = [write_status(Body("H99.2", "Sở"), Answered(HOME.code, one), receipt) for one in ids]
    axis.sandbox.state.keep_waiting(Packet("p", "status", "x", "H99.2", HOME.code, 0.0), speaking_of_all(*said))
    store = axis.papers.store
    for _ in range(2):  # one is not sent by our own books, so the packet stays; what was taken in is so once
        assert "p" in {one.exchange_id for one in axis.exchange.waiting("status")}
        collect(axis.collecting)
        assert [store.get(one.id).stage for one in (first, second)] == [Stage.DELIVERED] * 2
    unsent = axis.papers.record(unsent, change)
    collect(axis.collecting)
    heard = [receipt.message_id for one in (first, second, unsent) for receipt in store.receipts(one.id)]
    assert heard.count("p") == 3
    assert not axis.exchange.waiting("status")


def test_an_office_may_answer_under_its_old_code(axis: Axis) -> None:
    axis.papers.store.directory.put([Body("H99.2", "Sở Nội vụ", old_code="000.00.02.H99")])
    document = axis.papers.sent()
    axis.say(document, "03", "000.00.02.H99")
    collect(axis.collecting)
    document = axis.papers.store.get(document.id)
    assert (document.stage, document.recipients[0].state) == (Stage.DELIVERED, "03")


@pytest.mark.parametrize("known_as", ["H99.1,2026-11-19,125/UBND-VP,{}", "18661"])
def test_a_status_is_matched_where_a_system_has_changed_the_id(axis: Axis, known_as: str) -> None:
    document = axis.papers.sent()
    about = Answered(HOME.code, known_as.format(document.id), "125/UBND-VP", dt.date(2026, 11, 19))
    message = write_status(Body("H99.2", "Sở"), about, Receipt("03", now(), "H99.2"))
    axis.sandbox.state.keep_waiting(Packet("p", "status", "x", "H99.2", HOME.code, 0.0), message)
    collect(axis.collecting)
    assert axis.papers.store.get(document.id).stage is Stage.DELIVERED


def test_two_documents_that_fit_are_not_guessed_between(axis: Axis) -> None:
    documents = [axis.papers.sent("a.pdf"), axis.papers.sent("b.pdf")]
    about = Answered(HOME.code, "18661", "125/UBND-VP", dt.date(2026, 11, 19))
    message = write_status(Body("H99.2", "Sở"), about, Receipt("03", now(), "H99.2"))
    axis.sandbox.state.keep_waiting(Packet("p", "status", "x", "H99.2", HOME.code, 0.0), message)
    assert collect(axis.collecting) == 1
    assert {axis.papers.store.get(document.id).stage for document in documents} == {Stage.SENT}


def test_a_status_that_the_axis_says_came_from_elsewhere_is_flagged(axis: Axis) -> None:
    document = axis.papers.sent()
    message = write_status(Body("H99.2", "Sở"), Answered(HOME.code, document.parcel_id), Receipt("03", now(), "H99.2"))
    for place, sender in enumerate(("H77.1", "00.53.W00")):
        axis.sandbox.state.keep_waiting(Packet(f"{place}", "status", "x", sender, HOME.code, 0.0), message)
    collect(axis.collecting)
    assert [event.why for event in axis.papers.store.events(document.id) if event.what == "receipt"] == [
        "Trục ghi nơi gửi trạng thái là H77.1. Hãy liên hệ nơi nhận để xác minh."]


def test_a_packet_that_cannot_be_fetched_does_not_keep_the_others_away(axis: Axis) -> None:
    document = axis.papers.sent()
    axis.say(document, "03", "H99.2")
    axis.sandbox.state.keep_waiting(Packet("0-gone", "status", "x", "H99.2", HOME.code, 0.0), b"junk")
    (axis.sandbox.state.data / "waiting" / "0-gone.edxml").unlink()
    assert collect(axis.collecting) == 1
    assert axis.papers.store.get(document.id).stage is Stage.DELIVERED
