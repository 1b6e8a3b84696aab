"""When a Document truly went out: written once and never changed (R-120)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.store import tables_exchange as t
from gateway.store.database import Database

_AT_ONCE = 500


class Sendings:
    """First sending times."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, documents: Sequence[str]) -> dict[str, dt.datetime]:
        """Document id to the time at which the Exchange had it."""
        s = t.sendings.c
        found: dict[str, dt.datetime] = {}
        with self._database.reading() as connection:
            for start in range(0, len(documents), _AT_ONCE):
                chosen = sa.select(s.document, s.at).where(s.document.in_(documents[start:start + _AT_ONCE]))
                found |= {row.document: row.at for row in connection.execute(chosen)}
        return found


def went_out(connection: Connection, document: str, at: dt.datetime) -> None:
    """Writes the time down in the caller's transaction; one that is known stays."""
    s = t.sendings
    if connection.scalar(sa.select(s.c.at).where(s.c.document == document)) is None:
        connection.execute(s.insert().values(document=document, at=at))
