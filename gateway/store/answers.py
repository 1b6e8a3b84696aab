"""Statuses that we owe to the offices whose Documents came over the Exchange: written down with the move they tell of.

One row for each Document, code and cause, in the transaction of the move itself: no event is told twice, and none is
forgotten when the process dies.  Of one Document they go out in the order in which things happened (R-144).
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from gateway.document import Document, Door, Said
from gateway.store import tables_return as t
from gateway.store.database import Database
from gateway.store.later import due

WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"
_LEASE = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class OwedAnswer:
    """One status that we owe."""

    id: int
    document: str
    key: str
    """The code, with what it answers where it may be said more than once."""
    code: str
    reason: str
    who: str
    """A login, or "machine"."""
    at: dt.datetime
    """When it happened."""
    state: str
    tries: int = 0
    trouble: str = ""
    ended_at: dt.datetime | None = None


def owe(connection: Connection, document: Document, says: Iterable[Said], *, who: str, at: dt.datetime) -> None:
    """Writes down what the sender is to be told; nothing for what came another way."""
    if document.origin.door is not Door.EXCHANGE:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for said in says:
        row = {"document": document.id, "key": f"{said.code}:{said.key}" if said.key else said.code,
               "code": said.code, "reason": said.reason, "who": who, "at": at, "state": WAITING}
        connection.execute(dialect.insert(t.answers).values(**row).on_conflict_do_nothing(
            index_elements=["document", "key"]))


class Answers:
    """What is owed and what went out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: dt.datetime, limit: int = 100) -> Sequence[OwedAnswer]:
        """Of each Document the oldest that waits, when it may be tried now."""
        a = t.answers.c
        first = sa.select(sa.func.min(a.id)).where(a.state == WAITING).group_by(a.document)
        ready = due(a.next_try_at, now)
        return self._read(sa.and_(a.id.in_(first), ready), limit)

    def of(self, document: str) -> Sequence[OwedAnswer]:
        """All of one Document, oldest first."""
        return self._read(t.answers.c.document == document, 100)

    def _read(self, test: sa.ColumnElement[bool], limit: int) -> Sequence[OwedAnswer]:
        a = t.answers.c
        chosen = sa.select(*(a[name] for name in OwedAnswer.__slots__)).where(test).order_by(a.id).limit(limit)
        with self._database.reading() as connection:
            return [OwedAnswer(**row) for row in connection.execute(chosen).mappings()]

    def begin(self, answer: OwedAnswer, now: dt.datetime) -> bool:
        """Takes one for this process; False when somebody else has it.  A process that dies lets go of it in time."""
        a = t.answers.c
        mine = t.answers.update().where(a.id == answer.id, a.state == WAITING, a.tries == answer.tries)
        with self._database.writing() as connection:
            return connection.execute(mine.values(tries=answer.tries + 1, next_try_at=now + _LEASE)).rowcount == 1

    def end(self, answer: OwedAnswer, state: str, at: dt.datetime, *, trouble: str = "",
            again_at: dt.datetime | None = None) -> None:
        """Says how a try went; WAITING with `again_at` for another one."""
        one = t.answers.update().where(t.answers.c.id == answer.id)
        with self._database.writing() as connection:
            connection.execute(one.values(state=state, trouble=trouble, next_try_at=again_at,
                                          ended_at=None if state == WAITING else at))

    def stuck(self, before: dt.datetime) -> int:
        """How many are still owed from before then, or were given up."""
        a = t.answers.c
        old = sa.or_(a.state == GIVEN_UP, sa.and_(a.state == WAITING, a.at < before))
        with self._database.reading() as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(t.answers).where(old)) or 0)

    def latest(self, documents: Sequence[str]) -> dict[str, OwedAnswer]:
        """Document id to the newest answer owed or given."""
        a = t.answers.c
        newest = sa.select(sa.func.max(a.id)).where(a.document.in_(documents)).group_by(a.document)
        return {one.document: one for one in self._read(a.id.in_(newest), len(documents))} if documents else {}
