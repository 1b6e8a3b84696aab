"""The directory: bodies that can receive, found by code or by name with and without tone marks.

What the Exchange says is overwritten at every fetch; what a person has set for a body (`Term`) stays above it.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from gateway.document import VN
from gateway.exchange.port import Body
from gateway.store import tables as t
from gateway.store import tables_exchange as te
from gateway.store.database import Database
from gateway.store.folding import fold, words
from gateway.store.health import put
from gateway.store.search import holds

EXCHANGE = "exchange"
"""Who has closed a body that the Exchange's own list says has ended."""
_WEIGHED = 500
"""So many hits are looked at to find the best."""
_BATCH = 2000
"""Rows in one transaction: nobody waits long for the writer while a national directory comes in."""


@dataclass(frozen=True, slots=True)
class Term:
    """What a person has set for a body."""

    code: str
    since: dt.date | None = None
    """First day of the code."""
    until: dt.date | None = None
    """Last day of the code."""
    successor: str = ""
    """Code of what comes after it."""
    note: str = ""
    """The paper that says so (R-193)."""
    name: str = ""
    """Where it differs from the Exchange's, or for a body that the Exchange does not list."""
    mail: str = ""
    changed_by: str = ""
    changed_at: dt.datetime | None = None


def _body(row: RowMapping) -> Body:
    return Body(row["code"], row["name"], row["parent"], row["old_code"], row["mail"])


def _row(body: Body) -> dict[str, Any]:
    searched = f"{body.code} {body.name} {body.old_code}"
    return {"code": body.code, "name": body.name, "parent": body.parent, "old_code": body.old_code, "mail": body.mail,
            "words": words(searched), "folded": fold(searched)}


class Directory:
    """Bodies by code."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, bodies: Iterable[Body]) -> int:
        """Adds or overwrites what differs; a body that is not named stays.  How many were written.

        One of which the Exchange says that it has ended is closed from then on, and open again when it is back; what
        a person has set for a body stays as it is.
        """
        named = {body.code: body for body in bodies}
        with self._database.reading() as connection:
            known = {row["code"]: row for row in connection.execute(sa.select(t.bodies)).mappings()}
            terms = {term.code: term for term in _terms(connection)}
        ended = {code: body.until for code, body in named.items() if body.until is not None}
        told = (_over(body, terms.get(code)) for code, body in named.items() if code not in ended)
        new = (body for body in told if (row := known.get(body.code)) is None or _body(row) != body)
        written = 0
        while batch := list(islice(new, _BATCH)):
            with self._database.writing() as connection:
                _write(connection, batch, known)
            written += len(batch)
        return written + self._close({code: day for code, day in ended.items() if code in known}, terms, named)

    def _close(self, ended: Mapping[str, dt.date], terms: Mapping[str, Term], told: Collection[str]) -> int:
        ours = {code for code, term in terms.items() if term.changed_by == EXCHANGE}
        closed = [code for code in ended if code not in terms]
        back = [code for code in ours if code in told and code not in ended]
        if not (closed or back):
            return 0
        now = dt.datetime.now(VN)
        with self._database.writing() as connection:
            for code in closed:
                put(connection, te.terms, {"code": code, "name": "", "mail": "", "since": None, "until": ended[code],
                                           "successor": "", "note": "", "changed_by": EXCHANGE, "changed_at": now})
            for code in back:
                connection.execute(te.terms.delete().where(te.terms.c.code == code))
        return len(closed) + len(back)

    def get(self, code: str) -> Body | None:
        """The body of that code, or None."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(t.bodies).where(t.bodies.c.code == code)).mappings().one_or_none()
        return _body(row) if row else None

    def by_old_code(self, old_code: str) -> Body | None:
        """The body that bore this code in the form of QCVN 102:2016."""
        with self._database.reading() as connection:
            chosen = sa.select(t.bodies).where(t.bodies.c.old_code == old_code, t.bodies.c.old_code != "").limit(1)
            row = connection.execute(chosen).mappings().one_or_none()
        return _body(row) if row else None

    def term(self, code: str) -> Term | None:
        """What a person has set for that body."""
        with self._database.reading() as connection:
            return next(iter(_terms(connection, code)), None)

    def set_term(self, term: Term, *, who: str, at: dt.datetime) -> None:
        """Sets it, in place of what was set before; a body that the Exchange does not list is added by its name."""
        with self._database.writing() as connection:
            row = connection.execute(sa.select(t.bodies).where(t.bodies.c.code == term.code)).mappings().one_or_none()
            if row is not None or term.name:
                put(connection, t.bodies, _row(_over(_body(row) if row else Body(term.code, term.name), term)))
            put(connection, te.terms, {
                "code": term.code, "name": term.name, "mail": term.mail, "since": term.since, "until": term.until,
                "successor": term.successor, "note": term.note, "changed_by": who, "changed_at": at})

    def search(self, text: str, limit: int = 20) -> Sequence[Body]:
        """Best first: the code itself, codes that begin so, names that begin so, names that hold it, the rest."""
        chosen = sa.select(t.bodies).where(holds(t.bodies.c.words, t.bodies.c.folded, text)).limit(_WEIGHED)
        with self._database.reading() as connection:
            found = [_body(row) for row in connection.execute(chosen).mappings()]
            exact = connection.execute(sa.select(t.bodies).where(t.bodies.c.code == text.strip().upper())).mappings()
            found += [body for body in map(_body, exact) if body not in found]
        wanted = fold(text)

        def rank(body: Body) -> tuple[int, int, str]:
            code, name = fold(body.code), fold(body.name)
            tests = (code == wanted, code.startswith(wanted), name.startswith(wanted), wanted in name)
            place = next((n for n, hit in enumerate(tests) if hit), len(tests))
            return place, len(name) if place > 1 else 0, code

        return sorted(found, key=rank)[:limit]

    def count(self) -> int:
        """How many bodies there are."""
        with self._database.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(t.bodies)) or 0


def _over(body: Body, term: Term | None) -> Body:
    """What the Exchange says under what a person has set."""
    return body if term is None else replace(body, name=term.name or body.name, mail=term.mail or body.mail)


def _write(connection: Connection, bodies: Sequence[Body], known: Mapping[str, object]) -> None:
    fresh = [_row(body) for body in bodies if body.code not in known]
    if fresh:
        # Somebody may have added one of them meanwhile: that one is taken over by the next fetch.
        taken = set(connection.scalars(sa.select(t.bodies.c.code).where(
            t.bodies.c.code.in_([row["code"] for row in fresh]))))
        if free := [row for row in fresh if row["code"] not in taken]:
            connection.execute(t.bodies.insert(), free)
    for body in bodies:
        if body.code in known:
            put(connection, t.bodies, _row(body))


def _terms(connection: Connection, code: str = "") -> Sequence[Term]:
    chosen = sa.select(te.terms).where(te.terms.c.code == code) if code else sa.select(te.terms)
    return [Term(**row) for row in connection.execute(chosen).mappings()]
