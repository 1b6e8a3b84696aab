"""What programs are told of a Document: written down with the move it tells of, in the same transaction.

One row for each event and address.  A row that a process was sending when it died is sent again under the same key, so
that its receiver can drop the double.  To one address one call goes at a time, and of one Document they go in order.
"""
from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.document import Document, Receipt, Stage
from gateway.store import tables_hooks as t
from gateway.store.database import Database
from gateway.store.later import due

WAITING, SENDING, SENT, GIVEN_UP = "waiting", "sending", "sent", "given_up"
_OPEN = (WAITING, SENDING)
_KEPT = dt.timedelta(days=30)
RECEIPT = "document.receipt"
TOLD = {stage: f"document.{stage.value}" for stage in (
    Stage.PROPOSED, Stage.CONFIRMED, Stage.FILED, Stage.REJECTED, Stage.STOPPED, Stage.SEALED, Stage.SENT,
    Stage.DELIVERED, Stage.REFUSED, Stage.RECALLED)}
"""Stages whose reaching is told, and as what."""
EVENTS = (*TOLD.values(), RECEIPT)


@dataclass(frozen=True, slots=True)
class Hook:
    """An address where a program of a unit listens."""

    id: int
    unit: str
    url: str
    made_by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class OwedCall:
    """One thing to be told to one address."""

    id: int
    hook: int
    key: str
    """The receiver knows a double by it."""
    document: str
    event: str
    at: dt.datetime
    body: str
    state: str
    tries: int
    trouble: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How an address stands."""

    waiting: int
    given_up: int
    sent_at: dt.datetime | None
    """The last time that it took something."""
    trouble: str
    """What went wrong last, of what has not arrived; "" for nothing."""


def owe(connection: Connection, before: Document, after: Document, receipts: Iterable[Receipt],
        at: dt.datetime) -> None:
    """Writes down what programs of its unit are to be told of this Change; `receipts` are those new with it."""
    events = list(_events(before, after, receipts))
    if not events:
        return
    h = t.hooks.c
    for hook in list(connection.scalars(sa.select(h.id).where(h.unit == after.unit, h.ended_at.is_(None)))):
        for event, more in events:
            said = {"document": after.id, "unit": after.unit, "stage": after.stage.value, **more}
            connection.execute(t.calls.insert().values(
                hook=hook, key=f"evt_{secrets.token_hex(16)}", document=after.id, event=event, at=at, state=WAITING,
                body=json.dumps({"type": event, "timestamp": _utc(at), "data": said}, separators=(",", ":"))))


def _events(before: Document, after: Document, receipts: Iterable[Receipt]) -> Iterator[tuple[str, dict[str, object]]]:
    for one in receipts:
        yield RECEIPT, {"receipt": {"code": one.code, "from": one.from_code, "at": _utc(one.at)}}
    if after.stage is not before.stage and after.stage in TOLD:
        yield TOLD[after.stage], {}


def _utc(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds")


class Hooks:
    """Addresses, what is owed to them and what went out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, unit: str, url: str, *, by: str, at: dt.datetime) -> Hook:
        """An address that is told of the unit's papers from now on; the same one again is the same."""
        h = t.hooks.c
        with self._database.writing() as connection:
            known = connection.scalar(sa.select(h.id).where(h.unit == unit, h.url == url, h.ended_at.is_(None)))
            row = {"unit": unit, "url": url, "made_by": by, "at": at}
            if known is None:
                known = connection.scalar(t.hooks.insert().values(**row).returning(h.id))
            return Hook(*connection.execute(_SHOWN.where(h.id == known)).one())

    def end(self, hook: int, at: dt.datetime) -> None:
        """Is told nothing more, what is still owed included."""
        with self._database.writing() as connection:
            connection.execute(t.hooks.update().where(t.hooks.c.id == hook).values(ended_at=at))

    def open(self) -> Sequence[Hook]:
        """Addresses that have not been ended, oldest first."""
        with self._database.reading() as connection:
            chosen = _SHOWN.where(t.hooks.c.ended_at.is_(None)).order_by(t.hooks.c.id)
            return [Hook(*row) for row in connection.execute(chosen)]

    def tally(self, hook: int) -> Tally:
        """How one stands."""
        c = t.calls.c
        with self._database.reading() as connection:
            def count(*states: str) -> int:
                asked = sa.select(sa.func.count()).where(c.hook == hook, c.state.in_(states))
                return int(connection.scalar(asked) or 0)

            last = connection.scalar(sa.select(sa.func.max(c.ended_at)).where(c.hook == hook, c.state == SENT))
            bad = sa.select(c.trouble).where(c.hook == hook, c.state != SENT, c.trouble != "")
            return Tally(count(*_OPEN), count(GIVEN_UP), last,
                         connection.scalar(bad.order_by(c.tries.desc(), c.id.desc()).limit(1)) or "")

    def given_up(self) -> int:
        """How many things did not arrive and are not tried any more."""
        c, h = t.calls.c, t.hooks.c
        asked = sa.select(sa.func.count()).select_from(t.calls.join(t.hooks)).where(c.state == GIVEN_UP,
                                                                                   h.ended_at.is_(None))
        with self._database.reading() as connection:
            return int(connection.scalar(asked) or 0)

    def due(self, now: dt.datetime) -> Sequence[OwedCall]:
        """For each address that does not rest the oldest that may be tried now."""
        c, h = t.calls.c, t.hooks.c
        first = sa.select(sa.func.min(c.id)).where(c.state.in_(_OPEN)).group_by(c.hook, c.document)
        chosen = _OWED.where(c.id.in_(first), h.ended_at.is_(None), due(c.next_try_at, now), due(h.rests_until, now))
        with self._database.reading() as connection:
            oldest: dict[str, OwedCall] = {}
            for row in connection.execute(chosen.order_by(c.id)):
                oldest.setdefault(row.url, OwedCall(*row))
            return list(oldest.values())

    def begin(self, call: OwedCall, now: dt.datetime, until: dt.datetime) -> bool:
        """Takes one for this process until then; False when somebody else has it, or its address is spoken to."""
        c, h = t.calls.c, t.hooks.c
        busy = sa.select(h.id).where(h.url == call.url, ~due(h.rests_until, now))
        mine = t.calls.update().where(c.id == call.id, c.state.in_(_OPEN), c.tries == call.tries)
        with self._database.writing() as connection:
            if connection.execute(busy.limit(1)).first() is not None:
                return False
            if not connection.execute(mine.values(state=SENDING, tries=call.tries + 1, next_try_at=until)).rowcount:
                return False
            connection.execute(t.hooks.update().where(h.url == call.url).values(rests_until=until))
            return True

    def sent(self, call: OwedCall, at: dt.datetime) -> None:
        """It has arrived; what arrived long ago is forgotten."""
        c = t.calls.c
        with self._database.writing() as connection:
            self._settle(connection, call, {"state": SENT, "ended_at": at, "trouble": "", "next_try_at": None}, None)
            connection.execute(t.calls.delete().where(c.state == SENT, c.ended_at < at - _KEPT))

    def failed(self, call: OwedCall, trouble: str, *, rests_until: dt.datetime, again_at: dt.datetime | None) -> None:
        """It has not arrived; `again_at` None gives it up."""
        state = WAITING if again_at else GIVEN_UP
        ended = None if again_at else rests_until
        values = {"state": state, "trouble": trouble, "next_try_at": again_at, "ended_at": ended}
        with self._database.writing() as connection:
            self._settle(connection, call, values, rests_until)

    def _settle(self, connection: Connection, call: OwedCall, values: Mapping[str, object],
                rests_until: dt.datetime | None) -> None:
        # A slow process whose turn has passed to another one says nothing any more.
        c = t.calls.c
        mine = t.calls.update().where(c.id == call.id, c.state == SENDING, c.tries == call.tries + 1)
        if connection.execute(mine.values(**values)).rowcount:
            connection.execute(t.hooks.update().where(t.hooks.c.url == call.url).values(rests_until=rests_until))

    def again(self, hook: int) -> int:
        """What was given up for an address is tried anew; how many."""
        c = t.calls.c
        fresh = {"state": WAITING, "tries": 0, "next_try_at": None, "ended_at": None}
        with self._database.writing() as connection:
            given = t.calls.update().where(c.hook == hook, c.state == GIVEN_UP)
            return int(connection.execute(given.values(**fresh)).rowcount)

    def cut_off(self) -> None:
        """What a process that died was sending is sent again at once: for the one process that sends here."""
        c = t.calls.c
        with self._database.writing() as connection:
            connection.execute(t.calls.update().where(c.state == SENDING).values(state=WAITING, next_try_at=None))
            connection.execute(t.hooks.update().values(rests_until=None))

    def of(self, document: str) -> Sequence[OwedCall]:
        """All about one Document, oldest first."""
        with self._database.reading() as connection:
            chosen = _OWED.where(t.calls.c.document == document).order_by(t.calls.c.id)
            return [OwedCall(*row) for row in connection.execute(chosen)]


_SHOWN = sa.select(*(t.hooks.c[name] for name in Hook.__slots__))
_OWED = sa.select(*(t.calls.c[name] for name in OwedCall.__slots__ if name != "url"), t.hooks.c.url).select_from(
    t.calls.join(t.hooks))
