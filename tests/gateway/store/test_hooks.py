"""What programs are told: one row an event and address, in order, one call at a time, nothing lost."""
from __future__ import annotations

import datetime as dt
import json

from gateway.document import Change, Mover, Receipt, Stage
from gateway.store.hooks import GIVEN_UP, SENT, WAITING, OwedCall
from gateway.store.store import Store
from tests.gateway.store.making import NOON, proposed, sent

URL = "https://chuong-trinh.example.vn/nhan"
SOON, LATER = NOON + dt.timedelta(seconds=30), NOON + dt.timedelta(minutes=2)


def hooked(store: Store, url: str = URL, unit: str = "H99.1") -> int:
    return store.hooks.make(unit, url, by="quan-tri", at=NOON).id


def begun(store: Store, now: dt.datetime = NOON) -> OwedCall:
    call = store.hooks.due(now)[0]
    assert store.hooks.begin(call, now, now + dt.timedelta(minutes=1))
    return call


def test_each_move_is_owed_once_to_each_address_of_the_unit(store: Store) -> None:
    hooked(store)
    hooked(store, "https://khac.example.vn/")
    hooked(store, unit="H99.7")
    document = sent(store)
    events = [call.event for call in store.hooks.of(document.id)]
    assert events == [f"document.{stage}" for stage in ("proposed", "confirmed", "sealed", "sent") for _ in range(2)]
    assert len({call.key for call in store.hooks.of(document.id)}) == 8


def test_a_receipt_is_told_once_and_its_words_stay_here(store: Store) -> None:
    hooked(store)
    document = sent(store)
    said = Receipt("03", NOON, "H99.2", reason="Trích yếu của văn bản", message_id="m1")
    change = Change(what="receipt", to=Stage.DELIVERED, by=Mover.OFFICE, receipts=(said,))
    document = store.record(document, change, who="H99.2")
    store.record(document, Change(what="receipt", receipts=(said,)), who="H99.2")
    told = store.hooks.of(document.id)[4:]
    assert [call.event for call in told] == ["document.receipt", "document.delivered"]
    assert json.loads(told[0].body)["data"] == {
        "document": document.id, "unit": "H99.1", "stage": "delivered",
        "receipt": {"code": "03", "from": "H99.2", "at": "2026-11-20T05:00:00.000+00:00"}}
    assert "Trích yếu" not in told[0].body


def test_the_same_address_again_is_the_same_and_an_ended_one_is_told_nothing(store: Store) -> None:
    assert hooked(store) == hooked(store)
    store.hooks.end(hooked(store), NOON)
    assert store.hooks.of(proposed(store).id) == []
    assert store.hooks.open() == []


def test_one_call_at_a_time_goes_to_an_address_also_of_two_units(store: Store) -> None:
    hooked(store)
    hooked(store, unit="H99.7")
    proposed(store, "a")
    proposed(store, "b", unit="H99.7")
    call = begun(store)
    assert store.hooks.due(NOON) == []
    store.hooks.sent(call, NOON)
    other = store.hooks.due(NOON)[0]
    assert other.document != call.document
    assert not store.hooks.begin(call, NOON, SOON), "it has arrived"


def test_of_one_document_calls_go_in_order_and_another_document_overtakes(store: Store) -> None:
    hooked(store)
    first = sent(store, "a")
    second = proposed(store, "b")
    call = begun(store)
    store.hooks.failed(call, "Máy chủ không trả lời.", rests_until=SOON, again_at=LATER)
    assert store.hooks.due(NOON) == [], "the address rests"
    assert [one.document for one in store.hooks.due(SOON)] == [second.id]
    store.hooks.sent(begun(store, SOON), SOON)
    assert store.hooks.due(SOON) == []
    again = store.hooks.due(LATER)[0]
    assert (again.document, again.event, again.key, again.tries) == (first.id, "document.proposed", call.key, 1)


def test_what_was_cut_off_goes_again_under_the_same_key(store: Store) -> None:
    hooked(store)
    proposed(store)
    call = begun(store)
    assert store.hooks.due(LATER)[0].key == call.key, "its process has not been heard of"
    store.hooks.cut_off()
    again = begun(store)
    assert again.key == call.key
    store.hooks.failed(call, "muộn", rests_until=LATER, again_at=None)
    store.hooks.sent(again, NOON)
    assert [one.state for one in store.hooks.of(call.document)] == [SENT]


def test_what_was_given_up_is_counted_and_tried_anew_on_demand(store: Store) -> None:
    hook = hooked(store)
    document = proposed(store)
    store.hooks.failed(begun(store), "Máy chủ trả lời 500.", rests_until=SOON, again_at=None)
    assert store.hooks.due(LATER) == []
    assert store.hooks.given_up() == store.hooks.tally(hook).given_up == 1
    assert store.hooks.tally(hook).trouble == "Máy chủ trả lời 500."
    assert store.hooks.of(document.id)[0].state == GIVEN_UP
    assert store.hooks.again(hook) == 1
    assert store.hooks.of(document.id)[0].state == WAITING
    store.hooks.sent(begun(store, LATER), LATER)
    assert store.hooks.tally(hook).sent_at == LATER


def test_what_arrived_long_ago_is_forgotten(store: Store) -> None:
    hooked(store)
    old = proposed(store, "a")
    store.hooks.sent(begun(store), NOON)
    proposed(store, "b")
    now = NOON + dt.timedelta(days=31)
    store.hooks.sent(begun(store, now), now)
    assert store.hooks.of(old.id) == []
