"""Alembic's entrance: migrations run on the connection that gateway.store.migrate hands over, in its transaction."""
from __future__ import annotations

from alembic import context

from gateway.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
