"""Figures for the overview and for Prometheus: what came in, how late, how often the machine was right."""
from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.document import VN, Door, Stage
from gateway.store import tables as t
from gateway.store import tables_exchange as te
from gateway.store.database import Database


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day, Viet Nam's time."""

    day: dt.date
    by_door: Mapping[Door, int]
    """Papers that came in."""
    confirmed: int
    corrected: int
    """Of the confirmed: those in which the clerk changed a field."""
    sent: int
    late: int
    """Of the sent: those that went out after their time."""


class Figures:
    """Counted from the rows and the journal, so that they cannot drift apart from them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def days(self, today: dt.date, count: int, units: frozenset[str] = frozenset()) -> Sequence[DayFigures]:
        """The last so many days, oldest first; only papers of these units, or of all."""
        first = today - dt.timedelta(days=count - 1)
        since = dt.datetime.combine(first, dt.time(), VN)
        came = self._came(since, units)
        confirmed, corrected, sent, late = self._done(since, units)
        days = [first + dt.timedelta(days=n) for n in range(count)]
        return [DayFigures(day, came[day], confirmed[day], corrected[day], sent[day], late[day]) for day in days]

    def _came(self, since: dt.datetime, units: frozenset[str]) -> Mapping[dt.date, Mapping[Door, int]]:
        d = t.documents.c
        chosen = sa.select(d.received_at, d.door).where(d.received_at >= since, *_mine(units))
        found: dict[dt.date, Counter[Door]] = defaultdict(Counter)
        with self._database.reading() as connection:
            for at, door in connection.execute(chosen):
                found[at.date()][Door(door)] += 1
        return found

    def _done(self, since: dt.datetime, units: frozenset[str]) -> tuple[Counter[dt.date], ...]:
        j, d, s = t.journal.c, t.documents.c, te.sendings.c
        confirms = sa.select(j.at, j.why).join(t.documents, d.id == j.document).where(
            j.at >= since, j.to_stage == Stage.CONFIRMED.value, *_mine(units))
        sends = sa.select(s.at, d.due_at).join(t.documents, d.id == s.document).where(s.at >= since, *_mine(units))
        confirmed, corrected, sent, late = (Counter[dt.date]() for _ in range(4))
        with self._database.reading() as connection:
            for at, why in connection.execute(confirms):
                confirmed[at.date()] += 1
                corrected[at.date()] += "Sửa:" in why
            for at, due in connection.execute(sends):
                sent[at.date()] += 1
                late[at.date()] += due is not None and at > due
        return confirmed, corrected, sent, late

    def waiting_late(self, now: dt.datetime) -> int:
        """Papers that should have gone out by now and have not."""
        d = t.documents.c
        stages = [Stage.RECEIVED.value, Stage.READ.value, Stage.PROPOSED.value, Stage.CONFIRMED.value,
                  Stage.SEALED.value]
        chosen = sa.select(sa.func.count()).where(d.stage.in_(stages), d.due_at < now)
        with self._database.reading() as connection:
            return connection.scalar(chosen) or 0


def _mine(units: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    return [t.documents.c.unit.in_(sorted(units))] if units else []
