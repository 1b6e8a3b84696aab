"""The tables of webhooks: addresses of programs, and what each is told."""
from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from gateway.store.tables import Moment, metadata

hooks = Table(
    "hooks", metadata,
    Column("id", Integer, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("rests_until", Moment),
    Index("hooks_unit", "unit"),
)
"""Where programs of a unit listen.  `rests_until`: nothing is sent there before; also says that a call is under way."""

calls = Table(
    "calls", metadata,
    Column("id", Integer, primary_key=True),
    Column("hook", Integer, ForeignKey("hooks.id"), nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("document", Text, ForeignKey("documents.id"), nullable=False),
    Column("event", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Moment),
    Column("ended_at", Moment),
    Column("trouble", Text, nullable=False, server_default=""),
    Index("calls_state", "state", "hook", "document"),
)
"""One row for each event and address; `key` and `body` are the same on every try (gateway.store.hooks)."""
