"""A second factor, where a session was opened, and changes of rights that wait for a second person."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import Moment

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Columns for people and sessions; one new table."""
    op.add_column("people", sa.Column("totp_secret", sa.Text(), server_default="", nullable=False))
    op.add_column("people", sa.Column("totp_used", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("sessions", sa.Column("half", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sessions", sa.Column("opened_from", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "rights",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("login", sa.Text(), sa.ForeignKey("people.login"), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("confirmed_at", Moment()),
    )
    op.create_index("rights_open", "rights", ["confirmed_by", "id"])
