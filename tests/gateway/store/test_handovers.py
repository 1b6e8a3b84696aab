"""Sealings in the hands of a program at the desk: tokens good once, for minutes, and kept as hashes only."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace

import sqlalchemy as sa

from gateway.document import CopyKind
from gateway.store import tables as t
from gateway.store.handovers import Handover
from gateway.store.store import Store
from tests.gateway.store.making import NOON, receive

LATER = NOON + dt.timedelta(minutes=11)


def wanted(store: Store) -> Handover:
    document = receive(store)
    return Handover(document=document.id, version=1, login="lan", copy_kind=CopyKind.SAO_LUC, pages=2, cover=False,
                    at=NOON, ends_at=NOON + dt.timedelta(minutes=10))


def test_each_token_is_good_once(store: Store) -> None:
    mine = wanted(store)
    tokens = store.handovers.begin(mine)

    assert store.handovers.to_take(tokens.upload, NOON) is None, "nothing was fetched yet"
    found = store.handovers.to_fetch(tokens.fetch, NOON)
    assert found == replace(mine, id=found.id if found else 0)
    assert store.handovers.fetched(found, at=NOON, sha256="ab", size=7)
    assert not store.handovers.fetched(found, at=NOON, sha256="cd", size=8)
    assert store.handovers.to_fetch(tokens.fetch, NOON) is None

    taken = store.handovers.to_take(tokens.upload, NOON)
    assert taken is not None
    assert (taken.given_sha256, taken.given_size) == ("ab", 7)
    assert store.handovers.uploaded(taken, NOON)
    assert not store.handovers.uploaded(taken, NOON)
    assert store.handovers.to_take(tokens.upload, NOON) is None
    store.handovers.ended(taken, "refused", "Vì thế.")
    newest = store.handovers.of(mine.document)
    assert newest is not None
    assert (newest.outcome, newest.trouble) == ("refused", "Vì thế.")


def test_tokens_end_with_their_minutes_and_with_the_next_ones(store: Store) -> None:
    mine = wanted(store)
    first = store.handovers.begin(mine)

    assert store.handovers.to_fetch(first.fetch, LATER) is None
    second = store.handovers.begin(mine)
    assert store.handovers.to_fetch(first.fetch, NOON) is None
    assert store.handovers.to_fetch(second.fetch, NOON) is not None
    assert store.handovers.to_fetch(second.upload, NOON) is None, "one token is not the other"


def test_no_token_is_kept(store: Store) -> None:
    tokens = store.handovers.begin(wanted(store))
    with store.engine.connect() as connection:
        kept = str(connection.execute(sa.select(t.handovers)).all())

    assert tokens.fetch not in kept
    assert tokens.upload not in kept


def test_sealed_attachments_stay_for_their_own_act_only(store: Store) -> None:
    mine = wanted(store)

    def sealed(part: str, of: Handover) -> None:
        tokens = store.handovers.begin(replace(of, part=part))
        begun = store.handovers.to_fetch(tokens.fetch, NOON)
        assert begun is not None
        store.handovers.ended(begun, "sealed", sealed=(f"sealed {part}", 9))

    sealed("one", mine)
    sealed("two", mine)
    store.handovers.begin(replace(mine, part="three"))
    assert {part: one.sealed_sha256 for part, one in store.handovers.sealed_parts(mine).items()} == {
        "one": "sealed one", "two": "sealed two"}
    for other in (replace(mine, version=2), replace(mine, login="hoa"), replace(mine, copy_kind=CopyKind.SAO_Y)):
        assert store.handovers.sealed_parts(other) == {}
    store.handovers.begin(replace(mine, login="hoa"))
    assert store.handovers.sealed_parts(mine) == {}, "another's act begins anew"
