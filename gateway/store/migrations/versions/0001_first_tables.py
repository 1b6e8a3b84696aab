"""The first form of all tables."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import Moment

revision = "0001"
down_revision = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, Moment(), nullable=nullable)


def upgrade() -> None:
    """An empty database gets its tables."""
    _documents()
    _parts()
    _history()
    _house()
    _seal_journal()


def _documents() -> None:
    op.create_table(
        "documents",
        _word("id"), _word("stage"), sa.Column("version", sa.Integer(), nullable=False), _word("unit"),
        _word("door"), _text("origin_key"), _text("name"), _moment("received_at", nullable=False),
        _text("brought_by"), _text("sha256"), _text("kind"),
        sa.Column("pages", sa.Integer(), server_default="0", nullable=False), _text("secrecy"),
        sa.Column("remarks", sa.JSON(), nullable=False), sa.Column("held_code", sa.Text(), nullable=True),
        sa.Column("held_reason", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        _moment("next_try_at", nullable=True), _text("register_number"),
        sa.Column("copy_kind", sa.Text(), nullable=True), _text("confirmed_by"), _text("sealed_by"),
        _text("parcel_id"), _text("exchange_id"), _text("reason"), _text("words"), _text("folded"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("documents_parcel", "documents", ["parcel_id"], unique=True,
                    sqlite_where=sa.text("parcel_id <> ''"), postgresql_where=sa.text("parcel_id <> ''"))
    op.create_index("documents_counts", "documents", ["stage", "held_code"])
    op.create_index("documents_received", "documents", ["received_at"])
    op.create_index("documents_sha256", "documents", ["sha256"])
    op.create_index("documents_stage", "documents", ["stage", "received_at"])
    op.create_table(
        "origins",
        _word("door"), _word("key"), _word("document"), _moment("at", nullable=False),
        sa.ForeignKeyConstraint(["document"], ["documents.id"]), sa.PrimaryKeyConstraint("door", "key"),
    )
    op.create_index("origins_document", "origins", ["document"])


def _parts() -> None:
    op.create_table(
        "files",
        _word("document"), sa.Column("place", sa.Integer(), nullable=False), _word("role"), _word("sha256"),
        sa.Column("size", sa.BigInteger(), nullable=False), _text("media_type"), _text("name"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"]), sa.PrimaryKeyConstraint("document", "place"),
    )
    op.create_index("files_sha256", "files", ["sha256"])
    op.create_table(
        "fields",
        _word("document"), _word("name"), sa.Column("place", sa.Integer(), nullable=False), _text("value"),
        sa.Column("confidence", sa.Float(), nullable=False), sa.Column("sure", sa.Boolean(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("box", sa.JSON(none_as_null=True), nullable=True), sa.Column("text", sa.Text(), nullable=True),
        sa.Column("seen_by", sa.Text(), nullable=True), sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("doubts", sa.JSON(), nullable=False), sa.ForeignKeyConstraint(["document"], ["documents.id"]),
        sa.PrimaryKeyConstraint("document", "name"),
    )
    op.create_table(
        "recipients",
        _word("document"), sa.Column("place", sa.Integer(), nullable=False), _word("code"), _text("name"),
        _text("state"), _text("note"), _moment("at", nullable=True),
        sa.ForeignKeyConstraint(["document"], ["documents.id"]), sa.PrimaryKeyConstraint("document", "place"),
    )
    op.create_index("recipients_code", "recipients", ["code"])
    op.create_table(
        "receipts",
        sa.Column("id", sa.Integer(), nullable=False), _word("document"), _word("code"),
        _moment("at", nullable=False), _word("from_code"), _text("from_name"), _text("reason"), _text("staff"),
        _text("message_id"), sa.ForeignKeyConstraint(["document"], ["documents.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("receipts_message", "receipts", ["document", "message_id"], unique=True,
                    sqlite_where=sa.text("message_id <> ''"), postgresql_where=sa.text("message_id <> ''"))


def _history() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False), _word("document"),
        _moment("at", nullable=False), _word("who"), _word("what"),
        sa.Column("from_stage", sa.Text(), nullable=True), sa.Column("to_stage", sa.Text(), nullable=True),
        _text("why"), _word("hash"), sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("journal_document", "journal", ["document", "seq"])
    op.create_table(
        "counters",
        _word("unit"), _word("register"), sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("unit", "register", "year"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False), _word("document"), _word("what"),
        _moment("at", nullable=False), _text("outcome"), _moment("ended_at", nullable=True),
        sa.ForeignKeyConstraint(["document"], ["documents.id"]), sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("attempts_document", "attempts", ["document"])
    op.create_table(
        "erasures",
        _word("sha256"), _word("document"), _moment("at", nullable=False), sa.PrimaryKeyConstraint("sha256"),
    )


def _house() -> None:
    op.create_table(
        "executors",
        _word("name"), sa.Column("beat", sa.Float(), nullable=False), sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "doors",
        _word("name"), _moment("at", nullable=False), _text("note"), sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "people",
        _word("login"), _word("name"), _word("password_hash"), sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("units", sa.JSON(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        _moment("failed_at", nullable=True), sa.PrimaryKeyConstraint("login"),
    )
    op.create_table(
        "sessions",
        _word("token_sha256"), _word("login"), _moment("at", nullable=False), _moment("ends_at", nullable=False),
        sa.ForeignKeyConstraint(["login"], ["people.login"]), sa.PrimaryKeyConstraint("token_sha256"),
    )
    op.create_table(
        "bodies",
        _word("code"), _word("name"), _text("parent"), _text("old_code"), _text("mail"), _text("words"),
        _text("folded"), sa.PrimaryKeyConstraint("code"),
    )


def _seal_journal() -> None:
    """Lines of the journal are neither changed nor removed, whoever asks."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(f"create trigger journal_no_{act} before {act} on journal "
                       "begin select raise(abort, 'the journal only grows'); end")
        return
    op.execute("create function journal_only_grows() returns trigger language plpgsql as "
               "$$ begin raise exception 'the journal only grows'; end $$")
    op.execute("create trigger journal_no_change before update or delete or truncate on journal "
               "for each statement execute function journal_only_grows()")
