"""How long reading takes on the machines of this house, from what was tried; and who is read before whom."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.document import Document, Stage
from gateway.store import tables as t
from gateway.store.database import Database

READ = "read:"
_LOOKED_AT = 2000
"""The newest attempts of every kind: a house that has not read for long has no history worth telling."""


@dataclass(frozen=True, slots=True)
class ReadTook:
    """One paper that was read."""

    seconds: float
    pages: int


class Paces:
    """Reading as it went."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reads(self, limit: int = 100) -> Sequence[ReadTook]:
        """The last papers that were read to their end, newest first."""
        a, d = t.attempts.c, t.documents.c
        newest = sa.select(sa.func.coalesce(sa.func.max(a.id), 0)).scalar_subquery()
        chosen = sa.select(a.at, a.ended_at, d.pages).select_from(
            t.attempts.join(t.documents, d.id == a.document)).where(
            a.id > newest - _LOOKED_AT, a.what.startswith(READ), a.outcome == "done", a.ended_at.is_not(None),
            d.pages > 0)
        with self._database.reading() as connection:
            found = connection.execute(chosen.order_by(a.id.desc()).limit(limit))
            return [ReadTook((ended - at).total_seconds(), pages) for at, ended, pages in found if ended > at]

    def begun(self, document: Document) -> dt.datetime | None:
        """Since when it is being read, None while it waits."""
        a = t.attempts.c
        chosen = sa.select(a.at).where(a.document == document.id, a.what == f"{READ}{document.version}",
                                       a.ended_at.is_(None)).order_by(a.id.desc()).limit(1)
        with self._database.reading() as connection:
            return connection.scalar(chosen)

    def ahead(self, document: Document) -> int:
        """How many that came before it are not read yet."""
        d = t.documents.c
        before = sa.or_(d.received_at < document.received_at,
                        sa.and_(d.received_at == document.received_at, d.id < document.id))
        chosen = sa.select(sa.func.count()).where(d.stage == Stage.RECEIVED.value, d.held_code.is_(None), before)
        with self._database.reading() as connection:
            return int(connection.scalar(chosen) or 0)
