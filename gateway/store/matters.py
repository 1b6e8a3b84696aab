"""Papers of one matter: the same issuer, number, symbol and date, come in more than one way (R-071, R-072)."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from gateway.document import Document
from gateway.store import rows
from gateway.store import tables as t
from gateway.store.changes import DEAD
from gateway.store.database import Database
from gateway.store.due import matter
from rules.field import Name

_MOST = 50


class Matters:
    """Who else carries the same paper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def others(self, documents: Sequence[Document]) -> Mapping[str, Sequence[Document]]:
        """Id to the unit's other live Documents of the same matter, oldest first; none for most."""
        asked = {document.id: (document.unit, found) for document in documents if (found := matter(document))}
        if not asked:
            return {}
        d = t.documents.c
        chosen = sa.select(d.id, d.unit, d.matter).where(
            d.matter.in_({found for _, found in asked.values()}), d.stage.not_in([stage.value for stage in DEAD]))
        same: dict[tuple[str, str], list[str]] = defaultdict(list)
        with self._database.reading() as connection:
            for id_, unit, found in connection.execute(chosen.order_by(d.received_at, d.id)):
                same[unit, found].append(id_)
            twins = {id_ for ids in same.values() if len(ids) > 1 for id_ in ids}
            loaded = {one.id: one for one in rows.load(connection, sorted(twins))}
        return {id_: [loaded[one] for one in same[key] if one != id_] for id_, key in asked.items()
                if any(one != id_ for one in same[key])}

    def of_number(self, document: Document, number: str, day: str) -> Sequence[Document]:
        """The unit's other live Documents of that day and number (without its noughts in front), oldest first."""
        d, f = t.documents.c, t.fields.c
        chosen = sa.select(d.id).where(
            d.dated == day, d.unit == document.unit, d.id != document.id,
            d.stage.not_in([stage.value for stage in DEAD]), f.document == d.id, f.name == Name.NUMBER.value,
            sa.func.ltrim(f.value, "0") == number).order_by(d.received_at, d.id).limit(_MOST)
        with self._database.reading() as connection:
            return rows.load(connection, list(connection.scalars(chosen)))
