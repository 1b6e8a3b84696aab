"""The tables of what comes in over the Exchange and of what we say about it."""
from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from gateway.store.tables import Moment, metadata


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


arrivals = Table(
    "arrivals", metadata,
    Column("document", Text, ForeignKey("documents.id"), primary_key=True),
    Column("sender", Text, nullable=False),
    _text("sender_name"),
    _text("message_id"),
    _text("code"),
    Column("date", Date),
    Column("kind", Integer, nullable=False, server_default="0"),
    Column("paper_follows", Boolean, nullable=False),
    Column("due", Date),
    Column("earlier", JSON, nullable=False),
    Index("arrivals_message", "message_id", "sender"),
    Index("arrivals_code", "code", "sender"),
)
"""How the sender knows a Document: `message_id` is its DocumentId there, `code` its number/symbol, `kind` 0 new,
2 update, 3 replacement; `due` the day of the answer; `earlier` ids of our Documents that it updates or replaces."""

packets = Table(
    "packets", metadata,
    Column("exchange_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    _text("sender"),
    Column("at", Moment, nullable=False),
    _text("sha256"),
    Column("outcome", Text, nullable=False),
    _text("document"),
    _text("note"),
    Index("packets_at", "at"),
)
"""Every packet that was taken from the Exchange, written before it is settled there."""

answers = Table(
    "answers", metadata,
    Column("id", Integer, primary_key=True),
    Column("document", Text, ForeignKey("documents.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("code", Text, nullable=False),
    _text("reason"),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Moment),
    Column("ended_at", Moment),
    _text("trouble"),
    UniqueConstraint("document", "key", name="answers_once"),
    Index("answers_state", "state", "next_try_at"),
)
"""Statuses that we owe to senders (gateway.store.answers)."""

arrival_numbers = Table(
    "arrival_numbers", metadata,
    Column("document", Text, ForeignKey("documents.id"), primary_key=True),
    Column("unit", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("unit", "year", "number", name="arrival_numbers_once"),
)
"""The register of what comes in (gateway.store.numbers)."""

checks = Table(
    "checks", metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    _text("note"),
    Index("checks_at", "at"),
)
"""Connection checks (R-132)."""
