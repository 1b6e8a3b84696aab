"""Letters that we owe to those who bring Documents by mail."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The outbox of notices."""
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("next_try_at", Moment()),
        sa.Column("ended_at", Moment()),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.UniqueConstraint("document", "event", name="notices_once"),
    )
    op.create_index("notices_state", "notices", ["state", "next_try_at"])
