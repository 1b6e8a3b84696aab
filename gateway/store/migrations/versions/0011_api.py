"""Tokens of programs, each for one unit, and the uploads that they have named by a key of their own."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import Moment

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Two tables; of a token only its hash is kept."""
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False, unique=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("used_at", Moment()),
        sa.Column("ended_at", Moment()),
    )
    op.create_table(
        "uploads",
        sa.Column("token", sa.Integer(), sa.ForeignKey("tokens.id"), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
