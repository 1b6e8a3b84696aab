"""When a Document truly went out: written once and never changed (R-120)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.document import Stage
from gateway.store import tables_exchange as t
from gateway.store.database import Database
from gateway.store.tables import documents, recipients

_AT_ONCE = 500
_LONG_AGO = dt.timedelta(days=90)
"""What went out before that is not asked after any more."""
_OUT = (Stage.SENT.value, Stage.DELIVERED.value)


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

    def unheard_of(self, before: dt.datetime) -> Sequence[str]:
        """Ids of what went out before then and of which some receiver has not said a word, oldest first (R-131);
        not those of long ago."""
        s, d, r = t.sendings.c, documents.c, recipients.c
        silent = sa.and_(s.at < before, s.at >= before - _LONG_AGO, r.state == "", d.stage.in_(_OUT))
        chosen = sa.select(s.document, s.at).distinct().join(documents, d.id == s.document).join(
            recipients, r.document == s.document).where(silent)
        with self._database.reading() as connection:
            return [str(row.document) for row in connection.execute(chosen.order_by(s.at, s.document))]


def went_out(connection: Connection, document: str, at: dt.datetime) -> None:
    """Writes the time down in the caller's transaction; one that is known stays."""
    s = t.sendings
    if connection.scalar(sa.select(s.c.at).where(s.c.document == document)) is None:
        connection.execute(s.insert().values(document=document, at=at))
