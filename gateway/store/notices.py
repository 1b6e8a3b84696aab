"""Letters that we owe to those who brought a Document by mail: written down with the move that they tell of.

One row for each Document and event, in the transaction of the move itself: no event is told twice, and none is
forgotten when the process dies.  A row is `sending` before the mail server is spoken to; one that is found so after a
crash may have gone out, and is never sent again (`doubtful`).
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from gateway.document import Document, Door, Stage
from gateway.store import tables as t
from gateway.store.database import Database
from gateway.store.later import due

MAIL_DOORS = frozenset({Door.SMTP, Door.IMAP})
AUTOMATIC = "automatic_letter"
"""Remark of a Document that a machine or a list has sent: it is never answered (RFC 3834)."""
OUTSIZED = "letter_too_large"
"""Remark of a Document that is only the head of a letter: it was too large to be fetched, and its sender hears so."""
DOUBTED = frozenset({"sender_unknown", "sender_forged"})
"""Held for these, a letter is not answered: its From may be somebody who never wrote to us."""
WAITING, SENDING, SENT, GIVEN_UP, DOUBTFUL = "waiting", "sending", "sent", "given_up", "doubtful"
_MOVES = {Stage.REJECTED: "rejected", Stage.STOPPED: "stopped", Stage.DELIVERED: "delivered",
          Stage.REFUSED: "refused", Stage.RECALLED: "recalled"}
UNIT, HEADS = "unit:", "heads"
"""Receivers whose addresses stand in the settings: a unit served here, and who is told of late papers."""
HANDED, WITHDRAWN, OVERDUE = "handed", "withdrawn", "overdue"
_HANDED = {(Stage.CONFIRMED, Stage.FILED): HANDED, (Stage.FILED, Stage.RECALLED): WITHDRAWN}
"""What the unit is told of a paper that came for it over the Exchange."""


@dataclass(frozen=True, slots=True)
class OwedNotice:
    """One letter that we owe."""

    id: int
    document: str
    event: str
    """"received" "too_large" "registered" "rejected" "stopped" "delivered" "partly_refused" "refused" "recalled", and
    for what came over the Exchange "handed" "withdrawn"; "overdue" for those who lead."""
    to: str
    state: str
    tries: int
    at: dt.datetime
    """When it happened."""
    trouble: str = ""


def owe(connection: Connection, before: Document | None, after: Document, at: dt.datetime) -> None:
    """Writes down what the bringer is to be told of this move; `before` is None for a new Document."""
    if after.origin.door is Door.EXCHANGE:
        # A paper joined to one that is registered has no number: its unit has the first.
        if before is not None and after.stage is not before.stage and after.register_number:
            _put(connection, after, _HANDED.get((before.stage, after.stage)), f"{UNIT}{after.unit}", at)
        return
    known = before or after  # STOPPED keeps nothing that could tell
    held = known.held.code if known.held else ""
    if after.origin.door not in MAIL_DOORS or "@" not in after.by or AUTOMATIC in known.remarks or held in DOUBTED:
        return
    for event in _events(before, after):
        _put(connection, after, event, after.by, at)


def _put(connection: Connection, document: Document, event: str | None, to: str, at: dt.datetime) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"document": document.id, "event": event, "to": to, "state": WAITING, "at": at}
    if event is not None:
        connection.execute(dialect.insert(t.notices).values(**row).on_conflict_do_nothing(
            index_elements=["document", "event"]))


def _events(before: Document | None, after: Document) -> list[str]:
    if OUTSIZED in after.remarks:  # its sender was told all there is to tell
        return ["too_large"] if before is None else []
    if before is None:
        return ["received"]
    events = []
    if after.register_number and not before.register_number:
        events.append("registered")
    if after.stage is not before.stage and after.stage in _MOVES:
        events.append(_MOVES[after.stage])
    elif _refusals(after) > _refusals(before):
        events.append("partly_refused")
    return events


def _refusals(document: Document) -> int:
    return sum(to.state == "02" for to in document.recipients)


class Notices:
    """What is owed and what went out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: dt.datetime, limit: int = 50, *, events: Collection[str] | None = None) -> Sequence[OwedNotice]:
        """Those that wait and may be tried now, oldest first; of these events only, where they are named."""
        n = t.notices.c
        ready = due(n.next_try_at, now)
        wanted = sa.true() if events is None else n.event.in_(sorted(events))
        return self._read(sa.and_(n.state == WAITING, ready, wanted), limit)

    def of(self, document: str) -> Sequence[OwedNotice]:
        """All of one Document, oldest first."""
        return self._read(t.notices.c.document == document, 50)

    def owe_late(self, documents: Sequence[Document], at: dt.datetime) -> None:
        """Those who lead are to be told that these are late; of each once."""
        with self._database.writing() as connection:
            for document in documents:
                _put(connection, document, OVERDUE, HEADS, at)

    def begin(self, notice: OwedNotice) -> bool:
        """Says that this one is about to be sent; False when somebody else has it."""
        n = t.notices.c
        one = t.notices.update().where(n.id == notice.id, n.state == WAITING)
        with self._database.writing() as connection:
            return connection.execute(one.values(state=SENDING, tries=notice.tries + 1)).rowcount == 1

    def end(self, notice: OwedNotice, state: str, at: dt.datetime, *, trouble: str = "",
            again_at: dt.datetime | None = None) -> None:
        """Says how it went; WAITING with `again_at` for another try."""
        one = t.notices.update().where(t.notices.c.id == notice.id)
        with self._database.writing() as connection:
            connection.execute(one.values(state=state, trouble=trouble, next_try_at=again_at,
                                          ended_at=None if state == WAITING else at))

    def cut_off(self, at: dt.datetime) -> int:
        """What a process that died was sending may have gone out: it is marked so; how many.

        A paper for a unit is sent again all the same: one too many is better than none.
        """
        n = t.notices.c
        one = t.notices.update().where(n.state == SENDING)
        with self._database.writing() as connection:
            connection.execute(one.where(n.to.startswith(UNIT, autoescape=True)).values(state=WAITING))
            return int(connection.execute(one.values(state=DOUBTFUL, ended_at=at)).rowcount)

    def sent_to(self, address: str, since: dt.datetime) -> int:
        """How many went to an address since then."""
        n = t.notices.c
        chosen = sa.select(sa.func.count()).where(n.to == address, n.state == SENT, n.ended_at >= since)
        with self._database.reading() as connection:
            return int(connection.scalar(chosen) or 0)

    def _read(self, test: sa.ColumnElement[bool], limit: int) -> Sequence[OwedNotice]:
        n = t.notices.c
        chosen = sa.select(n.id, n.document, n.event, n.to, n.state, n.tries, n.at, n.trouble)
        with self._database.reading() as connection:
            found = connection.execute(chosen.where(test).order_by(n.id).limit(limit)).mappings()
            return [OwedNotice(**row) for row in found]
