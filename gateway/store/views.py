"""Views that somebody has saved: a name and what the address of the list then says."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store import tables as t
from gateway.store.database import Database
from gateway.store.health import put

MOST = 12
"""Views of one person; more would be a list to search in."""


@dataclass(frozen=True, slots=True)
class View:
    """One saved view."""

    name: str
    query: str
    """The query of the list's address ("q=ngan+sach&type=...")."""


class Views:
    """Everybody has their own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, login: str) -> Sequence[View]:
        """By name."""
        v = t.views.c
        chosen = sa.select(v.name, v.query).where(v.login == login).order_by(v.name)
        with self._database.reading() as connection:
            return [View(name, query) for name, query in connection.execute(chosen)]

    def keep(self, login: str, view: View) -> bool:
        """Saves it, over the one of the same name; False when there are too many."""
        v = t.views.c
        others = sa.select(sa.func.count()).where(v.login == login, v.name != view.name)
        with self._database.writing() as connection:
            if (connection.scalar(others) or 0) >= MOST:
                return False
            put(connection, t.views, {"login": login, "name": view.name, "query": view.query})
        return True

    def drop(self, login: str, name: str) -> None:
        """Takes it away; nothing when there is none."""
        with self._database.writing() as connection:
            connection.execute(t.views.delete().where(t.views.c.login == login, t.views.c.name == name))
