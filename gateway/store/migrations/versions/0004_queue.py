"""What the queue is ordered by, and what tells papers of the same matter."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from gateway.document import Document, Door, Origin, Stage
from gateway.store.due import due_at, matter, urgency
from gateway.store.tables import Moment
from rules.field import Field, Name

revision = "0004"
down_revision = "0003"

_DOCUMENTS = sa.table("documents", sa.column("id", sa.Text), sa.column("door", sa.Text),
                      sa.column("received_at", Moment), sa.column("urgency", sa.Integer), sa.column("due_at", Moment),
                      sa.column("matter", sa.Text))
_FIELDS = sa.table("fields", sa.column("document", sa.Text), sa.column("name", sa.Text), sa.column("value", sa.Text))


def upgrade() -> None:
    """Adds the columns and fills them for what is there."""
    op.add_column("documents", sa.Column("urgency", sa.Integer(), server_default="0", nullable=False))
    op.add_column("documents", sa.Column("due_at", Moment()))
    op.add_column("documents", sa.Column("matter", sa.Text(), server_default="", nullable=False))
    op.create_index("documents_matter", "documents", ["matter"])
    connection = op.get_bind()
    for document in _documents(connection):
        values = {"urgency": urgency(document), "due_at": due_at(document), "matter": matter(document)}
        connection.execute(_DOCUMENTS.update().where(_DOCUMENTS.c.id == document.id).values(**values))


def _documents(connection: sa.Connection) -> Iterator[Document]:
    """As much of each as the order needs; the tables as they were then, not as they are now."""
    found: dict[str, dict[Name, Field]] = defaultdict(dict)
    for document, name, value in connection.execute(sa.select(_FIELDS.c.document, _FIELDS.c.name, _FIELDS.c.value)):
        found[document][Name(name)] = Field(Name(name), value, 1.0, sure=True)
    rows = sa.select(_DOCUMENTS.c.id, _DOCUMENTS.c.door, _DOCUMENTS.c.received_at)
    for id_, door, at in connection.execute(rows).all():
        yield Document(id=id_, stage=Stage.RECEIVED, version=1, unit="", origin=Origin(Door(door), ""), name="",
                       received_at=at, fields=found[id_])
