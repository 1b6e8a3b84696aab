"""How senders know what came from them over the Exchange, and every packet that was taken from it."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.store import tables_return as t
from gateway.store.answers import WAITING
from gateway.store.database import Database
from gateway.store.health import put

NEWEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One Document as its sender knows it."""

    document: str
    sender: str
    sender_name: str
    message_id: str
    """The DocumentId the sender gave it."""
    code: str
    """number/symbol."""
    date: dt.date | None
    kind: int = 0
    """0 new, 2 update, 3 replacement."""
    paper_follows: bool = False
    due: dt.date | None = None
    """When the sender expects an answer."""
    earlier: tuple[str, ...] = ()
    """Ids of our Documents that it updates or replaces."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet that was taken from the Exchange."""

    exchange_id: str
    kind: str
    sender: str
    at: dt.datetime
    sha256: str
    """Of its bytes, which lie in the vault."""
    outcome: str
    """taken, known, asked_back, unknown_document, unreadable."""
    document: str = ""
    note: str = ""
    """A sentence for the clerk where a person has to look."""


class Arrivals:
    """What came over the Exchange."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, arrival: Arrival) -> None:
        """Adds or overwrites."""
        row = {name: getattr(arrival, name) for name in Arrival.__slots__} | {"earlier": list(arrival.earlier)}
        with self._database.writing() as connection:
            put(connection, t.arrivals, row)

    def of(self, document: str) -> Arrival | None:
        """How that Document is known to its sender; None for what did not come over the Exchange."""
        found = self._read(t.arrivals.c.document == document)
        return found[0] if found else None

    def by_message(self, message_id: str, sender: str) -> Sequence[Arrival]:
        """Documents of that DocumentId from that sender, one for each of our units, newest first."""
        return self._read(sa.and_(t.arrivals.c.message_id == message_id, t.arrivals.c.sender == sender))

    def by_code(self, code: str, sender: str, date: dt.date | None) -> Sequence[Arrival]:
        """Documents of that number/symbol from that sender; the date counts where it is given."""
        a = t.arrivals.c
        return self._read(sa.and_(a.code == code, a.sender == sender, a.date == date if date else sa.true()))

    def forget(self, document: str) -> None:
        """A paper with a secrecy mark: its number goes too, once nobody has to be told of it any more (R-004)."""
        with self._database.writing() as connection:
            forgotten(connection, document)

    def _read(self, test: sa.ColumnElement[bool]) -> Sequence[Arrival]:
        chosen = sa.select(t.arrivals).where(test).order_by(t.arrivals.c.document.desc())
        with self._database.reading() as connection:
            found = connection.execute(chosen).mappings()
            return [Arrival(**{**row, "earlier": tuple(row["earlier"])}) for row in found]

    def settled(self, exchange_id: str) -> Packet | None:
        """The packet, if it was taken before."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(t.packets).where(t.packets.c.exchange_id == exchange_id)).mappings()
            found = row.one_or_none()
        return Packet(**found) if found else None

    def note(self, packet: Packet) -> None:
        """Writes a packet down, before it is settled at the Exchange."""
        with self._database.writing() as connection:
            put(connection, t.packets, {name: getattr(packet, name) for name in Packet.__slots__})

    def packets(self, *, for_person: bool = False, limit: int = NEWEST) -> Sequence[Packet]:
        """The newest first; `for_person`: only those somebody has to look at."""
        chosen = sa.select(t.packets).order_by(t.packets.c.at.desc()).limit(limit)
        if for_person:
            chosen = chosen.where(t.packets.c.note != "")
        with self._database.reading() as connection:
            return [Packet(**row) for row in connection.execute(chosen).mappings()]


def forgotten(connection: Connection, document: str) -> None:
    """What the arrival of a STOPPED Document still says of the letter goes, in the caller's transaction: only its
    sender stays.  While an answer is owed it waits: the sender knows its letter by these words alone."""
    a = t.answers.c
    if connection.scalar(sa.select(a.id).where(a.document == document, a.state == WAITING).limit(1)) is None:
        one = t.arrivals.update().where(t.arrivals.c.document == document)
        connection.execute(one.values(message_id="", code="", date=None, due=None))
