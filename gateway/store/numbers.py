"""Consecutive numbers without a gap: they come and go with the transaction that takes them (R-070, R-077).

Two series for each unit and year: ids of all registered Documents (CODE-YYYY.N), and the numbers of what comes in.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.document import Document, Door
from gateway.register import ALL_DOORS, register_year
from gateway.store import rows
from gateway.store import tables as t
from gateway.store import tables_return as tr
from gateway.store.database import Database
from gateway.store.health import put

_AT_ONCE = 500
INCOMING = "incoming"
"""One series for paper, mail and interchange."""


@dataclass(frozen=True, slots=True)
class ArrivalNumber:
    """The number of one Document in the register of what comes in."""

    document: str
    unit: str
    year: int
    number: int
    at: dt.datetime
    """When it was registered."""


def next_count(connection: Connection, unit: str, now: dt.datetime, register: str = ALL_DOORS) -> int:
    """The next number of that series in this year; the caller holds the writer's lock."""
    c, year = t.counters.c, register_year(now)
    mine = (c.unit == unit) & (c.register == register) & (c.year == year)
    last = connection.scalar(sa.select(c.last).where(mine).with_for_update()) or 0
    put(connection, t.counters, {"unit": unit, "register": register, "year": year, "last": last + 1})
    return last + 1


def comes_in(document: Document) -> bool:
    """It is registered here and sent nowhere."""
    return document.origin.door is Door.EXCHANGE or not document.recipients


def number_arrival(connection: Connection, document: Document, now: dt.datetime) -> None:
    """Gives what comes in its number, once; what goes out has its number on the paper (R-076)."""
    n = tr.arrival_numbers
    if not comes_in(document) or connection.scalar(sa.select(n.c.number).where(n.c.document == document.id)):
        return
    count = next_count(connection, document.unit, now, INCOMING)
    connection.execute(n.insert().values(document=document.id, unit=document.unit, year=register_year(now),
                                         number=count, at=now))


class Numbers:
    """Numbers of what came in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, documents: Sequence[str]) -> dict[str, ArrivalNumber]:
        """Document id to its number."""
        found = self._read(tr.arrival_numbers.c.document.in_(documents)) if documents else ()
        return {one.document: one for one in found}

    def between(self, unit: str, first: dt.datetime, until: dt.datetime) -> Sequence[ArrivalNumber]:
        """Those given in a span of time, in their order."""
        n = tr.arrival_numbers.c
        return self._read(sa.and_(n.unit == unit, n.at >= first, n.at < until))

    def received(self, unit: str, first: dt.datetime, until: dt.datetime) -> Sequence[Document]:
        """All that came for the unit in a span of time, oldest first."""
        d = t.documents.c
        chosen = sa.select(d.id).where(d.unit == unit, d.received_at >= first, d.received_at < until)
        with self._database.reading() as connection:
            return rows.load(connection, list(connection.scalars(chosen.order_by(d.received_at, d.id))))

    def registered(self, unit: str, first: dt.datetime, until: dt.datetime) -> Sequence[Document]:
        """The unit's registered Documents that came in a span of time, by their ids."""
        found = [one for one in self.received(unit, first, until) if one.register_number]
        return sorted(found, key=lambda one: (one.register_number.rpartition(".")[0],
                                              int(one.register_number.rpartition(".")[2])))

    def documents(self, ids: Sequence[str]) -> Sequence[Document]:
        """Documents in the order of the ids."""
        with self._database.reading() as connection:
            return rows.load(connection, ids)

    def when(self, what: str, documents: Sequence[str]) -> dict[str, dt.datetime]:
        """Document id to the last time that the journal names this event."""
        j = t.journal.c
        found: dict[str, dt.datetime] = {}
        with self._database.reading() as connection:
            for start in range(0, len(documents), _AT_ONCE):
                some = documents[start:start + _AT_ONCE]
                chosen = sa.select(j.document, sa.func.max(j.seq)).where(j.what == what, j.document.in_(some))
                last = {seq: id_ for id_, seq in connection.execute(chosen.group_by(j.document))}
                moments = sa.select(j.seq, j.at).where(j.seq.in_(list(last)))
                found |= {last[seq]: at for seq, at in connection.execute(moments)}
        return found

    def reasons(self, events: Sequence[str], documents: Sequence[str]) -> Sequence[str]:
        """What the journal says with these events about the Documents."""
        j = t.journal.c
        found: list[str] = []
        with self._database.reading() as connection:
            for start in range(0, len(documents), _AT_ONCE):
                some = documents[start:start + _AT_ONCE]
                found += connection.scalars(sa.select(j.why).where(j.what.in_(events), j.document.in_(some))).all()
        return found

    def _read(self, test: sa.ColumnElement[bool]) -> Sequence[ArrivalNumber]:
        n = tr.arrival_numbers
        chosen = sa.select(n).where(test).order_by(n.c.unit, n.c.year, n.c.number)
        with self._database.reading() as connection:
            return [ArrivalNumber(**row) for row in connection.execute(chosen).mappings()]
