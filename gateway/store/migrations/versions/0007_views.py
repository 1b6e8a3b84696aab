"""Views of the list that somebody has saved."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """A name and a query for each person."""
    op.create_table(
        "views",
        sa.Column("login", sa.Text(), sa.ForeignKey("people.login"), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("query", sa.Text(), nullable=False),
    )
