"""Who may work at the desk, and their open sessions."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import RowMapping

from gateway.errors import GatewayError
from gateway.store import tables as t
from gateway.store.database import Database


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person as stored."""

    login: str
    name: str
    password_hash: str
    roles: frozenset[str]
    """clerk, sealer, head, auditor, admin."""
    units: frozenset[str]
    """Codes of the units whose papers they handle; empty means all."""
    failures: int = 0
    """Wrong passwords in a row."""
    failed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """An open session; the token itself is never stored."""

    token_sha256: str
    login: str
    at: dt.datetime
    ends_at: dt.datetime


def _person(row: RowMapping) -> PersonRow:
    return PersonRow(row["login"], row["name"], row["password_hash"], frozenset(row["roles"]), frozenset(row["units"]),
                     row["failures"], row["failed_at"])


class People:
    """Logins and sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, login: str, name: str, *, password_hash: str, roles: Iterable[str],
            units: Iterable[str] = ()) -> None:
        """A new person.

        Raises:
            GatewayError: the login is taken.
        """
        with self._database.writing() as connection:
            if connection.scalar(sa.select(t.people.c.login).where(t.people.c.login == login)) is not None:
                raise GatewayError(f"Đã có người dùng {login}. Hãy chọn tên đăng nhập khác.")
            connection.execute(t.people.insert().values(
                login=login, name=name, password_hash=password_hash, roles=sorted(roles), units=sorted(units)))

    def get(self, login: str) -> PersonRow | None:
        """The person, or None."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(t.people).where(t.people.c.login == login)).mappings().one_or_none()
        return _person(row) if row else None

    def all(self) -> Sequence[PersonRow]:
        """Everybody, by login."""
        chosen = sa.select(t.people).order_by(t.people.c.login)
        with self._database.reading() as connection:
            return [_person(row) for row in connection.execute(chosen).mappings()]

    def set_password(self, login: str, password_hash: str) -> None:
        """Replaces the hash."""
        self._set(login, password_hash=password_hash)

    def failed_login(self, login: str, at: dt.datetime) -> int:
        """One more wrong password; how many in a row."""
        with self._database.writing() as connection:
            mine = t.people.c.login == login
            connection.execute(t.people.update().where(mine).values(failures=t.people.c.failures + 1, failed_at=at))
            return connection.scalar(sa.select(t.people.c.failures).where(mine)) or 0

    def clear_failures(self, login: str) -> None:
        """Back to none."""
        self._set(login, failures=0, failed_at=None)

    def _set(self, login: str, **values: object) -> None:
        with self._database.writing() as connection:
            connection.execute(t.people.update().where(t.people.c.login == login).values(**values))

    def open_session(self, token_sha256: str, login: str, at: dt.datetime, ends_at: dt.datetime) -> None:
        """A new session; ended ones are swept away with it."""
        with self._database.writing() as connection:
            connection.execute(t.sessions.delete().where(t.sessions.c.ends_at <= at))
            connection.execute(t.sessions.insert().values(token_sha256=token_sha256, login=login, at=at,
                                                          ends_at=ends_at))

    def session(self, token_sha256: str, at: dt.datetime) -> Session | None:
        """The session, when it is open at that time."""
        chosen = sa.select(t.sessions).where(t.sessions.c.token_sha256 == token_sha256, t.sessions.c.ends_at > at)
        with self._database.reading() as connection:
            row = connection.execute(chosen).mappings().one_or_none()
        return Session(**row) if row else None

    def close_session(self, token_sha256: str) -> None:
        """Ends it."""
        with self._database.writing() as connection:
            connection.execute(t.sessions.delete().where(t.sessions.c.token_sha256 == token_sha256))
