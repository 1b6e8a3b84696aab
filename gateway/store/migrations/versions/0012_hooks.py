"""Webhooks: addresses of programs, and what each is told."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import Moment

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Two tables; the outbox is written with the move it tells of."""
    op.create_table(
        "hooks",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("rests_until", Moment()),
    )
    op.create_index("hooks_unit", "hooks", ["unit"])
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("hook", sa.Integer(), sa.ForeignKey("hooks.id"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_try_at", Moment()),
        sa.Column("ended_at", Moment()),
        sa.Column("trouble", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("calls_state", "calls", ["state", "hook", "document"])
