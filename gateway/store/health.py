"""Who is alive and what was tried: processes that run legs, doors that look, attempts on the outside world."""
from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store import tables as t
from gateway.store.database import Database

_FORGOTTEN_S = 86_400.0
_QUIET_S = 15.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of something that touches the outside world, said before it began."""

    id: int
    document: str
    what: str
    at: dt.datetime
    outcome: str = ""
    """A word; "" while it runs, and for ever when the process died meanwhile."""
    ended_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt went."""

    attempt: int
    outcome: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class DoorSeen:
    """When a door last looked, and its trouble ("" for none)."""

    door: str
    at: dt.datetime
    note: str


def put(connection: Connection, table: Table, row: dict[str, object]) -> None:
    """Inserts the row, or overwrites the one with the same primary key."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(table).values(**row)
    keys = [column.name for column in table.primary_key]
    rest = {name: new.excluded[name] for name in row if name not in keys}
    connection.execute(new.on_conflict_do_update(index_elements=keys, set_=rest))


def end(connection: Connection, ended: Ended) -> None:
    """Writes down how an attempt went."""
    mine = t.attempts.update().where(t.attempts.c.id == ended.attempt)
    connection.execute(mine.values(outcome=ended.outcome, ended_at=ended.at))


class Health:
    """Beats, doors and attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told: dict[str, tuple[str, float]] = {}

    def beat(self, executor: str) -> None:
        """Says that this process lives, by the database's clock."""
        with self._database.writing() as connection:
            now = connection.scalar(sa.select(self._database.clock))
            put(connection, t.executors, {"name": executor, "beat": now})
            connection.execute(t.executors.delete().where(t.executors.c.beat < (now or 0.0) - _FORGOTTEN_S))

    def live(self, within_s: float) -> frozenset[str]:
        """Processes that have said so within so many seconds."""
        alive = sa.select(t.executors.c.name).where(t.executors.c.beat > self._database.clock - within_s)
        with self._database.reading() as connection:
            return frozenset(connection.scalars(alive))

    def seen(self, door: str, at: dt.datetime, note: str) -> None:
        """A door has looked.  The same word within seconds is not written again: doors look often."""
        last, when = self._told.get(door, ("", -_QUIET_S))
        if last == note and time.monotonic() - when < _QUIET_S:
            return
        with self._database.writing() as connection:
            put(connection, t.doors, {"name": door, "at": at, "note": note})
        self._told[door] = (note, time.monotonic())

    def doors(self) -> Sequence[DoorSeen]:
        """All doors that have ever looked, by name."""
        with self._database.reading() as connection:
            found = connection.execute(sa.select(t.doors).order_by(t.doors.c.name)).mappings()
            return [DoorSeen(row["name"], row["at"], row["note"]) for row in found]

    def begin(self, document: str, what: str, at: dt.datetime) -> int:
        """Writes down that something is about to be tried; the attempt's number."""
        with self._database.writing() as connection:
            done = connection.execute(t.attempts.insert().values(document=document, what=what, at=at))
            assert done.inserted_primary_key is not None
            return int(done.inserted_primary_key[0])

    def end(self, ended: Ended) -> None:
        """Writes down how it went."""
        with self._database.writing() as connection:
            end(connection, ended)

    def attempts(self, document: str) -> Sequence[Attempt]:
        """All attempts of a Document, oldest first."""
        chosen = sa.select(t.attempts).where(t.attempts.c.document == document).order_by(t.attempts.c.id)
        with self._database.reading() as connection:
            return [Attempt(**row) for row in connection.execute(chosen).mappings()]
