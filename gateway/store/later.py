"""When a later try is due.  What a clock that ran ahead has put off by days is tried at once, now that it is right."""
from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

FARTHEST = dt.timedelta(days=1)
"""Nothing in the house is put off for longer: a time beyond that was written by a wrong clock."""


def due(column: sa.ColumnElement[Any], now: dt.datetime) -> sa.ColumnElement[bool]:
    """Rows whose time has come, or that have none."""
    return sa.or_(column.is_(None), column <= now, column > now + FARTHEST)


def is_due(at: dt.datetime | None, now: dt.datetime) -> bool:
    """The same of one row."""
    return at is None or at <= now or at > now + FARTHEST
