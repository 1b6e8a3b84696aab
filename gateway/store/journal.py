"""The journal: one line an Event, each line's hash covering the line and the hash before it (R-186).

A changed, removed or inserted line breaks every hash after it.  Cutting off the end is found by comparing with a line
that was written down elsewhere: `verify(known=...)`.
"""
from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from gateway.document import Event, Stage
from gateway.store import tables as t
from gateway.store.database import Database

_FIRST = "0" * 64
_BATCH = 2000


def line_hash(event: Event, before: str) -> str:
    """SHA-256 over the line as canonical JSON and the hash before it; `event.hash` is not looked at."""
    at = event.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    line = {
        "seq": event.seq, "document": event.document, "at": at, "who": event.who, "what": event.what,
        "from": event.from_stage and event.from_stage.value, "to": event.to_stage and event.to_stage.value,
        "why": event.why, "before": before,
    }
    text = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def append(connection: Connection, event: Event) -> Event:
    """Adds a line and gives it its number and hash; the caller holds the writer's lock."""
    last = connection.execute(sa.select(t.journal.c.seq, t.journal.c.hash).order_by(t.journal.c.seq.desc()).limit(1))
    seq, before = last.one_or_none() or (0, _FIRST)
    line = _with(event, seq + 1, "")
    line = _with(line, seq + 1, line_hash(line, before))
    connection.execute(t.journal.insert().values(
        seq=line.seq, document=line.document, at=line.at, who=line.who, what=line.what,
        from_stage=line.from_stage and line.from_stage.value, to_stage=line.to_stage and line.to_stage.value,
        why=line.why, hash=line.hash))
    return line


def _with(event: Event, seq: int, hash_: str) -> Event:
    return Event(seq, event.document, event.at, event.who, event.what, event.from_stage, event.to_stage, event.why,
                 hash_)


def event_of(row: RowMapping) -> Event:
    """A row as an Event."""
    return Event(row["seq"], row["document"], row["at"], row["who"], row["what"],
                 row["from_stage"] and Stage(row["from_stage"]), row["to_stage"] and Stage(row["to_stage"]), row["why"],
                 row["hash"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Which lines are asked for; "" means any."""

    who: str = ""
    what: str = ""
    document: str = ""
    units: frozenset[str] = frozenset()
    """Only lines about papers of these units, and those about none; empty means all."""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    before: int = 0
    """Only lines with a lower number; 0 for the newest."""


class Journal:
    """Reading and checking."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recent(self, limit: int, document: str | None = None) -> Sequence[Event]:
        """The last lines, newest first."""
        chosen = sa.select(t.journal).order_by(t.journal.c.seq.desc()).limit(limit)
        if document is not None:
            chosen = chosen.where(t.journal.c.document == document)
        with self._database.reading() as connection:
            return [event_of(row) for row in connection.execute(chosen).mappings()]

    def lines(self, asked: Lines, limit: int) -> Sequence[Event]:
        """Newest first."""
        j, d = t.journal.c, t.documents.c
        wanted = ((j.who, asked.who), (j.what, asked.what), (j.document, asked.document))
        tests: list[sa.ColumnElement[bool]] = [column == value for column, value in wanted if value]
        if asked.units:
            mine = sa.select(d.id).where(d.unit.in_(sorted(asked.units)))
            tests.append(sa.or_(j.document == "", j.document.in_(mine)))
        tests += [j.at >= asked.since] if asked.since else []
        tests += [j.at < asked.until] if asked.until else []
        tests += [j.seq < asked.before] if asked.before else []
        chosen = sa.select(t.journal).where(*tests).order_by(j.seq.desc()).limit(limit)
        with self._database.reading() as connection:
            return [event_of(row) for row in connection.execute(chosen).mappings()]

    def of(self, document: str) -> Sequence[Event]:
        """All lines of one Document, oldest first."""
        chosen = sa.select(t.journal).where(t.journal.c.document == document).order_by(t.journal.c.seq)
        with self._database.reading() as connection:
            return [event_of(row) for row in connection.execute(chosen).mappings()]

    def verify(self, known: tuple[int, str] | None = None) -> Sequence[str]:
        """Problems as sentences, none when the chain is whole.  `known`: number and hash of a line kept elsewhere."""
        problems: list[str] = []
        before, last, met = _FIRST, 0, known is None
        with self._database.reading() as connection:
            while True:
                chosen = sa.select(t.journal).where(t.journal.c.seq > last).order_by(t.journal.c.seq).limit(_BATCH)
                lines = [event_of(row) for row in connection.execute(chosen).mappings()]
                for line in lines:
                    problems += _trouble(line, last, before)
                    met = met or (line.seq, line.hash) == known
                    before, last = line.hash, line.seq
                if not lines:
                    break
        if not met:
            problems.append("Nhật ký không còn dòng đã ghi lại trước đây. Hãy đối chiếu với bản sao lưu.")
        return problems


def _trouble(line: Event, last: int, before: str) -> list[str]:
    found = []
    if line.seq != last + 1:
        found.append(f"Nhật ký thiếu dòng {last + 1} đến {line.seq - 1}. Hãy đối chiếu với bản sao lưu.")
    if line_hash(line, before) != line.hash:
        found.append(f"Dòng nhật ký {line.seq} không khớp mã băm. Hãy đối chiếu với bản sao lưu.")
    return found
