"""Subjects of a login service, roles of a session that are fewer than the person's, and anchors of the journal."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import Moment

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """One column and two tables."""
    op.add_column("sessions", sa.Column("roles", sa.JSON()))
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("login", sa.Text(), sa.ForeignKey("people.login"), nullable=False),
        sa.Column("tied_by", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.UniqueConstraint("issuer", "login", name="identities_once"),
    )
    op.create_table(
        "anchors",
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("token", sa.LargeBinary()),
        sa.Column("stamped_at", Moment()),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
    )
