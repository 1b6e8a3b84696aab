"""A Document may have several relations, one to each earlier Document."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """The same rows, known by both Documents."""
    op.rename_table("turns", "turns_before")
    op.drop_index("turns_earlier")
    op.create_table(
        "turns",
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("earlier", sa.Text(), sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("document", "earlier", name="turns_by_both"),
    )
    op.execute("INSERT INTO turns SELECT document, earlier, kind, reason, \"by\", at FROM turns_before")
    op.drop_table("turns_before")
    op.create_index("turns_earlier", "turns", ["earlier"])
