"""The directory: bodies that can receive, found by code or by name with and without tone marks."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy import RowMapping

from gateway.exchange.port import Body
from gateway.store import tables as t
from gateway.store.database import Database
from gateway.store.folding import fold, words
from gateway.store.health import put
from gateway.store.search import holds

_WEIGHED = 500
"""So many hits are looked at to find the best."""


def _body(row: RowMapping) -> Body:
    return Body(row["code"], row["name"], row["parent"], row["old_code"], row["mail"])


class Directory:
    """Bodies by code."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, bodies: Iterable[Body]) -> None:
        """Adds or overwrites; a body that is not named stays."""
        with self._database.writing() as connection:
            for body in bodies:
                searched = f"{body.code} {body.name} {body.old_code}"
                put(connection, t.bodies, {
                    "code": body.code, "name": body.name, "parent": body.parent, "old_code": body.old_code,
                    "mail": body.mail, "words": words(searched), "folded": fold(searched)})

    def get(self, code: str) -> Body | None:
        """The body of that code, or None."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(t.bodies).where(t.bodies.c.code == code)).mappings().one_or_none()
        return _body(row) if row else None

    def search(self, text: str, limit: int = 20) -> Sequence[Body]:
        """Best first: the code itself, codes that begin so, names that begin so, names that hold it, the rest."""
        chosen = sa.select(t.bodies).where(holds(t.bodies.c.words, t.bodies.c.folded, text)).limit(_WEIGHED)
        with self._database.reading() as connection:
            found = [_body(row) for row in connection.execute(chosen).mappings()]
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
