"""What people have said of bodies, and what a Document does to an earlier one."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Two new tables."""
    op.create_table(
        "terms",
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("mail", sa.Text(), server_default="", nullable=False),
        sa.Column("since", sa.Date()),
        sa.Column("until", sa.Date()),
        sa.Column("successor", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
    )
    op.create_table(
        "turns",
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), primary_key=True),
        sa.Column("earlier", sa.Text(), sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    op.create_index("turns_earlier", "turns", ["earlier"])
