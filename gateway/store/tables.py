"""The tables.  Times are aware; SQLite keeps them as UTC text, PostgreSQL as timestamptz; read back as +07:00."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
    true,
)

from gateway.document import VN


class Moment(TypeDecorator[dt.datetime]):
    """An aware point in time, to the microsecond."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """UTC; SQLite has no zones, so they are taken off."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time cannot be stored")
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any | None, dialect: Dialect) -> dt.datetime | None:
        """Viet Nam's time."""
        if value is None:
            return None
        aware: dt.datetime = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return aware.astimezone(VN)


metadata = MetaData()


def _text(name: str, **more: Any) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="", **more)


documents = Table(
    "documents", metadata,
    Column("id", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("unit", Text, nullable=False),
    Column("door", Text, nullable=False),
    _text("origin_key"),
    _text("name"),
    Column("received_at", Moment, nullable=False),
    _text("brought_by"),
    _text("sha256"),
    _text("kind"),
    Column("pages", Integer, nullable=False, server_default="0"),
    _text("secrecy"),
    Column("remarks", JSON, nullable=False),
    Column("held_code", Text),
    Column("held_reason", Text),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Moment),
    _text("register_number"),
    Column("copy_kind", Text),
    _text("confirmed_by"),
    _text("sealed_by"),
    _text("parcel_id"),
    _text("exchange_id"),
    _text("reason"),
    _text("dated"),
    _text("doc_type"),
    Column("urgency", Integer, nullable=False, server_default="0"),
    Column("due_at", Moment),
    _text("matter"),
    Index("documents_stage", "stage", "received_at"),
    Index("documents_matter", "matter"),
    Index("documents_counts", "stage", "held_code", "unit"),
    Index("documents_dated", "dated"),
    Index("documents_received", "received_at"),
    Index("documents_sha256", "sha256"),
    Index("documents_parcel", "parcel_id", unique=True, sqlite_where=text("parcel_id <> ''"),
          postgresql_where=text("parcel_id <> ''")),
)
"""`sha256` is the original's; `dated` is the paper's own date; `urgency`, `due_at` and `matter` as in
gateway.store.due."""

texts = Table(
    "texts", metadata,
    Column("id", Integer, primary_key=True),
    Column("document", Text, ForeignKey("documents.id"), nullable=False, unique=True),
    _text("fields"),
    _text("pages"),
    Column("unread", Boolean, nullable=False, server_default=true()),
    Index("texts_unread", "unread", "id"),
)
"""What is searched (gateway.store.texts); `unread`: the words of its pages have not been put yet."""

origins = Table(
    "origins", metadata,
    Column("door", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("document", Text, ForeignKey("documents.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Index("origins_document", "document"),
)
"""Every way a Document has come in; of a STOPPED one only the key's hash is left."""

files = Table(
    "files", metadata,
    Column("document", Text, ForeignKey("documents.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("role", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    _text("media_type"),
    _text("name"),
    Index("files_sha256", "sha256"),
)

fields = Table(
    "fields", metadata,
    Column("document", Text, ForeignKey("documents.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    _text("value"),
    Column("confidence", Float, nullable=False),
    Column("sure", Boolean, nullable=False),
    Column("page", Integer),
    Column("box", JSON(none_as_null=True)),
    Column("text", Text),
    Column("seen_by", Text),
    Column("candidates", JSON, nullable=False),
    Column("doubts", JSON, nullable=False),
)

recipients = Table(
    "recipients", metadata,
    Column("document", Text, ForeignKey("documents.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    _text("name"),
    _text("state"),
    _text("note"),
    Column("at", Moment),
    Index("recipients_code", "code"),
)

receipts = Table(
    "receipts", metadata,
    Column("id", Integer, primary_key=True),
    Column("document", Text, ForeignKey("documents.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("from_code", Text, nullable=False),
    _text("from_name"),
    _text("reason"),
    _text("staff"),
    _text("message_id"),
    Index("receipts_message", "document", "message_id", unique=True, sqlite_where=text("message_id <> ''"),
          postgresql_where=text("message_id <> ''")),
)

journal = Table(
    "journal", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("from_stage", Text),
    Column("to_stage", Text),
    _text("why"),
    Column("hash", Text, nullable=False),
    Index("journal_document", "document", "seq"),
)
"""Only ever grows; triggers refuse UPDATE and DELETE."""

counters = Table(
    "counters", metadata,
    Column("unit", Text, primary_key=True),
    Column("register", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

attempts = Table(
    "attempts", metadata,
    Column("id", Integer, primary_key=True),
    Column("document", Text, ForeignKey("documents.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("at", Moment, nullable=False),
    _text("outcome"),
    Column("ended_at", Moment),
    Index("attempts_document", "document"),
)

erasures = Table(
    "erasures", metadata,
    Column("sha256", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Bytes that must go: written with the STOPPED row, taken away when the vault has erased them."""

notices = Table(
    "notices", metadata,
    Column("id", Integer, primary_key=True),
    Column("document", Text, ForeignKey("documents.id"), nullable=False),
    Column("event", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("at", Moment, nullable=False),
    Column("next_try_at", Moment),
    Column("ended_at", Moment),
    _text("trouble"),
    UniqueConstraint("document", "event", name="notices_once"),
    Index("notices_state", "state", "next_try_at"),
)
"""Letters that we owe to those who bring Documents by mail (gateway.store.notices)."""

handovers = Table(
    "handovers", metadata,
    Column("id", Integer, primary_key=True),
    Column("document", Text, ForeignKey("documents.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("login", Text, nullable=False),
    Column("copy_kind", Text, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("cover", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("fetch_sha256", Text, nullable=False, unique=True),
    Column("upload_sha256", Text, nullable=False, unique=True),
    Column("fetched_at", Moment),
    _text("given_sha256"),
    Column("given_size", BigInteger, nullable=False, server_default="0"),
    Column("uploaded_at", Moment),
    _text("outcome"),
    _text("trouble"),
    _text("part"),
    _text("sealed_sha256"),
    Column("sealed_size", BigInteger, nullable=False, server_default="0"),
    Index("handovers_document", "document"),
)
"""Sealings given into the hands of a program at the clerk's desk (gateway.store.handovers)."""

executors = Table(
    "executors", metadata,
    Column("name", Text, primary_key=True),
    Column("beat", Float, nullable=False),
)
"""`beat` is in seconds since 1970 by the database's clock."""

doors = Table(
    "doors", metadata,
    Column("name", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    _text("note"),
)

people = Table(
    "people", metadata,
    Column("login", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("units", JSON, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failed_at", Moment),
    _text("totp_secret"),
    Column("totp_used", BigInteger, nullable=False, server_default="0"),
)
"""`totp_used` is the last half-minute whose code was taken: no code is good twice."""

sessions = Table(
    "sessions", metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("login", Text, ForeignKey("people.login"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("half", Boolean, nullable=False, server_default=false()),
    _text("opened_from"),
    Column("roles", JSON(none_as_null=True)),
)
"""`half`: the password was right, the code is still awaited.  `roles`: no others than these; NULL for all the person's.
"""

rights = Table(
    "rights", metadata,
    Column("id", Integer, primary_key=True),
    Column("login", Text, ForeignKey("people.login"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    _text("confirmed_by"),
    Column("confirmed_at", Moment),
    Index("rights_open", "confirmed_by", "id"),
)
"""Changes of rights (gateway.store.rights)."""

tokens = Table(
    "tokens", metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("token_sha256", Text, nullable=False, unique=True),
    Column("made_by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("ended_at", Moment),
)

uploads = Table(
    "uploads", metadata,
    Column("token", Integer, ForeignKey("tokens.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("document", Text, ForeignKey("documents.id"), nullable=False),
    Column("at", Moment, nullable=False),
)
"""Uploads of programs under a key of their own: the same key twice is one upload (gateway.store.tokens)."""

views = Table(
    "views", metadata,
    Column("login", Text, ForeignKey("people.login"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),
)
"""Lists that somebody has saved (gateway.store.views)."""

bodies = Table(
    "bodies", metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    _text("parent"),
    _text("old_code"),
    _text("mail"),
    _text("words"),
    _text("folded"),
)
