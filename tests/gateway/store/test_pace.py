"""How long reading took, and who is read before whom."""
from __future__ import annotations

import datetime as dt

from gateway.document import Change, Held, Stage
from gateway.store.pace import ReadTook
from gateway.store.store import Store
from tests.gateway.store.making import NOON, receive


def test_papers_read_to_their_end_are_the_history_newest_first(store: Store) -> None:
    for number, (outcome, seconds) in enumerate((("done", 8), ("timed_out", 90), ("done", 4), ("", 0))):
        document = receive(store, f"a{number}")
        attempt = store.attempt(document.id, f"read:{document.version}", NOON)
        store.record(document, Change(what="read", to=Stage.READ, pages=2), who="machine")
        if outcome:
            store.attempt_done(attempt, outcome, NOON + dt.timedelta(seconds=seconds))
    other = receive(store, "b")
    store.attempt_done(store.attempt(other.id, "propose:2", NOON), "done", NOON + dt.timedelta(seconds=3))
    assert store.paces.reads() == [ReadTook(4.0, 2), ReadTook(8.0, 2)]


def test_the_place_in_the_queue_counts_those_that_wait_for_the_machine(store: Store) -> None:
    papers = [receive(store, str(number), at=NOON + dt.timedelta(seconds=number)) for number in range(4)]
    store.record(papers[0], Change(what="held", held=Held("x", "Lý do.")), who="machine")
    assert [store.paces.ahead(one) for one in papers] == [0, 0, 1, 2]
    assert store.paces.begun(papers[1]) is None
    store.attempt(papers[1].id, f"read:{papers[1].version}", NOON)
    assert store.paces.begun(papers[1]) == NOON
