"""Brings a database to the newest form of the tables.  Alembic is only loaded when there is something to do."""
from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

HEAD = "0016"
"""The newest migration; a test compares it with the folder."""
FOLDER = Path(__file__).with_name("migrations")


def migrate(connection: Connection) -> None:
    """Runs what is missing, in the caller's transaction."""
    if _version(connection) == HEAD:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(sa.text("select version_num from alembic_version"))
    return version
