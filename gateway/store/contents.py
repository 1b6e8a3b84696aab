"""Which files the vault must hold, for backup and fixity."""
from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from gateway.store import tables as t
from gateway.store.database import Database

_BATCH = 5000


class Contents:
    """The files of all Documents by their SHA-256."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, sha256: str, limit: int) -> Sequence[tuple[str, int]]:
        """SHA-256 and size of the next files in the order of their hashes."""
        f = t.files.c
        chosen = sa.select(f.sha256, sa.func.max(f.size)).where(f.sha256 > sha256).group_by(f.sha256)
        with self._database.reading() as connection:
            return [(found, size) for found, size in connection.execute(chosen.order_by(f.sha256).limit(limit))]

    def all(self) -> Iterator[tuple[str, int]]:
        """Every file; what comes or goes meanwhile may be among them or not."""
        last = ""
        while found := self.after(last, _BATCH):
            yield from found
            last = found[-1][0]

    def wants(self, sha256: str) -> bool:
        """Does a Document have it?"""
        with self._database.reading() as connection:
            return connection.scalar(sa.select(t.files.c.sha256).where(t.files.c.sha256 == sha256).limit(1)) is not None

    def documents_with(self, sha256: str) -> Sequence[str]:
        """Ids of the Documents that have the file."""
        chosen = sa.select(t.files.c.document).distinct().where(t.files.c.sha256 == sha256)
        with self._database.reading() as connection:
            return sorted(connection.scalars(chosen))
