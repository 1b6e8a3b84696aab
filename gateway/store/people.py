"""Who may work at the desk, and their open sessions."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy import RowMapping

from gateway.errors import GatewayError
from gateway.store import tables as t
from gateway.store.database import Database
from gateway.store.rights import Rights, write_change


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
    totp_secret: str = ""
    """Base32; "" where no second factor is asked for."""
    totp_used: int = 0

    @property
    def rights(self) -> Rights:
        """What they may do."""
        return Rights(self.roles, self.units)


@dataclass(frozen=True, slots=True)
class Session:
    """An open session; the token itself is never stored."""

    token_sha256: str
    login: str
    at: dt.datetime
    ends_at: dt.datetime
    half: bool = False
    """The password was right, the code is still awaited."""
    opened_from: str = ""
    """Address and browser, for its owner to know it by."""
    roles: Sequence[str] | None = None
    """No other roles than these, as far as the person has them; None for all the person's."""


def _person(row: RowMapping) -> PersonRow:
    return PersonRow(row["login"], row["name"], row["password_hash"], frozenset(row["roles"]), frozenset(row["units"]),
                     row["failures"], row["failed_at"], row["totp_secret"], row["totp_used"])


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

    def set_totp(self, login: str, secret: str, used: int = 0) -> None:
        """Asks for a second factor from now on; "" for no more."""
        self._set(login, totp_secret=secret, totp_used=used)

    def use_code(self, login: str, counter: int) -> bool:
        """Takes the code of that half-minute; False when it, or a later one, was taken before."""
        p = t.people.c
        mine = (p.login == login) & (p.totp_used < counter)
        with self._database.writing() as connection:
            return connection.execute(t.people.update().where(mine).values(totp_used=counter)).rowcount == 1

    def set_rights(self, login: str, rights: Rights, *, by: str, at: dt.datetime) -> bool:
        """Gives somebody other rights; the change is an alarm until another person confirms it.  False: no change."""
        chosen = sa.select(t.people).where(t.people.c.login == login).with_for_update()
        with self._database.writing() as connection:
            row = connection.execute(chosen).mappings().one_or_none()
            before = _person(row).rights if row else rights
            if before == rights:
                return False
            values = {"roles": sorted(rights.roles), "units": sorted(rights.units)}
            connection.execute(t.people.update().where(t.people.c.login == login).values(**values))
            write_change(connection, login, before, rights, by=by, at=at)
        return True

    def open_session(self, session: Session) -> None:
        """A new session; ended ones are swept away with it."""
        with self._database.writing() as connection:
            connection.execute(t.sessions.delete().where(t.sessions.c.ends_at <= session.at))
            connection.execute(t.sessions.insert().values(**asdict(session)))

    def session(self, token_sha256: str, at: dt.datetime) -> Session | None:
        """The session, when it is open at that time."""
        chosen = sa.select(t.sessions).where(t.sessions.c.token_sha256 == token_sha256, t.sessions.c.ends_at > at)
        with self._database.reading() as connection:
            row = connection.execute(chosen).mappings().one_or_none()
        return Session(**row) if row else None

    def sessions(self, at: dt.datetime, login: str = "") -> Sequence[Session]:
        """Open sessions, newest first; of one person, or of all."""
        s = t.sessions.c
        chosen = sa.select(t.sessions).where(s.ends_at > at, s.half.is_(False)).order_by(s.at.desc())
        with self._database.reading() as connection:
            mine = chosen.where(s.login == login) if login else chosen
            return [Session(**row) for row in connection.execute(mine).mappings()]

    def close_sessions(self, login: str, but: str = "") -> int:
        """Ends all of a person's sessions, or all but one; how many."""
        s = t.sessions.c
        mine = t.sessions.delete().where(s.login == login, s.token_sha256 != but)
        with self._database.writing() as connection:
            return int(connection.execute(mine).rowcount)

    def close_session(self, token_sha256: str) -> None:
        """Ends it."""
        with self._database.writing() as connection:
            connection.execute(t.sessions.delete().where(t.sessions.c.token_sha256 == token_sha256))
