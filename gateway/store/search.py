"""Finding: every word asked for must stand somewhere in what is searched, and every filter must fit."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.document import Document, Door, Stage
from gateway.store import rows, texts
from gateway.store import tables as t
from gateway.store.database import Database
from gateway.store.folding import fold, like, words

MOST_COUNTED = 1000
"""Hits of a search are counted up to here; who has more must ask more closely."""
_FEW = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for; None means any."""

    stages: frozenset[Stage] | None = None
    held: bool | None = None
    unit: str | None = None
    units: frozenset[str] | None = None
    """Only papers of these units (what a person may see)."""
    text: str = ""
    """Words that all must occur; one typed with marks is found with those marks only, one without with any."""
    exact: bool = False
    """Every word as it is typed: "ban" finds neither "bản" nor "bán"."""
    door: Door | None = None
    goes_out: bool | None = None
    """As `Document.goes_out`."""
    doc_type: str = ""
    dated_from: str = ""
    """First date of the paper, ISO 8601."""
    dated_to: str = ""
    limit: int = 50
    """0 asks only for the total."""
    offset: int = 0
    newest_first: bool = True
    urgent_first: bool = False
    """As a clerk works through a drawer: urgent papers first, then what must go out soonest, then as they came."""

    @property
    def searches(self) -> bool:
        """More than a drawer is asked for."""
        return bool(self.text.strip() or self.door or self.doc_type or self.dated_from or self.dated_to)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits, and how many there are in all."""

    documents: tuple[Document, ...]
    total: int
    more: bool = False
    """There are more than `total`: nobody has counted further."""


def find(database: Database, query: Query) -> Found:
    """Documents that fit, in the order asked for."""
    with database.reading() as connection:
        chosen, order = _chosen(connection, query)
        counted = chosen.limit(MOST_COUNTED + 1) if query.searches else chosen
        total = connection.scalar(sa.select(sa.func.count()).select_from(counted.subquery())) or 0
        page = chosen.order_by(*order).limit(query.limit).offset(query.offset)
        ids = list(connection.scalars(page)) if query.limit else []
        more = query.searches and total > MOST_COUNTED
        return Found(tuple(rows.load(connection, ids)), MOST_COUNTED if more else total, more)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Document stands in an order."""

    id: str
    stage: Stage
    held: bool


def places(database: Database, query: Query) -> tuple[Sequence[Place], int]:
    """What `find` gives in the same order, without the Documents themselves; and how many there are in all."""
    d = t.documents.c
    with database.reading() as connection:
        chosen, order = _chosen(connection, query)
        total = connection.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
        page = chosen.add_columns(d.stage, d.held_code).order_by(*order).limit(query.limit).offset(query.offset)
        return [Place(id_, Stage(stage), held is not None) for id_, stage, held in connection.execute(page)], total


def _chosen(connection: Connection, query: Query) -> tuple[sa.Select[Any], Sequence[sa.ColumnElement[Any]]]:
    chosen = sa.select(t.documents.c.id).where(*_conditions(query))
    if not query.text.strip():
        return chosen, _order(query)
    hits = texts.hits(connection, texts.asked(query.text, exact=query.exact), few=_few(connection, query))
    return chosen.select_from(hits.source).where(hits.test), (hits.number.desc(),)


def _few(connection: Connection, query: Query) -> bool:
    """True when the dates asked for leave so few papers that the words are better looked for in them alone."""
    if not (query.dated_from or query.dated_to):
        return False
    dated = sa.select(t.documents.c.id).where(
        t.documents.c.dated.between(query.dated_from or "0", query.dated_to or "9")).limit(_FEW + 1)
    return (connection.scalar(sa.select(sa.func.count()).select_from(dated.subquery())) or 0) <= _FEW


def _conditions(query: Query) -> Sequence[sa.ColumnElement[bool]]:
    d = t.documents.c
    tests: list[sa.ColumnElement[bool]] = []
    if query.stages is not None:
        tests.append(d.stage.in_([stage.value for stage in query.stages]))
    if query.held is not None:
        tests.append(d.held_code.is_not(None) if query.held else d.held_code.is_(None))
    if query.unit is not None:
        tests.append(d.unit == query.unit)
    if query.units is not None:
        tests.append(d.unit.in_(sorted(query.units)))
    if query.door is not None:
        tests.append(d.door == query.door.value)
    if query.goes_out is not None:
        out = sa.and_(d.door != Door.EXCHANGE.value, sa.exists().where(t.recipients.c.document == d.id))
        tests.append(out if query.goes_out else sa.not_(out))
    if query.doc_type:
        tests.append(d.doc_type == query.doc_type)
    if query.dated_from:
        tests.append(d.dated >= query.dated_from)
    if query.dated_to:
        tests.append(d.dated.between("0", query.dated_to))
    return tests


def _order(query: Query) -> Sequence[sa.ColumnElement[object]]:
    d = t.documents.c
    if query.urgent_first:
        return d.urgency.desc(), d.due_at.asc().nulls_last(), d.received_at, d.id
    return (d.received_at.desc(), d.id.desc()) if query.newest_first else (d.received_at, d.id)


def holds(marked: sa.Column[str], folded: sa.Column[str], text: str) -> sa.ColumnElement[bool]:
    """True where all words of the text occur in two columns, with and without marks."""
    wanted = words(text).split()
    tests = [folded.like(like(word), escape="\\") if fold(word) == word else marked.like(like(word), escape="\\")
             for word in wanted]
    return sa.and_(sa.true(), *tests)
