"""When a Document truly went out; for what was sent before, the first time that the journal knows."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import Moment

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """One table, filled from the journal."""
    op.create_table(
        "sendings",
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
    )
    op.execute(sa.text("insert into sendings (document, at) select document, min(at) from journal"
                       " where what = 'sent' and document in (select id from documents) group by document"))
