"""One database, two dialects: SQLite in WAL mode with one writer at a time, or PostgreSQL."""
from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

_WAIT_MS = 30_000
_SHORT_WAIT_MS = 1_000
_CHAIN_LOCK = 0x76616E746875
"""Advisory lock of PostgreSQL ("vanthu"): whoever writes holds it until commit, so that the journal never forks."""
_PRAGMAS = (
    f"busy_timeout={_WAIT_MS}",
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "secure_delete=on",  # what a STOPPED letter leaves free in the file is overwritten
)


class Database:
    """Connections; every write goes through `writing`."""

    def __init__(self, url: str) -> None:
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        if self.sqlite:
            _private_file(make_url(url).database)
        self.engine: Engine = sa.create_engine(
            url, pool_size=20, max_overflow=20, pool_pre_ping=not self.sqlite, hide_parameters=True)
        self._writer = threading.RLock()
        self.on_end: Callable[[bool], None] | None = None
        """Told in the writer's thread when its transaction has ended: True for committed."""
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)
        self._immediate = self.engine.execution_options(immediate=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent look."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; writers of all threads and processes go one after the other."""
        committed = False
        try:
            with self._one_writer() as connection:
                yield connection
            committed = True
        finally:
            if self.on_end is not None:
                self.on_end(committed)

    @contextmanager
    def _one_writer(self) -> Iterator[Connection]:
        if not self.sqlite:
            with self.engine.begin() as connection:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))
                yield connection
            return
        with self._writer, self._immediate.begin() as connection:
            yield connection

    def forget_log(self) -> bool:
        """Empties SQLite's write-ahead log, which still holds what has been overwritten in the database.

        False when somebody was reading it: then it is to be tried again.
        """
        if not self.sqlite:
            return True
        with self._writer, self.engine.connect() as connection:
            connection.exec_driver_sql(f"pragma busy_timeout={_SHORT_WAIT_MS}")
            try:
                return bool(connection.exec_driver_sql("pragma wal_checkpoint(truncate)").scalar_one() == 0)
            except OperationalError:
                return False
            finally:
                connection.exec_driver_sql(f"pragma busy_timeout={_WAIT_MS}")

    @property
    def clock(self) -> sa.ColumnElement[float]:
        """Seconds since 1970 by the database's own clock."""
        if self.sqlite:  # julianday has a resolution of less than a millisecond
            return sa.cast((sa.func.julianday("now") - 2440587.5) * 86400.0, sa.Float)
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Float)


def _private_file(path: str | None) -> None:
    """The database holds people's letters: only its owner may open it, from the first moment."""
    if path and path != ":memory:" and not Path(path).exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _prepare(connection: Any, record: object) -> None:
    # Python's driver begins transactions by itself, and too late; SQLAlchemy says BEGIN instead (see _begin).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"pragma {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A reader that turns writer may find that it has to begin again; a writer says so at once and waits its turn.
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("begin immediate" if immediate else "begin")
