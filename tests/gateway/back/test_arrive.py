"""What other offices send over the Exchange comes in once, durable before "done", and is answered once."""
from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gateway.document import RECALL_ASKED, Change, Door, Mover, Receipt, Role, Said, Stage
from gateway.errors import ExchangeDown
from gateway.exchange.edxml import Answered, write_parcel, write_status
from gateway.exchange.port import Body
from gateway.review.acts import Person, stop_secret
from gateway.steps.arrive import KNOWN, RESENT, SENDER_DIFFERS, UNREADABLE
from gateway.steps.open_message import UNSIGNED
from gateway.steps.secrecy import stop_for
from rules.field import Name, Secrecy
from tests.gateway.back.incoming import HOME, OTHER, PDF, SCHOOL, Back
from tests.gateway.exchange.altering import speaking_of_all

STRANGER = Body("H99.3", "Sở Tài chính tỉnh Mẫu")


def test_a_message_becomes_a_document_with_paper_fields_and_evidence(house: Back) -> None:
    parcel = house.write()
    assert house.poll() == 1
    document = house.documents()[0]
    assert (document.origin.door, document.unit, document.stage) == (Door.EXCHANGE, HOME.code, Stage.RECEIVED)
    assert document.paper is None
    document = house.opened(document)
    assert document.paper is not None
    assert house.vault.path(document.paper).read_bytes() == PDF
    values = {name: field.value for name, field in document.fields.items() if field.sure}
    assert values[Name.NUMBER] == "125"
    assert values[Name.DATE] == "2026-11-19"
    assert values[Name.ISSUER] == OTHER.name
    assert values[Name.URGENCY] == "Khẩn"
    assert UNSIGNED in document.remarks
    checked = json.loads(house.vault.path(document.file(Role.EVIDENCE) or "").read_text("utf-8"))
    assert checked["document_id"] == parcel.document_id
    assert "125.pdf" in checked["signatures"]
    arrival = house.store.arrivals.of(document.id)
    assert arrival is not None
    assert (arrival.sender, arrival.code) == (OTHER.code, "125/SNV")


def test_the_exchange_hears_done_only_when_all_is_written_down(house: Back, monkeypatch: pytest.MonkeyPatch) -> None:
    house.write()
    seen: list[int] = []
    monkeypatch.setattr(house.exchange, "settle", lambda *_, ok: seen.append(len(house.documents())))
    house.poll()
    assert seen == [1]
    assert house.store.arrivals.settled("p-1") is not None


def test_a_lost_done_and_a_second_packet_make_no_second_document(house: Back) -> None:
    parcel = house.write()
    settle, lost = house.exchange.settle, []

    def lose(*_: object, **__: object) -> None:
        lost.append(1)
        raise ExchangeDown

    house.exchange.settle = lose  # type: ignore[method-assign]
    with pytest.raises(ExchangeDown):
        house.poll()
    house.exchange.settle = settle  # type: ignore[method-assign]
    house.sandbox.faults["list_twice"] = 1
    house.poll()
    house.lay(write_parcel(parcel) + b"\n", "p-2")
    house.poll()
    assert len(house.documents()) == 1
    packet = house.store.arrivals.settled("p-2")
    assert packet is not None
    assert packet.outcome == KNOWN
    assert [one.code for one in house.store.answers.of(house.documents()[0].id)] == ["01"]


def test_the_same_number_with_other_files_is_told(house: Back) -> None:
    house.write()
    house.poll()
    house.opened(house.documents()[0])
    house.write("p-2", data=PDF + b"% another\n")
    house.poll()
    assert len(house.documents()) == 1
    assert RESENT in house.documents()[0].remarks


def test_each_unit_of_ours_gets_its_own_and_old_codes_are_known(house: Back) -> None:
    from gateway.exchange.port import Body

    house.write(to=(HOME, Body("005.00.01.H99", SCHOOL.name), OTHER))
    house.poll()
    assert sorted(one.unit for one in house.documents()) == [HOME.code, SCHOOL.code]
    assert house.tell() == 2
    assert sorted(one.receipt.from_code for one in house.said()) == [HOME.code, SCHOOL.code]


def test_a_message_that_names_no_unit_of_ours_is_the_offices(house: Back) -> None:
    house.write(to=(OTHER,))
    house.poll()
    assert [one.unit for one in house.documents()] == [HOME.code]


def test_what_cannot_be_read_is_kept_and_shown_to_a_person(house: Back) -> None:
    house.lay(b"<edXML>no</edXML>", "p-bad")
    assert house.poll() == 1
    assert house.documents() == []
    packet = house.store.arrivals.packets(for_person=True)[0]
    assert (packet.outcome, packet.exchange_id) == (UNREADABLE, "p-bad")
    assert house.vault.path(packet.sha256).read_bytes() == b"<edXML>no</edXML>"
    assert house.poll() == 0


def test_a_sender_that_the_axis_does_not_know_as_such_is_remarked(house: Back) -> None:
    house.lay(write_parcel(house.parcel()), "p-1", sender="H99.9")
    house.poll()
    assert SENDER_DIFFERS in house.documents()[0].remarks


def test_statuses_go_out_once_in_order_and_survive_an_axis_that_is_down(house: Back) -> None:
    house.write()
    house.poll()
    house.sandbox.faults["down"] = 1
    with pytest.raises(ExchangeDown):
        house.tell()
    document = house.proposed()
    document = house.record(document, Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK,
                                             take_register_number=True, says=(Said("03"),)), who="lan")
    assert document.register_number == "H99.1-2026.1"
    house.sandbox.faults["down"] = 0
    assert house.tell() == 0, "the next try has its time"
    house.at[0] = house.at[0].replace(hour=10)
    while house.tell():
        pass
    told = [(one.receipt.code, one.document_id, one.number, one.to_code) for one in house.said()]
    assert told == [(code, "H99.2,2026/11/19,125/SNV", "125/SNV", OTHER.code) for code in ("01", "03")]
    assert house.said()[0].receipt.at.hour == 9, "when it happened, not when it went out"


def test_a_lost_answer_to_a_status_repeats_the_same_bytes(house: Back) -> None:
    house.write()
    house.poll()
    house.sandbox.faults["cut"] = 1
    with pytest.raises(ExchangeDown):
        house.tell()
    house.at[0] = house.at[0].replace(hour=10)
    assert house.tell() == 1
    assert house.tell() == 0
    assert len(set(house.sandbox.heard)) == 1


def test_a_message_with_a_program_or_without_a_paper_waits_for_a_person(house: Back) -> None:
    house.write(data=b"\x7fELF and more")
    house.poll()
    document = house.opened(house.documents()[0])
    assert document.held is not None
    assert document.held.code == "part_held"
    house.write("p-2", number="126", data=b"just words, no PDF")
    house.poll()
    document = house.opened(next(one for one in house.documents() if "126" in one.origin.key))
    assert document.held is not None
    assert document.held.code == "no_paper"


def test_a_secrecy_mark_in_the_head_waits_before_anything_is_opened(house: Back) -> None:
    parcel = house.parcel()
    text = write_parcel(parcel).decode().replace("góp ý quy trình", "TUYỆT MẬT")
    house.lay(text.encode(), "p-1")
    house.poll()
    document = house.opened(house.documents()[0])
    assert document.held is not None
    assert document.held.code == "secrecy_unsure"
    assert [file.role for file in document.files] == [Role.ORIGINAL]


def test_two_processes_that_tell_at_once_tell_once(house: Back) -> None:
    house.write()
    house.poll()
    owed = house.store.answers.due(house.now())[0]
    assert house.store.answers.begin(owed, house.now())
    assert not house.store.answers.begin(owed, house.now())
    assert house.tell() == 0
    house.at[0] = house.at[0].replace(minute=3)
    assert house.tell() == 1, "the one that had it has died"


def test_one_status_may_ask_several_papers_back_but_only_those_of_its_sender(house: Back) -> None:
    for number in ("1", "2", "3"):
        house.write(f"p-{number}", number=number)
    foreign = replace(house.parcel("4"), sender=STRANGER, document_id=f"{STRANGER.code},2026/11/19,4/SNV")
    house.lay(write_parcel(foreign), "p-4", sender=STRANGER.code)
    house.poll()
    receipt = Receipt("13", house.now(), OTHER.code, OTHER.name, "Sai phụ lục")
    ids = ["H99.2,2020/01/01,1/LA", *(f"H99.2,2026/11/19,{number}/SNV" for number in "212"), foreign.document_id]
    said = [write_status(OTHER, Answered(HOME.code, one), receipt) for one in ids]
    house.lay(speaking_of_all(*said), "p-9", kind="status")
    house.poll()
    held = {one.origin.key for one in house.documents() if one.held is not None and one.held.code == RECALL_ASKED}
    assert held == {f"H99.2|H99.2,2026/11/19,{number}/SNV|{HOME.code}" for number in "12"}
    assert house.exchange.waiting("status") == []


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_13_a_recall_update_or_replacement_of_what_was_never_here_is_closed(house: Back, kind: int) -> None:
    house.lay(house.turned(house.parcel(number="77"), kind, "Sửa lại"), "p-7")
    house.poll()
    assert house.exchange.waiting("edoc") == []
    assert len(house.documents()) == (0 if kind == 1 else 1), "what brings a paper is taken in; a recall is shown"
    known = house.store.arrivals.settled("p-7")
    assert known is not None
    assert known.outcome == ("unknown_document" if kind == 1 else "taken")


def test_the_sender_hears_that_its_secret_paper_was_stopped_and_then_its_number_goes_too(house: Back) -> None:
    house.write("p-1", number="4711")
    house.poll()
    document = house.proposed()
    who = Person("lan", "Lan", frozenset({"clerk"}))
    house.record(document, stop_secret(document, who=who), who="lan")
    while house.tell():
        pass
    first, last = house.said()
    assert (first.receipt.code, last.receipt.code) == ("01", "02")
    assert last.document_id == "H99.2,2026/11/19,4711/SNV", "its sender knows it by that alone"
    assert "bí mật nhà nước" in last.receipt.reason
    arrival = house.store.arrivals.of(document.id)
    assert arrival is not None
    assert (arrival.sender, arrival.message_id, arrival.code, arrival.date) == ("H99.2", "", "", None)
    assert house.poll() == 0


def test_what_the_machine_stops_is_refused_by_nobody_but_its_number_goes(house: Back) -> None:
    house.write("p-1")
    house.poll()
    house.tell()
    document = house.documents()[0]
    change = stop_for(Secrecy.MARKED, document)
    assert change is not None
    house.record(document, change)
    assert house.tell() == 0
    arrival = house.store.arrivals.of(document.id)
    assert arrival is not None
    assert (arrival.message_id, arrival.code) == ("", "")
