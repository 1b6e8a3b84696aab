"""Papers that share a scan, on both databases: born, ended and erased together, whole or not at all."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.document import Change, Document, Door, FileRef, Mover, Origin, Role, Stage
from gateway.errors import Stale
from gateway.store.store import Store
from rules.field import Secrecy
from tests.gateway.store.making import NOON, file, proposed, receive


def recipe(name: str) -> FileRef:
    return replace(file(name, Role.RECIPE), media_type="application/json")


def part(parent: Document, name: str) -> Document:
    """A Document of pages that were the parent's."""
    return replace(parent, id="", stage=Stage.RECEIVED, fields={}, files=(parent.files[0], recipe(name)))


def split(store: Store, parent: Document, *names: str) -> Document:
    change = Change(what="split", to=Stage.RECEIVED, by=Mover.CLERK, files=(recipe(f"{parent.id} first"),), fields={},
                    born=tuple(part(parent, name) for name in names))
    return store.record(parent, change, who="lan")


def test_parts_are_born_with_the_change_and_wake_their_legs(store: Store) -> None:
    woken: list[str] = []
    parent = proposed(store)
    store.on_leg = lambda connection, document: woken.append(document.id)
    parent = split(store, parent, "two", "three")
    second, third = store.kin.of(parent)
    assert [one.received_at for one in (second, third)] == [parent.received_at] * 2
    assert parent.id < second.id < third.id
    assert second.origin == Origin(Door.FOLDER, f"a#{second.id}")
    assert sorted(woken) == sorted([parent.id, second.id, third.id])
    assert [event.what for event in store.events(second.id)] == ["born"]
    assert store.kin.next_scan(parent, (Stage.RECEIVED,)) == second
    assert store.kin.next_scan(third, (Stage.RECEIVED,)) is None
    assert [one.id for one in store.kin.holders(recipe("two").sha256)] == [second.id]
    with pytest.raises(Stale):
        store.record(replace(parent, version=1), Change(what="split", born=(part(parent, "x"),)), who="lan")
    assert len(store.kin.of(parent)) == 2


def test_a_paper_that_is_taken_in_ends_with_the_change_or_nothing_happens(store: Store) -> None:
    first = proposed(store, "a")
    second = proposed(store, "b", at=NOON + dt.timedelta(minutes=1))  # type: ignore[arg-type]
    ends = Change(what="merged", to=Stage.REJECTED, by=Mover.CLERK, reason="Đã ghép.", files=(recipe("b"),))
    takes = Change(what="merge", to=Stage.RECEIVED, by=Mover.CLERK, along=((second, ends),),
                   files=(replace(second.files[0], role=Role.SOURCE), recipe("a")))
    with pytest.raises(Stale):
        store.record(first, replace(takes, along=((replace(second, version=1), ends),)), who="lan")
    assert store.get(first.id) == first
    merged = store.record(first, takes, who="lan")
    assert store.get(second.id).stage is Stage.REJECTED
    again = receive(store, "b", key="z", at=NOON + dt.timedelta(minutes=2))
    assert again.id == merged.id, "its bytes have a Document"


def test_a_secret_part_takes_the_scan_and_what_was_made_of_it_before(store: Store) -> None:
    erased: list[str] = []
    store.on_erase = erased.append
    parent = proposed(store)  # read whole: these words hold the secret page too
    words = parent.file(Role.WORDS)
    assert words is not None
    parent = split(store, parent, "two")
    (second,) = store.kin.of(parent)
    own = file("own words", Role.WORDS)
    parent = store.record(parent, Change(what="read", to=Stage.READ, files=(own,)), who="machine")
    store.record(second, Change(what="stopped", to=Stage.STOPPED, secrecy=Secrecy.MARKED), who="machine")
    left = store.get(parent.id)
    assert [one.role for one in left.files] == [Role.RECIPE, Role.WORDS]
    assert left.file(Role.WORDS) == own
    assert {parent.files[0].sha256, words.sha256} <= set(erased)
    assert own.sha256 not in erased
