"""The journal: a chain that only grows, and shows when somebody has been at it."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from gateway.document import Stage
from gateway.store.store import Store
from tests.gateway.store.making import NOON, receive, sent


def doctored(store: Store, statement: str) -> None:
    """Changes the journal as somebody with the database's password could: the triggers are taken away first."""
    with store.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("drop trigger journal_no_update")
            connection.exec_driver_sql("drop trigger journal_no_delete")
        else:
            connection.exec_driver_sql("drop trigger journal_no_change on journal")
        connection.exec_driver_sql(statement)


def test_every_change_leaves_one_line_with_who_and_from_where_to_where(store: Store) -> None:
    document = sent(store)
    lines = [(event.who, event.what, event.from_stage, event.to_stage) for event in store.events(document.id)]
    assert lines == [
        ("may-quet", "received", None, Stage.RECEIVED),
        ("machine", "read", Stage.RECEIVED, Stage.READ),
        ("machine", "proposed", Stage.READ, Stage.PROPOSED),
        ("lan", "confirmed", Stage.PROPOSED, Stage.CONFIRMED),
        ("lan", "sealed", Stage.CONFIRMED, Stage.SEALED),
        ("machine", "sent", Stage.SEALED, Stage.SENT),
    ]
    assert all(event.at == NOON for event in store.events(document.id))
    assert store.journal.verify() == []


def test_a_note_is_a_line_without_a_change(store: Store) -> None:
    document = receive(store)
    store.note(document.id, who="lan", what="viewed", why="Xem.")
    assert store.get(document.id).version == 1
    latest = store.journal.recent(1)[0]
    assert (latest.what, latest.why, latest.seq) == ("viewed", "Xem.", 2)
    assert store.journal.recent(5, document.id)[-1].what == "received"


def test_the_chain_does_not_fork_when_many_write_at_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: receive(store, str(n)), range(40)))
    assert [event.seq for event in reversed(store.journal.recent(100))] == list(range(1, 41))
    assert store.journal.verify() == []


@pytest.mark.parametrize("statement", ["update journal set who = 'x'", "delete from journal"])
def test_lines_can_neither_be_changed_nor_removed(store: Store, statement: str) -> None:
    receive(store)
    with pytest.raises(DBAPIError, match="only grows"), store.engine.begin() as connection:
        connection.execute(sa.text(statement))
    assert store.journal.verify() == []


@pytest.mark.parametrize("statement", [
    "update journal set who = 'mai' where seq = 4",
    "update journal set what = 'viewed' where seq = 2",
    "delete from journal where seq = 3",
    "delete from journal where seq = 1",
])
def test_whoever_gets_round_that_is_found_out(store: Store, statement: str) -> None:
    sent(store)
    doctored(store, statement)
    assert store.journal.verify()


def test_a_cut_off_end_is_found_by_a_line_kept_elsewhere(store: Store) -> None:
    sent(store)
    last = store.journal.recent(1)[0]
    assert store.journal.verify((last.seq, last.hash)) == []
    doctored(store, "delete from journal where seq = 6")
    assert store.journal.verify() == []
    assert store.journal.verify((last.seq, last.hash))
