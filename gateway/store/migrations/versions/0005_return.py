"""What comes in over the Exchange: arrivals, packets, the statuses we owe, connection checks."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import Moment

revision = "0005"
down_revision = "0004"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    """Adds four tables; what is there stays as it is."""
    op.create_table(
        "arrivals",
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), primary_key=True),
        sa.Column("sender", sa.Text(), nullable=False), _text("sender_name"), _text("message_id"), _text("code"),
        sa.Column("date", sa.Date()),
        sa.Column("kind", sa.Integer(), server_default="0", nullable=False),
        sa.Column("paper_follows", sa.Boolean(), nullable=False),
        sa.Column("due", sa.Date()),
        sa.Column("earlier", sa.JSON(), nullable=False),
    )
    op.create_index("arrivals_message", "arrivals", ["message_id", "sender"])
    op.create_index("arrivals_code", "arrivals", ["code", "sender"])
    op.create_table(
        "packets",
        sa.Column("exchange_id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False), _text("sender"),
        sa.Column("at", Moment(), nullable=False), _text("sha256"),
        sa.Column("outcome", sa.Text(), nullable=False), _text("document"), _text("note"),
    )
    op.create_index("packets_at", "packets", ["at"])
    _answers_and_checks()


def _answers_and_checks() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False), _text("reason"),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", Moment()),
        sa.Column("ended_at", Moment()), _text("trouble"),
        sa.UniqueConstraint("document", "key", name="answers_once"),
    )
    op.create_index("answers_state", "answers", ["state", "next_try_at"])
    op.create_table(
        "checks",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False), _text("note"),
    )
    op.create_index("checks_at", "checks", ["at"])
