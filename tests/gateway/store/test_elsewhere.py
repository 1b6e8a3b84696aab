"""What others vouch for, in a store of each kind: subjects of a login service, anchors of the journal."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace

from gateway.store.people import Session
from gateway.store.store import Store
from tests.gateway.store.making import NOON


def test_a_subject_is_one_persons_and_a_person_has_one_of_an_issuer(store: Store) -> None:
    for login in ("lan", "hoa"):
        store.people.add(login, login.title(), password_hash="x", roles=("clerk",))
    ids = store.identities
    assert ids.tie("lan", "https://a", "1", by="quan", at=NOON)
    assert not ids.tie("hoa", "https://a", "1", by="quan", at=NOON), "somebody else's"
    assert not ids.tie("lan", "https://a", "2", by="quan", at=NOON), "has one already"
    assert ids.tie("lan", "https://b", "1", by="quan", at=NOON), "another issuer's"
    assert (ids.login_of("https://a", "1"), ids.login_of("https://a", "2")) == ("lan", "")
    ids.untie("lan", "https://a")
    assert (ids.of("https://a"), ids.of("https://b")) == ({}, {"lan": "1"})


def test_a_session_keeps_the_roles_that_were_left_to_it(store: Store) -> None:
    store.people.add("lan", "Lan", password_hash="x", roles=("clerk", "head"))
    whole = Session("a" * 64, "lan", NOON, NOON + dt.timedelta(hours=1))
    store.people.open_session(whole)
    store.people.open_session(replace(whole, token_sha256="b" * 64, roles=["clerk"]))
    found = [store.people.session(one * 64, NOON) for one in "ab"]
    assert [one and one.roles for one in found] == [None, ["clerk"]]


def test_an_anchor_is_dropped_once_a_day_and_its_stamp_is_never_replaced(store: Store) -> None:
    assert store.anchors.drop(NOON) is None, "nothing has happened yet"
    store.note("", who="lan", what="entered")
    first = store.anchors.drop(NOON)
    assert first is not None
    assert store.anchors.drop(NOON + dt.timedelta(hours=11)) is None, "the same day"
    assert store.anchors.drop(NOON + dt.timedelta(days=1)) is not None
    assert store.anchors.said() == [1, 2]
    store.anchors.trouble(1, "chưa")
    store.anchors.stamp(1, b"token", NOON)
    store.anchors.stamp(1, b"another", NOON)
    one, two = store.anchors.all()
    assert (one.token, one.stamped_at, one.trouble, two.token) == (b"token", NOON, "", None)
    assert (store.anchors.bare(), store.anchors.last()) == ([two], two)
    assert store.anchors.hashes([1, 2, 99]) == {1: first.hash, 2: two.hash}
    assert store.journal.verify() == []
