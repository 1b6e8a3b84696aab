"""Anchors: once a day the journal's last line is kept apart and time-stamped, so that no chain is made anew."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.document import VN, Event
from gateway.store import tables as tj
from gateway.store import tables_elsewhere as t
from gateway.store.database import Database
from gateway.store.journal import append

WHAT = "anchored"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One line of the journal as it was."""

    seq: int
    hash: str
    """Of the line, SHA-256 in hex; this is what is time-stamped."""
    at: dt.datetime
    token: bytes | None = None
    """The time stamp (RFC 3161 token, DER); None while there is none."""
    stamped_at: dt.datetime | None = None
    trouble: str = ""
    """Why there is none, a sentence."""


class Anchors:
    """One a day, never changed but for the stamp that comes later."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def drop(self, at: dt.datetime) -> Anchor | None:
        """The day's anchor, with an Event of its own; None when it is there already, or the journal is empty."""
        j, a = tj.journal.c, t.anchors.c
        with self._database.writing() as connection:
            last = connection.scalar(sa.select(sa.func.max(a.at)))
            line = connection.execute(sa.select(j.seq, j.hash).order_by(j.seq.desc()).limit(1)).one_or_none()
            if line is None or (last is not None and last.astimezone(VN).date() >= at.astimezone(VN).date()):
                return None
            made = Anchor(line.seq, line.hash, at)
            connection.execute(t.anchors.insert().values(seq=made.seq, hash=made.hash, at=at, trouble=""))
            append(connection, Event(0, "", at, "machine", WHAT, None, None, str(made.seq), ""))
        return made

    def all(self) -> Sequence[Anchor]:
        """Oldest first."""
        return self._read(sa.true())

    def bare(self) -> Sequence[Anchor]:
        """Those without a stamp, oldest first."""
        return self._read(t.anchors.c.token.is_(None))

    def last(self) -> Anchor | None:
        """The newest, or None before the first."""
        newest = sa.select(sa.func.max(t.anchors.c.seq)).scalar_subquery()
        found = self._read(t.anchors.c.seq == newest)
        return found[0] if found else None

    def stamp(self, seq: int, token: bytes, at: dt.datetime) -> None:
        """The stamp has come; it is never replaced."""
        self._set(seq, token=token, stamped_at=at, trouble="")

    def trouble(self, seq: int, sentence: str) -> None:
        """Why there is still none."""
        self._set(seq, trouble=sentence)

    def _set(self, seq: int, **values: object) -> None:
        a = t.anchors.c
        with self._database.writing() as connection:
            connection.execute(t.anchors.update().where(a.seq == seq, a.token.is_(None)).values(**values))

    def _read(self, test: sa.ColumnElement[bool]) -> Sequence[Anchor]:
        a = t.anchors.c
        chosen = sa.select(a.seq, a.hash, a.at, a.token, a.stamped_at, a.trouble).where(test).order_by(a.seq)
        with self._database.reading() as connection:
            return [Anchor(**row) for row in connection.execute(chosen).mappings()]

    def said(self) -> Sequence[int]:
        """Lines that the journal itself says were kept."""
        chosen = sa.select(tj.journal.c.why).where(tj.journal.c.what == WHAT, tj.journal.c.who == "machine")
        with self._database.reading() as connection:
            return [int(why) for why in connection.scalars(chosen) if why.isdecimal()]

    def hashes(self, seqs: Sequence[int]) -> dict[int, str]:
        """What the journal holds now on these lines."""
        found: dict[int, str] = {}
        j = tj.journal.c
        with self._database.reading() as connection:
            for start in range(0, len(seqs), 500):
                chosen = sa.select(j.seq, j.hash).where(j.seq.in_(seqs[start : start + 500]))
                found |= {row.seq: row.hash for row in connection.execute(chosen)}
        return found
