"""What is searched, apart from the Documents: words of the fields and of every page, with and without tone marks."""
from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from gateway.store.texts import tokens

revision = "0006"
down_revision = "0005"

_DOCUMENTS = sa.table("documents", *(sa.column(name, sa.Text) for name in
                                     ("id", "words", "dated", "doc_type", "received_at")))
_FIELDS = sa.table("fields", *(sa.column(name, sa.Text) for name in ("document", "name", "value")))
_TEXTS = sa.table("texts", sa.column("document", sa.Text), sa.column("fields", sa.Text))


def upgrade() -> None:
    """Moves the words of the fields; those of the pages are read from the vault by the running house."""
    op.create_table(
        "texts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), nullable=False, unique=True),
        sa.Column("fields", sa.Text(), server_default="", nullable=False),
        sa.Column("pages", sa.Text(), server_default="", nullable=False),
        sa.Column("unread", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.create_index("texts_unread", "texts", ["unread", "id"])
    op.add_column("documents", sa.Column("dated", sa.Text(), server_default="", nullable=False))
    op.add_column("documents", sa.Column("doc_type", sa.Text(), server_default="", nullable=False))
    op.create_index("documents_dated", "documents", ["dated"])
    op.drop_index("documents_counts", "documents")
    op.create_index("documents_counts", "documents", ["stage", "held_code", "unit"])
    _index_tokens()
    _move()
    for name in ("words", "folded"):
        op.drop_column("documents", name)


def _index_tokens() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("create index texts_tokens on texts using gin "
                   "(array_to_tsvector(string_to_array(btrim(fields || ' ' || pages), ' ')))")
        return
    op.execute("create virtual table finding using fts5(fields, pages, content='texts', content_rowid='id', "
               "detail=none, tokenize=\"unicode61 remove_diacritics 0 tokenchars '_'\")")
    new = "insert into finding(rowid, fields, pages) values (new.id, new.fields, new.pages);"
    old = "insert into finding(finding, rowid, fields, pages) values ('delete', old.id, old.fields, old.pages);"
    op.execute(f"create trigger texts_new after insert on texts begin {new} end")
    op.execute(f"create trigger texts_gone after delete on texts begin {old} end")
    op.execute(f"create trigger texts_changed after update of fields, pages on texts begin {old} {new} end")


def _move() -> None:
    connection = op.get_bind()
    values: dict[str, dict[str, str]] = defaultdict(dict)
    chosen = sa.select(_FIELDS).where(_FIELDS.c.name.in_(("date", "doc_type")))
    for document, name, value in connection.execute(chosen):
        values[document][name] = value
    d = _DOCUMENTS.c
    for id_, words in connection.execute(sa.select(d.id, d.words).order_by(d.received_at, d.id)).all():
        connection.execute(_TEXTS.insert().values(document=id_, fields=tokens(words)))
        found = values.get(id_, {})
        connection.execute(_DOCUMENTS.update().where(d.id == id_).values(
            dated=found.get("date", ""), doc_type=found.get("doc_type", "")))
