"""What Documents do to earlier ones: updates and replacements (R-135)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.document import ANSWER, Earlier
from gateway.store import tables_exchange as t
from gateway.store.database import Database
from gateway.store.health import put

UNRELATED = 0
"""Kind of Earlier that takes a relation away."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One Document that updates or replaces an earlier one."""

    document: str
    earlier: str
    kind: int
    """2 update, 3 replace, 4 answer."""
    reason: str
    by: str
    at: dt.datetime


class Turns:
    """Rows by either Document."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, document_id: str) -> Sequence[TurnRow]:
        """What that Document does to earlier ones, oldest first."""
        return self._rows(t.turns.c.document == document_id)

    def later(self, document_id: str) -> Sequence[TurnRow]:
        """The Documents that update or replace that one, oldest first."""
        return self._rows(t.turns.c.earlier == document_id)

    def answering(self, documents: Sequence[str]) -> dict[str, list[str]]:
        """Ids of what came in to ids of the Documents that answer it, oldest first."""
        found: dict[str, list[str]] = {}
        for start in range(0, len(documents), _AT_ONCE):
            mine = t.turns.c.earlier.in_(documents[start:start + _AT_ONCE])
            for row in self._rows(mine & (t.turns.c.kind == ANSWER)):
                found.setdefault(row.earlier, []).append(row.document)
        return found

    def _rows(self, test: sa.ColumnElement[bool]) -> Sequence[TurnRow]:
        with self._database.reading() as connection:
            chosen = sa.select(t.turns).where(test).order_by(t.turns.c.at, t.turns.c.document, t.turns.c.earlier)
            return [TurnRow(**row) for row in connection.execute(chosen).mappings()]


def turned(connection: Connection, document_id: str, earlier: Earlier, *, who: str, at: dt.datetime) -> None:
    """Writes it down in the caller's transaction, in place of what was said of the same two before."""
    if earlier.kind == UNRELATED:
        both = (t.turns.c.document == document_id) & (t.turns.c.earlier == earlier.document)
        connection.execute(t.turns.delete().where(both))
        return
    put(connection, t.turns, {"document": document_id, "earlier": earlier.document, "kind": earlier.kind,
                              "reason": earlier.reason, "by": who, "at": at})
