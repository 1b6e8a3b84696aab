"""What the desk keeps beside the papers, on both databases: rights, codes, sessions, tokens, views, figures, lines."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError

from gateway.document import Change, Door, Mover, Stage
from gateway.store.journal import Lines
from gateway.store.people import Session
from gateway.store.rights import Rights
from gateway.store.store import Store
from gateway.store.tokens import Upload
from gateway.store.views import MOST, View
from tests.gateway.store.making import NOON, confirmed, proposed, sent

CLERK, NOTHING = Rights(frozenset({"clerk"}), frozenset({"H99.1"})), Rights(frozenset(), frozenset())


@pytest.fixture
def peopled(store: Store) -> Store:
    for login in ("lan", "quan", "kim"):
        store.people.add(login, login.title(), password_hash="h", roles=("clerk",), units=("H99.1",))
    return store


def test_a_change_of_rights_waits_for_somebody_else(peopled: Store) -> None:
    assert not peopled.people.set_rights("lan", CLERK, by="quan", at=NOON), "nothing changed, nothing to confirm"
    assert peopled.people.set_rights("lan", NOTHING, by="quan", at=NOON)
    assert not peopled.people.set_rights("nobody", NOTHING, by="quan", at=NOON)
    (change,) = peopled.rights.open()
    assert (change.login, change.before, change.after, change.at) == ("lan", CLERK, NOTHING, NOON)
    assert [peopled.rights.confirm(change.id, by=by, at=NOON) for by in ("quan", "lan", "kim", "kim")] == [
        False, False, True, False]
    assert peopled.rights.open() == []


def test_a_code_is_good_once_and_never_after_a_later_one(peopled: Store) -> None:
    peopled.people.set_totp("lan", "SECRET", 10)
    assert [peopled.people.use_code("lan", counter) for counter in (10, 11, 11, 9, 13)] == [
        False, True, False, False, True]
    assert peopled.people.get("lan").totp_used == 13  # type: ignore[union-attr]


def test_sessions_are_seen_and_ended_by_their_owner(peopled: Store) -> None:
    ends = NOON + dt.timedelta(hours=1)
    for n, (login, half) in enumerate((("lan", False), ("lan", False), ("lan", True), ("kim", False))):
        peopled.people.open_session(Session(f"t{n}", login, NOON + dt.timedelta(minutes=n), ends, half, "máy 1"))
    at = NOON + dt.timedelta(minutes=9)
    assert [one.token_sha256 for one in peopled.people.sessions(at, "lan")] == ["t1", "t0"]
    assert len(peopled.people.sessions(at)) == 3
    assert peopled.people.close_sessions("lan", but="t1") == 2
    assert [one.opened_from for one in peopled.people.sessions(at, "lan")] == ["máy 1"]
    assert peopled.people.sessions(ends) == []


def test_a_token_is_known_until_it_is_ended_and_its_keys_are_its_own(store: Store) -> None:
    made = store.tokens.make("quét", "H99.1", by="quan", at=NOON)
    first, other = store.tokens.known(made, NOON), store.tokens.make("khác", "H99.2", by="quan", at=NOON)
    assert first is not None
    assert first.used_at is None
    assert store.tokens.known(made, NOON).used_at == NOON  # type: ignore[union-attr]
    document = proposed(store)
    store.tokens.keep_upload(first, "k", Upload("aa", document.id), NOON)
    store.tokens.keep_upload(first, "k", Upload("bb", document.id), NOON)
    assert store.tokens.upload(first, "k") == Upload("aa", document.id)
    assert store.tokens.upload(store.tokens.known(other, NOON), "k") is None  # type: ignore[arg-type]
    store.tokens.end(first.id, NOON)
    assert store.tokens.known(made, NOON) is None
    assert [one.name for one in store.tokens.open()] == ["khác"]
    with pytest.raises(IntegrityError):
        store.tokens.keep_upload(first, "x", Upload("aa", "no such document"), NOON)


def test_views_are_kept_by_name_up_to_a_number(peopled: Store) -> None:
    assert all(peopled.views.keep("lan", View(f"v{n:02}", "q=a")) for n in range(MOST))
    assert not peopled.views.keep("lan", View("one too many", "q=a"))
    assert peopled.views.keep("lan", View("v00", "q=b"))
    peopled.views.drop("lan", "v01")
    assert [one.query for one in peopled.views.of("lan")][:2] == ["q=b", "q=a"]
    assert peopled.views.of("kim") == []


def test_figures_and_journal_lines_are_told_by_unit_and_time(store: Store) -> None:
    sent(store, "a")
    mine, theirs = confirmed(store, "b"), proposed(store, "c", unit="H99.3")
    (today,) = store.figures.days(NOON.date(), 1)
    assert (today.by_door, today.confirmed, today.corrected, today.sent, today.late) == ({Door.FOLDER: 3}, 2, 0, 1, 0)
    assert store.figures.days(NOON.date(), 1, frozenset({"H99.3"}))[0].by_door == {Door.FOLDER: 1}
    assert store.figures.waiting_late(NOON + dt.timedelta(days=9)) == 2

    lines = store.journal.lines(Lines(units=frozenset({"H99.1"})), 100)
    assert theirs.id not in {one.document for one in lines}
    assert [one.what for one in store.journal.lines(Lines(document=mine.id, what="confirmed"), 5)] == ["confirmed"]
    assert store.journal.lines(Lines(since=NOON + dt.timedelta(seconds=1)), 5) == []
    assert store.journal.lines(Lines(until=NOON), 5) == []
    newest = store.journal.lines(Lines(), 1)[0].seq
    assert [one.seq for one in store.journal.lines(Lines(before=newest), 2)] == [newest - 1, newest - 2]


def test_a_matter_is_shared_by_live_papers_of_one_unit(store: Store) -> None:
    from tests.gateway.store.test_queue import dated

    one, other, dead = (dated(store, name, "2026-11-20") for name in ("a", "b", "c"))
    store.record(dead, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="trùng"), who="lan")
    found = store.matters.others([one, proposed(store, "d")])
    assert {id_: [twin.id for twin in twins] for id_, twins in found.items()} == {one.id: [other.id]}
