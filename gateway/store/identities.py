"""Whose subject of a login service that is: one of a service for each person, tied by somebody, never by chance."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from gateway.store import tables_elsewhere as t
from gateway.store.database import Database


class Identities:
    """Subjects, each of one issuer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def login_of(self, issuer: str, subject: str) -> str:
        """Whose it is, "" when it is nobody's."""
        i = t.identities.c
        chosen = sa.select(i.login).where(i.issuer == issuer, i.subject == subject)
        with self._database.reading() as connection:
            return connection.scalar(chosen) or ""

    def of(self, issuer: str) -> Mapping[str, str]:
        """Login to subject."""
        i = t.identities.c
        with self._database.reading() as connection:
            found = connection.execute(sa.select(i.login, i.subject).where(i.issuer == issuer))
            return {row.login: row.subject for row in found}

    def tie(self, login: str, issuer: str, subject: str, *, by: str, at: dt.datetime) -> bool:
        """Ties a subject to a person who has none of that issuer; False when either is tied already."""
        try:
            with self._database.writing() as connection:
                connection.execute(t.identities.insert().values(
                    issuer=issuer, subject=subject, login=login, tied_by=by, at=at))
        except IntegrityError:
            return False
        return True

    def untie(self, login: str, issuer: str) -> None:
        """The person has none of that issuer any more."""
        i = t.identities.c
        with self._database.writing() as connection:
            connection.execute(t.identities.delete().where(i.issuer == issuer, i.login == login))
