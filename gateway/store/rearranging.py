"""What a change of pages means for the rows of other Documents: those that are born of it, and those that share a scan.

Everything here runs inside the caller's transaction.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.document import Document, Door, Event, FileRef, Origin, Role, Stage
from gateway.store import rows, texts
from gateway.store import tables as t
from gateway.store.database import Database
from gateway.store.health import put
from gateway.store.identity import new_id
from gateway.store.journal import append

SOURCES = (Role.ORIGINAL, Role.PAPER, Role.SOURCE)
"""Files that hold pages of several Documents at once."""
MERGED = "merged"
"""The Event of a paper that ends because its pages go on in another: its bringer is told nothing."""
_MOST = 10
_TAKEN_IN = (Role.SOURCE.value, Role.GATHERED.value)
_DERIVED = frozenset({Role.ARCHIVE, Role.WORDS, Role.WORKING})
_BORN = "Các trang này tách từ văn bản {id}; bản quét gốc dùng chung, không nhân đôi."


def born(connection: Connection, parent: Document, children: Iterable[Document], *, who: str,
         at: dt.datetime) -> Iterator[Document]:
    """New Documents of pages that were the parent's, each with an id and an origin of its own."""
    for place, child in enumerate(children, 1):
        name = new_id(at + dt.timedelta(milliseconds=place))  # later parts sort after earlier ones
        origin = Origin(child.origin.door, f"{child.origin.key}#{name}")
        made = replace(child, id=name, stage=Stage.RECEIVED, version=1, origin=origin)
        rows.insert(connection, made)
        texts.write(connection, made, files_changed=True)
        row = {"door": origin.door.value, "key": origin.key, "document": name, "at": at}
        connection.execute(t.origins.insert().values(**row))
        append(connection, Event(0, name, at, who, "born", None, Stage.RECEIVED, _BORN.format(id=parent.id), ""))
        yield made


def source_of(sha256: str, unit: str) -> sa.Select[tuple[str]]:
    """Ids of the unit's Documents that have taken in the pages of that file, or the files of that letter."""
    d, f = t.documents.c, t.files.c
    return sa.select(d.id).where(f.document == d.id, f.sha256 == sha256, f.role.in_(_TAKEN_IN), d.unit == unit)


def forget_shared(connection: Connection, stopped: Document, at: dt.datetime) -> None:
    """A paper with a secrecy mark takes the scan with it that it shares with others: no copy of its page may stay.

    The others keep what was made of their own pages alone; what is not read yet must be scanned again.
    """
    shared = {file.sha256 for file in stopped.files if file.role in SOURCES}
    for other in rows.load(connection, _family(connection, shared, stopped.id)):
        kept = _own(other.files, shared)
        for sha256 in {file.sha256 for file in other.files} - {file.sha256 for file in kept}:
            to_erase(connection, sha256, stopped.id, at)
        rows.put_files(connection, other.id, kept)
        texts.write(connection, other, files_changed=True)
    for letter in rows.load(connection, _letters_in(connection, stopped)):
        for file in letter.files:
            to_erase(connection, file.sha256, stopped.id, at)
        rows.put_files(connection, letter.id, ())
        texts.write(connection, letter, files_changed=True)


def _letters_in(connection: Connection, document: Document) -> Sequence[str]:
    """Letters that ended because their files are in this Document, in the order in which they were taken in."""
    links = [file.sha256 for file in document.files if file.role is Role.GATHERED]
    d, j = t.documents.c, t.journal.c
    merged = sa.exists().where(j.document == d.id, j.what == MERGED)
    chosen = sa.select(d.sha256, d.id).where(
        d.sha256.in_(links), d.unit == document.unit, d.stage == Stage.REJECTED.value,
        d.reason.contains(document.id, autoescape=True), merged).order_by(d.received_at)
    found = {row.sha256: row.id for row in connection.execute(chosen)} if links else {}
    return [found[sha256] for sha256 in links if sha256 in found]


def _family(connection: Connection, shared: set[str], but: str) -> Sequence[str]:
    f = t.files.c
    edited = sa.select(f.document).where(f.role == Role.RECIPE.value)
    chosen = sa.select(f.document).distinct().where(
        f.sha256.in_(shared), f.role.in_([role.value for role in SOURCES]), f.document.in_(edited), f.document != but)
    return sorted(connection.scalars(chosen))


def _own(files: Sequence[FileRef], shared: set[str]) -> tuple[FileRef, ...]:
    """Without the shared scans, and without what was made before the present recipe left the other pages out."""
    last = max((place for place, file in enumerate(files) if file.role is Role.RECIPE), default=-1)
    return tuple(file for place, file in enumerate(files)
                 if file.sha256 not in shared and not (file.role in _DERIVED and place < last))


def to_erase(connection: Connection, sha256: str, document: str, at: dt.datetime) -> None:
    """The bytes are to be erased once no Document has them."""
    put(connection, t.erasures, {"sha256": sha256, "document": document, "at": at})


class Kin:
    """Documents that share a scan."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, document: Document) -> Sequence[Document]:
        """The others of the same unit, in the order in which they came."""
        shared = {file.sha256 for file in document.files if file.role in SOURCES}
        with self._database.reading() as connection:
            found = rows.load(connection, _family(connection, shared, document.id)) if shared else []
        return sorted((one for one in found if one.unit == document.unit), key=lambda one: (one.received_at, one.id))

    def holders(self, recipe: str) -> Sequence[Document]:
        """Documents that have that recipe (SHA-256)."""
        chosen = sa.select(t.files.c.document).distinct().where(t.files.c.sha256 == recipe,
                                                                t.files.c.role == Role.RECIPE.value)
        with self._database.reading() as connection:
            return rows.load(connection, sorted(connection.scalars(chosen)))

    def of_sender(self, document: Document) -> Sequence[Document]:
        """Other letters of the same sender to the same unit that nobody has confirmed yet, newest first."""
        d = t.documents.c
        doors = [door.value for door in (Door.IMAP, Door.SMTP)]
        chosen = sa.select(d.id).where(
            d.brought_by == document.by, d.unit == document.unit, d.door.in_(doors), d.id != document.id,
            d.stage.in_([Stage.RECEIVED.value, Stage.PROPOSED.value])).order_by(d.received_at.desc()).limit(_MOST)
        with self._database.reading() as connection:
            return rows.load(connection, list(connection.scalars(chosen)))

    def gathered(self, document: Document) -> Sequence[Document]:
        """Letters whose files this one has taken in, in that order, as they ended."""
        with self._database.reading() as connection:
            return rows.load(connection, _letters_in(connection, document))

    def gatherer(self, letter: Document) -> Document | None:
        """The Document that this letter's files have been taken into."""
        original, f = letter.file(Role.ORIGINAL), t.files.c
        if original is None or letter.stage is not Stage.REJECTED:
            return None
        chosen = sa.select(f.document).where(f.sha256 == original.sha256, f.role == Role.GATHERED.value)
        with self._database.reading() as connection:
            found = rows.load(connection, sorted(connection.scalars(chosen)))
        return next((one for one in found if one.id in letter.reason and one.unit == letter.unit), None)

    def next_scan(self, document: Document, stages: Iterable[Stage]) -> Document | None:
        """What the same bringer put in next by the same door, on one of the stages; parts of one scan in order."""
        d = t.documents.c
        later = sa.or_(d.received_at > document.received_at,
                       sa.and_(d.received_at == document.received_at, d.id > document.id))
        chosen = sa.select(d.id).where(
            later, d.unit == document.unit, d.door == document.origin.door.value, d.brought_by == document.by,
            d.stage.in_([stage.value for stage in stages])).order_by(d.received_at, d.id).limit(1)
        with self._database.reading() as connection:
            found = rows.load(connection, list(connection.scalars(chosen)))
        return found[0] if found else None
