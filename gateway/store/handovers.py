"""Sealings given into the hands of a program at the clerk's desk: two tokens each, good once and for minutes.

Of a token only its hash is kept: whoever reads the database can neither fetch nor bring back a file.
"""
from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.document import CopyKind
from gateway.store import tables as t
from gateway.store.database import Database

_KEPT = dt.timedelta(days=1)
"""A row is looked at by the page that began it; after a day nobody asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One sealing by a program that is not ours, as the sealer asked for it."""

    id: int = 0
    document: str
    version: int
    """Of the Document when the sealer asked; a later one is refused."""
    login: str
    copy_kind: CopyKind
    pages: int
    """Pages of the paper, as the sealer counted them."""
    cover: bool
    at: dt.datetime
    ends_at: dt.datetime
    fetched_at: dt.datetime | None = None
    given_sha256: str = ""
    """Of the file that was fetched: what comes back must begin with it."""
    given_size: int = 0
    uploaded_at: dt.datetime | None = None
    outcome: str = ""
    """"sealed", "refused", "covers" (refused: its mark covers ink), or "" while it is open."""
    trouble: str = ""
    """Why it was refused, a sentence."""
    part: str = ""
    """SHA-256 of the attachment it is about; "" for the paper itself."""
    sealed_sha256: str = ""
    """Of the sealed attachment, until its paper is sealed too."""
    sealed_size: int = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the program needs; kept nowhere."""

    fetch: str
    upload: str


class Handovers:
    """The open and the lately ended ones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, wanted: Handover) -> Tokens:
        """Opens one; whatever was open for the same Document is closed.  Attachments that this act has sealed stay."""
        tokens = Tokens(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        row = {"document": wanted.document, "version": wanted.version, "login": wanted.login,
               "copy_kind": wanted.copy_kind.value, "pages": wanted.pages, "cover": wanted.cover, "at": wanted.at,
               "ends_at": wanted.ends_at, "part": wanted.part,
               "fetch_sha256": _hash(tokens.fetch), "upload_sha256": _hash(tokens.upload)}
        h = t.handovers
        with self._database.writing() as connection:
            of_the_act = sa.and_(*_same_act(wanted))
            gone = sa.or_(sa.and_(h.c.document == wanted.document, sa.not_(of_the_act)), h.c.at < wanted.at - _KEPT)
            connection.execute(h.delete().where(gone))
            connection.execute(h.insert().values(**row))
        return tokens

    def to_fetch(self, token: str, now: dt.datetime) -> Handover | None:
        """The one whose file may be fetched with that token; None when it was fetched, is over, or never was."""
        h = t.handovers.c
        return self._one(h.fetch_sha256 == _hash(token), h.fetched_at.is_(None), h.ends_at > now)

    def fetched(self, handover: Handover, *, at: dt.datetime, sha256: str, size: int) -> bool:
        """Says what was given; False when somebody was faster: then nothing is to be given."""
        return self._once(t.handovers.c.fetched_at.is_(None), handover.id, fetched_at=at, given_sha256=sha256,
                          given_size=size)

    def to_take(self, token: str, now: dt.datetime) -> Handover | None:
        """The one that waits for its sealed file with that token."""
        h = t.handovers.c
        return self._one(h.upload_sha256 == _hash(token), h.fetched_at.is_not(None), h.uploaded_at.is_(None),
                         h.ends_at > now)

    def uploaded(self, handover: Handover, at: dt.datetime) -> bool:
        """The upload token is spent; False when it was spent already."""
        return self._once(t.handovers.c.uploaded_at.is_(None), handover.id, uploaded_at=at)

    def ended(self, handover: Handover, outcome: str, trouble: str = "", *, sealed: tuple[str, int] = ("", 0)) -> None:
        """Says how it went; `sealed` is hash and size of an attachment that is sealed now."""
        with self._database.writing() as connection:
            mine = t.handovers.update().where(t.handovers.c.id == handover.id)
            connection.execute(mine.values(outcome=outcome, trouble=trouble, sealed_sha256=sealed[0],
                                           sealed_size=sealed[1]))

    def of(self, document: str) -> Handover | None:
        """The newest of a Document."""
        return self._one(t.handovers.c.document == document)

    def sealed_parts(self, wanted: Handover) -> Mapping[str, Handover]:
        """The attachments that are sealed already in the same act (Document, version, person, kind), by their hash."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(t.handovers).where(*_same_act(wanted))).mappings().all()
        return {one.part: one for one in map(_handover, rows)}

    def _one(self, *conditions: sa.ColumnElement[bool]) -> Handover | None:
        newest = sa.select(t.handovers).where(*conditions).order_by(t.handovers.c.id.desc())
        with self._database.reading() as connection:
            row = connection.execute(newest).mappings().first()
        return None if row is None else _handover(row)

    def _once(self, still: sa.ColumnElement[bool], row: int, **values: object) -> bool:
        with self._database.writing() as connection:
            done = connection.execute(t.handovers.update().where(t.handovers.c.id == row, still).values(**values))
            return done.rowcount == 1


def _handover(row: sa.RowMapping) -> Handover:
    values = {name: value for name, value in row.items() if name not in ("fetch_sha256", "upload_sha256")}
    return Handover(**values | {"copy_kind": CopyKind(row["copy_kind"])})


def _same_act(wanted: Handover) -> tuple[sa.ColumnElement[bool], ...]:
    h = t.handovers.c
    return (h.document == wanted.document, h.version == wanted.version, h.login == wanted.login,
            h.copy_kind == wanted.copy_kind.value, h.part != "", h.outcome == "sealed")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
