"""Numbers of the register of what comes in, a series of its own; what was registered before gets them in its order."""
from __future__ import annotations

import datetime as dt
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from gateway.document import VN
from gateway.store.tables import Moment

revision = "0010"
down_revision = "0009"

_DOCUMENTS = sa.table("documents", *(sa.column(name, sa.Text) for name in ("id", "unit", "door", "register_number")),
                      sa.column("received_at", Moment))
_RECIPIENTS = sa.table("recipients", sa.column("document", sa.Text))
_COUNTERS = sa.table("counters", sa.column("unit", sa.Text), sa.column("register", sa.Text),
                     sa.column("year", sa.Integer), sa.column("last", sa.Integer))


def upgrade() -> None:
    """Adds the table and numbers what is there."""
    made = op.create_table(
        "arrival_numbers",
        sa.Column("document", sa.Text(), sa.ForeignKey("documents.id"), primary_key=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.UniqueConstraint("unit", "year", "number", name="arrival_numbers_once"),
    )
    connection = op.get_bind()
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for document, unit, register_number, at in _registered(connection):
        year = int(register_number.rpartition("-")[2].partition(".")[0])
        counts[unit, year] += 1
        connection.execute(made.insert().values(document=document, unit=unit, year=year, number=counts[unit, year],
                                                at=at))
    for (unit, year), last in counts.items():
        connection.execute(_COUNTERS.insert().values(unit=unit, register="incoming", year=year, last=last))


def _registered(connection: sa.Connection) -> list[tuple[str, str, str, dt.datetime]]:
    """What was registered and sent nowhere, in the order of its registration."""
    sent = sa.select(_RECIPIENTS.c.document)
    d = _DOCUMENTS.c
    chosen = sa.select(d.id, d.unit, d.register_number, d.received_at).where(
        d.register_number != "", sa.or_(d.door == "exchange", d.id.not_in(sent)))
    found = [(row[0], row[1], row[2], row[3].astimezone(VN)) for row in connection.execute(chosen).all()]
    return sorted(found, key=lambda row: (row[1], row[2].rpartition(".")[0], int(row[2].rpartition(".")[2])))
