"""A program at the desk seals the attachments of a paper too, one handover for each."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Which attachment a handover is about, and what became of it."""
    for name in ("part", "sealed_sha256"):
        op.add_column("handovers", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("handovers", sa.Column("sealed_size", sa.BigInteger(), nullable=False, server_default="0"))
