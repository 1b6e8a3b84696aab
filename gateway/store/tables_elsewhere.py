"""What others vouch for: who a person is at the login service, and that a line of the journal was there at a time."""
from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint

from gateway.store.tables import Moment, metadata

identities = Table(
    "identities", metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("login", Text, ForeignKey("people.login"), nullable=False),
    Column("tied_by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("issuer", "login", name="identities_once"),
)
"""Subjects of a login service (OpenID Connect) and whose they are here (gateway.store.identities)."""

anchors = Table(
    "anchors", metadata,
    Column("seq", Integer, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("token", LargeBinary),
    Column("stamped_at", Moment),
    Column("trouble", Text, nullable=False, server_default=""),
)
"""Lines of the journal that were kept apart, one a day, with the time stamp of their hash (gateway.store.anchors)."""
