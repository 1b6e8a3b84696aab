"""Finding: every word asked for must stand somewhere in what is searched."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.document import Document, Stage
from gateway.store import tables as t
from gateway.store.folding import fold, like, words


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
    limit: int = 50
    """0 asks only for the total."""
    offset: int = 0
    newest_first: bool = True
    urgent_first: bool = False
    """As a clerk works through a drawer: urgent papers first, then what must go out soonest, then as they came."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits, and how many there are in all."""

    documents: tuple[Document, ...]
    total: int


def holds(marked: sa.Column[str], folded: sa.Column[str], text: str) -> sa.ColumnElement[bool]:
    """True where all words of the text occur."""
    asked = words(text).split()
    tests = [folded.like(like(word), escape="\\") if fold(word) == word else marked.like(like(word), escape="\\")
             for word in asked]
    return sa.and_(sa.true(), *tests)


def conditions(query: Query) -> Sequence[sa.ColumnElement[bool]]:
    """The query as tests on the table of documents."""
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
    if query.text.strip():
        tests.append(holds(d.words, d.folded, query.text))
    return tests


def order(query: Query) -> Sequence[sa.ColumnElement[object]]:
    """The order of the hits."""
    d = t.documents.c
    if query.urgent_first:
        return d.urgency.desc(), d.due_at.asc().nulls_last(), d.received_at, d.id
    return (d.received_at.desc(), d.id.desc()) if query.newest_first else (d.received_at, d.id)
