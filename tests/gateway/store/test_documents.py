"""The life of a Document in rows, on SQLite and on PostgreSQL."""
from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from gateway.document import Change, Document, Door, Held, Mover, Origin, Receipt, Role, Stage
from gateway.errors import NotFound, Stale, WrongStage
from gateway.store.store import Query, Store
from rules.field import Secrecy
from tests.gateway.store.making import NOON, TO, confirmed, fields, file, proposed, receive, sent


def test_the_same_origin_again_changes_nothing(store: Store) -> None:
    first = receive(store)
    again = store.receive(first.origin, file("a"), unit="H99.1", name="other", by="x", at=NOON)
    assert again.document == first
    assert not again.fresh
    assert [event.what for event in store.events(first.id)] == ["received"]


def test_the_same_bytes_by_another_way_are_linked_to_the_first_document(store: Store) -> None:
    first = receive(store, key="one")
    assert receive(store, key="two") == first
    assert store.by_origin(Origin(Door.FOLDER, "two")) == first
    assert [event.what for event in store.events(first.id)] == ["received", "same_bytes"]


def test_the_same_bytes_for_another_unit_are_another_document(store: Store) -> None:
    assert receive(store, key="one").id != receive(store, key="two", unit="H99.3").id


def test_the_same_bytes_begin_anew_when_the_first_came_to_nothing(store: Store) -> None:
    first = proposed(store, key="one")
    store.record(first, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="mờ"), who="lan")
    assert receive(store, key="two").id != first.id


def test_bytes_are_found_in_every_document_of_a_unit_that_has_not_come_to_nothing(store: Store) -> None:
    first, other = receive(store, key="one"), receive(store, key="two", unit="H99.3")
    digest = first.files[0].sha256
    assert store.holders(digest, "H99.1") == [first.id]
    moved = store.record(other, Change(what="unpacked", unit="H99.1"), who="machine")
    assert moved.unit == "H99.1"
    assert store.holders(digest, "H99.1") == sorted([first.id, other.id])
    rejected = Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="mờ")
    store.record(first, rejected, who="lan")
    assert store.holders(digest, "H99.1") == [other.id]
    assert store.holders(digest, "H99.3") == []


def test_everything_of_a_document_comes_back_as_it_was_written(store: Store) -> None:
    document = sent(store)
    assert document == store.get(document.id)
    assert document.fields == fields()
    assert document.recipients == (TO,)
    assert [one.role for one in document.files] == [Role.ORIGINAL, Role.WORDS]
    assert document.version == 6
    assert document.received_at == NOON
    assert document.received_at.utcoffset() == dt.timedelta(hours=7)


def test_ids_grow_with_time_and_are_safe_in_addresses(store: Store) -> None:
    ids = [receive(store, str(n), at=NOON + dt.timedelta(seconds=n)).id for n in range(5)]
    assert ids == sorted(ids)
    assert all(len(one) == 26 and one.isalnum() and one == one.lower() for one in ids)


def test_a_change_of_an_older_version_is_refused(store: Store) -> None:
    old = proposed(store)
    store.record(old, Change(what="corrected", remarks=("blurred",)), who="lan")
    with pytest.raises(Stale):
        store.record(old, Change(what="corrected", remarks=()), who="mai")
    assert store.get(old.id).remarks == ("blurred",)


def test_of_many_at_once_exactly_one_wins(store: Store) -> None:
    document = proposed(store)

    def try_(number: int) -> int:
        try:
            store.record(document, Change(what="corrected", reason=str(number)), who="lan")
        except Stale:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_, range(16))) == 1
    assert store.get(document.id).version == document.version + 1


def test_a_move_that_is_not_in_the_table_is_refused(store: Store) -> None:
    document = receive(store)
    with pytest.raises(WrongStage):
        store.record(document, Change(what="sent", to=Stage.SENT), who="machine")
    with pytest.raises(WrongStage):
        store.record(document, Change(what="read", to=Stage.READ, by=Mover.CLERK), who="lan")
    assert store.get(document.id) == document


def test_unknown_documents_are_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        store.get("nothing")
    assert store.by_parcel("nothing") is None
    assert store.by_parcel("") is None


def test_register_numbers_have_no_gap_and_no_double_when_many_confirm_at_once(store: Store) -> None:
    waiting = [proposed(store, str(n)) for n in range(30)]
    change = Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, take_register_number=True)
    with ThreadPoolExecutor(8) as pool:
        numbers = [one.register_number for one in pool.map(lambda d: store.record(d, change, who="lan"), waiting)]
    assert sorted(numbers, key=lambda one: int(one.rpartition(".")[2])) == [f"H99.1-2026.{n}" for n in range(1, 31)]


def test_a_failed_confirm_leaves_no_hole_in_the_register(store: Store) -> None:
    first = proposed(store, "a")
    bad = Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.MACHINE, take_register_number=True)
    with pytest.raises(WrongStage):
        store.record(first, bad, who="x")

    def fail(connection: Connection, document: Document) -> None:
        raise RuntimeError("queue away")

    store.on_leg = fail
    with pytest.raises(RuntimeError):
        receive(store, "never")
    store.on_leg = None
    assert store.find(Query()).total == 1
    assert confirmed(store, "b").register_number == "H99.1-2026.1"


def test_the_register_begins_anew_at_new_year_of_viet_nam(url: str) -> None:
    now = [dt.datetime(2026, 12, 31, 16, 59, tzinfo=dt.UTC)]
    store = Store.open(url, clock=lambda: now[0])
    assert confirmed(store, "a").register_number == "H99.1-2026.1"
    now[0] = dt.datetime(2026, 12, 31, 17, 0, tzinfo=dt.UTC)  # 00:00 on 1 January there
    assert confirmed(store, "b").register_number == "H99.1-2027.1"
    assert confirmed(store, "c", unit="H99.3").register_number == "H99.3-2027.1"
    store.close()


def test_a_reopened_document_keeps_its_number(store: Store) -> None:
    document = confirmed(store)
    document = store.record(document, Change(what="reopened", to=Stage.PROPOSED, by=Mover.CLERK), who="lan")
    again = Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, take_register_number=True)
    assert store.record(document, again, who="lan").register_number == "H99.1-2026.1"


def test_a_receipt_is_recorded_once(store: Store) -> None:
    document = sent(store)
    receipt = Receipt("01", NOON, "H99.2", "Sở Nội vụ", message_id="m-1", reason="", staff="Bình")
    for _ in range(2):
        document = store.record(document, Change(what="receipt", by=Mover.OFFICE, receipts=(receipt,)), who="H99.2")
    assert store.receipts(document.id) == [receipt]


def test_two_documents_cannot_share_a_parcel_id(store: Store) -> None:
    first = sent(store, "a", parcel="P-1")
    with pytest.raises(Stale):
        sent(store, "b", parcel="P-1")
    found = store.by_parcel("P-1")
    assert found is not None
    assert found.id == first.id


def test_a_delayed_document_waits_until_its_time_and_a_held_one_for_a_person(store: Store) -> None:
    document = receive(store)
    later = NOON + dt.timedelta(minutes=5)
    document = store.record(document, Change(what="delayed", again_at=later), who="machine")
    assert (document.tries, document.next_try_at) == (1, later)
    assert store.waiting_for_machine(NOON) == []
    assert store.waiting_for_machine(later) == [document]
    assert store.waiting_for_machine(later - dt.timedelta(days=3)) == [document], "our clock ran ahead then"
    held = store.record(document, Change(what="held", held=Held("unreadable", "Hãy quét lại.")), who="machine")
    assert held.next_try_at is None
    assert store.waiting_for_machine(later) == []
    assert store.find(Query(held=True)).documents == (held,)
    free = store.record(held, Change(what="retried", release=True), who="lan")
    assert (free.held, free.tries) == (None, 0)
    assert store.waiting_for_machine(NOON) == [free]


def test_a_move_ends_a_hold_but_the_answer_of_another_office_does_not(store: Store) -> None:
    document = sent(store)
    document = store.record(document, Change(what="held", held=Held("clerk", "Chờ.")), who="lan")
    document = store.record(document, Change(what="receipt", to=Stage.DELIVERED, by=Mover.OFFICE), who="H99.2")
    assert document.held is not None
    document = store.record(document, Change(what="recalling", to=Stage.RECALLING, by=Mover.CLERK), who="lan")
    assert document.held is None


def test_a_leg_is_asked_for_in_the_same_transaction_for_each_machine_stage(store: Store) -> None:
    asked: list[tuple[Stage, int]] = []
    store.on_leg = lambda connection, document: asked.append((document.stage, document.version))
    document = sent(store)
    assert asked == [(Stage.RECEIVED, 1), (Stage.READ, 2), (Stage.SEALED, 5)]
    document = store.record(document, Change(what="recalling", to=Stage.RECALLING, by=Mover.CLERK), who="lan")
    assert asked[-1] == (Stage.RECALLING, 7)
    other = receive(store, "b")
    store.record(other, Change(what="held", held=Held("unreadable", "Hãy quét lại.")), who="machine")
    assert asked[-1] == (Stage.RECEIVED, 1)


def test_files_given_twice_are_kept_once(store: Store) -> None:
    document = receive(store)
    change = Change(what="read", to=Stage.READ, files=(file("w", Role.WORDS), file("w", Role.WORDS)))
    assert len(store.record(document, change, who="machine").files) == 2


@pytest.mark.parametrize(("text", "hit"), [
    ("hoa giai", True), ("HÒA giải", True), ("hoà giải", True), ("hỏa giải", False), ("125/UBND", True),
    ("2026.1", True), ("so noi vu", True), ("100%", True), ("99_%", False), ("hoa gia", True), ("không có", False),
    ("", True),
])
def test_documents_are_found_with_and_without_tone_marks(store: Store, text: str, hit: bool) -> None:
    confirmed(store)
    assert store.find(Query(text=text)).total == int(hit)


def test_finding_filters_pages_and_counts(store: Store) -> None:
    for n in range(5):
        receive(store, f"n{n}", unit="H99.1" if n % 2 else "H99.3", at=NOON + dt.timedelta(minutes=n))
    found = store.find(Query(limit=2, offset=1))
    assert [one.name for one in found.documents] == ["n3.pdf", "n2.pdf"]
    assert found.total == 5
    assert store.find(Query(limit=0)).documents == ()
    assert store.find(Query(limit=0)).total == 5
    assert [one.name for one in store.find(Query(limit=1, newest_first=False)).documents] == ["n0.pdf"]
    assert store.find(Query(units=frozenset({"H99.1"}))).total == 2
    assert store.find(Query(unit="H99.3")).total == 3
    assert store.find(Query(stages=frozenset({Stage.SENT}))).total == 0
    assert store.counts()["received"] == 5
    assert store.counts()["held"] == 0
    assert set(store.counts()) == {*(stage.value for stage in Stage), "held"}


def test_a_naive_time_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="naive"):
        receive(store, at=dt.datetime(2026, 11, 20, 12, 0))  # noqa: DTZ001


def test_a_stopped_document_keeps_only_the_fact(store: Store) -> None:
    erased: list[str] = []
    store.on_erase = erased.append
    document = replace(confirmed(store, key="mat/bao-cao-mat.pdf"))
    document = store.record(document, Change(what="reopened", to=Stage.PROPOSED, by=Mover.CLERK), who="lan")
    stop = Change(what="stopped", to=Stage.STOPPED, by=Mover.CLERK, secrecy=Secrecy.MARKED, reason="secrecy")
    after = store.record(document, stop, who="lan")
    assert after == store.get(document.id)
    assert after == Document(
        id=document.id, stage=Stage.STOPPED, version=document.version + 1, unit="H99.1", origin=Origin(Door.FOLDER, ""),
        name="", received_at=NOON, by="may-quet", secrecy=Secrecy.MARKED, register_number="H99.1-2026.1",
        reason="secrecy")
    assert sorted(erased) == sorted(one.sha256 for one in document.files)
    assert store.pending_erasures() == []
    assert store.find(Query(text="hoa giai")).total == 0
    origin = Origin(Door.FOLDER, "mat/bao-cao-mat.pdf")
    again = store.receive(origin, file("a"), unit="H99.1", name="a", by="x", at=NOON)
    assert again.document == after
    assert store.pending_erasures() == [file("a").sha256]


def test_an_erasure_that_fails_stays_pending_until_it_succeeds(store: Store) -> None:
    document = proposed(store)

    def fail(sha256: str) -> None:
        raise OSError("disk away")

    store.on_erase = fail
    store.record(document, Change(what="stopped", to=Stage.STOPPED, by=Mover.CLERK), who="lan")
    assert len(store.pending_erasures()) == 2
    erased: list[str] = []
    store.on_erase = erased.append
    assert store.sweep_erasures() == 2
    assert len(erased) == 2
    assert store.sweep_erasures() == 0


def test_bytes_that_came_again_meanwhile_are_not_erased_under_the_new_document(store: Store) -> None:
    document = proposed(store)
    store.record(document, Change(what="stopped", to=Stage.STOPPED, by=Mover.CLERK), who="lan")
    receive(store, key="again")
    erased: list[str] = []
    store.on_erase = erased.append
    store.sweep_erasures()
    assert file("a").sha256 not in erased
    assert store.pending_erasures() == []


