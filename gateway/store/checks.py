"""Connection checks and their log (R-132)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store import tables_return as t
from gateway.store.database import Database


@dataclass(frozen=True, slots=True)
class Check:
    """One look at the connection to the Exchange."""

    at: dt.datetime
    ok: bool
    milliseconds: int
    note: str = ""
    """Its trouble as a sentence."""


class Checks:
    """What was found, never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, check: Check) -> None:
        """Writes one down."""
        with self._database.writing() as connection:
            connection.execute(t.checks.insert().values(**{name: getattr(check, name) for name in Check.__slots__}))

    def last(self) -> Check | None:
        """The newest, or None before the first."""
        found = self._read(sa.true(), 1)
        return found[0] if found else None

    def between(self, first: dt.datetime, until: dt.datetime) -> Sequence[Check]:
        """Those of a span of time, newest first."""
        return self._read(sa.and_(t.checks.c.at >= first, t.checks.c.at < until), 10_000)

    def _read(self, test: sa.ColumnElement[bool], limit: int) -> Sequence[Check]:
        c = t.checks.c
        chosen = sa.select(c.at, c.ok, c.milliseconds, c.note).where(test).order_by(c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [Check(**row) for row in connection.execute(chosen).mappings()]
