"""Sealings given into the hands of a program at the clerk's desk."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Who hands what over, for how long, and what came of it; of a token only its hash is kept."""
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("copy_kind", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("cover", sa.Boolean(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("fetch_sha256", sa.Text(), nullable=False, unique=True),
        sa.Column("upload_sha256", sa.Text(), nullable=False, unique=True),
        sa.Column("fetched_at", Moment()),
        sa.Column("given_sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("given_size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("uploaded_at", Moment()),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
    )
    op.create_index("handovers_document", "handovers", ["document"])
