"""The tables of sending: what people have said of bodies, and what a Document does to an earlier one."""
from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, Table, Text

from gateway.store.tables import Moment, metadata


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


terms = Table(
    "terms", metadata,
    Column("code", Text, primary_key=True),
    _text("name"),
    _text("mail"),
    Column("since", Date),
    Column("until", Date),
    _text("successor"),
    _text("note"),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""What a person has set for a body, over what the Exchange says: how long its code is good, what comes after it, by
which paper (`note`); `name` and `mail` where they differ, or for a body that the Exchange does not list."""

turns = Table(
    "turns", metadata,
    Column("document", Text, ForeignKey("documents.id"), primary_key=True),
    Column("earlier", Text, ForeignKey("documents.id"), primary_key=True),
    Column("kind", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("turns_earlier", "earlier"),
)
"""A Document that updates (2) or replaces (3) earlier ones of ours or answers (4) what came in, with the reason and the
person (R-135)."""

sendings = Table(
    "sendings", metadata,
    Column("document", Text, ForeignKey("documents.id"), primary_key=True),
    Column("at", Moment, nullable=False),
)
"""When the Exchange had a Document first: by its own list where its answer was lost, else by our clock."""
