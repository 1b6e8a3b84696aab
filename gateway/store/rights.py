"""Changes of somebody's rights: each is an alarm until a second person has confirmed it (R-185)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.store import tables as t
from gateway.store.database import Database


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do, and for whom."""

    roles: frozenset[str]
    units: frozenset[str]
    """Empty means all."""

    @property
    def as_json(self) -> dict[str, list[str]]:
        """As it is stored."""
        return {"roles": sorted(self.roles), "units": sorted(self.units)}


@dataclass(frozen=True, slots=True)
class RightsChange:
    """One change."""

    id: int
    login: str
    at: dt.datetime
    changed_by: str
    before: Rights
    after: Rights


def write_change(connection: Connection, login: str, before: Rights, after: Rights, *, by: str,
                 at: dt.datetime) -> None:
    """Writes a change down, in the transaction that makes it."""
    connection.execute(t.rights.insert().values(
        login=login, at=at, changed_by=by, before=before.as_json, after=after.as_json))


class RightsAlarms:
    """What waits for a second person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self) -> Sequence[RightsChange]:
        """Oldest first."""
        r = t.rights.c
        chosen = sa.select(r.id, r.login, r.at, r.changed_by, r.before, r.after).where(r.confirmed_by == "")
        with self._database.reading() as connection:
            return [RightsChange(id_, login, at, by, _rights(before), _rights(after))
                    for id_, login, at, by, before, after in connection.execute(chosen.order_by(r.id))]

    def confirm(self, change: int, *, by: str, at: dt.datetime, own: bool = False) -> bool:
        """True when it was open and made by another person; `own`: also when it is for this person."""
        r = t.rights.c
        mine = (r.id == change) & (r.confirmed_by == "") & (r.changed_by != by)
        if not own:
            mine &= r.login != by
        with self._database.writing() as connection:
            done = connection.execute(t.rights.update().where(mine).values(confirmed_by=by, confirmed_at=at))
            return done.rowcount == 1


def _rights(stored: dict[str, list[str]]) -> Rights:
    return Rights(frozenset(stored["roles"]), frozenset(stored["units"]))
