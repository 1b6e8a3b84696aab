"""Tokens of programs that use the API: each for one unit, good until somebody ends it; only its hash is kept."""
from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store import tables as t
from gateway.store.database import Database

_USED_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Token:
    """One token, without the token."""

    id: int
    name: str
    unit: str
    made_by: str
    at: dt.datetime
    used_at: dt.datetime | None
    """To the minute."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What came under a program's own key."""

    sha256: str
    document: str


class Tokens:
    """Making, knowing, ending."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, name: str, unit: str, *, by: str, at: dt.datetime) -> str:
        """A new token; it is said once and never again."""
        token = f"vt_{secrets.token_urlsafe(32)}"
        with self._database.writing() as connection:
            connection.execute(t.tokens.insert().values(name=name, unit=unit, token_sha256=_hash(token), made_by=by,
                                                        at=at))
        return token

    def known(self, token: str, at: dt.datetime) -> Token | None:
        """Whose token that is, None for a wrong or ended one."""
        c = t.tokens.c
        chosen = _SHOWN.where(c.token_sha256 == _hash(token), c.ended_at.is_(None))
        with self._database.reading() as connection:
            row = connection.execute(chosen).one_or_none()
        found = Token(*row) if row else None
        if found and (found.used_at is None or at - found.used_at > _USED_EVERY):
            with self._database.writing() as connection:
                connection.execute(t.tokens.update().where(c.id == found.id).values(used_at=at))
        return found

    def open(self) -> Sequence[Token]:
        """Tokens that have not been ended, newest first."""
        with self._database.reading() as connection:
            chosen = _SHOWN.where(t.tokens.c.ended_at.is_(None)).order_by(t.tokens.c.id.desc())
            return [Token(*row) for row in connection.execute(chosen)]

    def end(self, token_id: int, at: dt.datetime) -> None:
        """Good for nothing from now on."""
        mine = t.tokens.update().where(t.tokens.c.id == token_id, t.tokens.c.ended_at.is_(None))
        with self._database.writing() as connection:
            connection.execute(mine.values(ended_at=at))

    def upload(self, token: Token, key: str) -> Upload | None:
        """What came under this key before."""
        u = t.uploads.c
        chosen = sa.select(u.sha256, u.document).where(u.token == token.id, u.key == key)
        with self._database.reading() as connection:
            row = connection.execute(chosen).one_or_none()
        return Upload(*row) if row else None

    def keep_upload(self, token: Token, key: str, upload: Upload, at: dt.datetime) -> None:
        """Writes down what came under a key; the first stays."""
        u = t.uploads.c
        known = sa.select(u.key).where(u.token == token.id, u.key == key)
        with self._database.writing() as connection:
            if connection.scalar(known) is None:
                connection.execute(t.uploads.insert().values(token=token.id, key=key, sha256=upload.sha256,
                                                             document=upload.document, at=at))


_SHOWN = sa.select(t.tokens.c.id, t.tokens.c.name, t.tokens.c.unit, t.tokens.c.made_by, t.tokens.c.at,
                   t.tokens.c.used_at)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
