"""What is searched of a Document: each word once with its marks ("_quyết") and once without ("quyet").

SQLite finds by FTS5 (triggers keep it in step), PostgreSQL by a GIN index; neither knows Vietnamese, nor need it.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.document import Document, Stage
from gateway.store import rows
from gateway.store import tables as t
from gateway.store.database import Database
from gateway.store.folding import fold, words
from rules.field import Name

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 60
"""Letters of one word; a longer one is noise."""
_MOST = 20_000
"""Different words of one Document."""
_UNREAD_STAGES = (Stage.RECEIVED.value, Stage.READ.value)


def tokens(text: str) -> str:
    """Every different word of the text in both forms, in alphabetical order, with blanks between."""
    found: set[str] = set()
    for word in set(_WORD.findall(words(text))):
        if len(word) <= _LONGEST:
            found |= {f"_{word}", fold(word)}
    return " ".join(sorted(found)[:_MOST])


def asked(text: str, *, exact: bool = False) -> Sequence[str]:
    """The words of a question as tokens, all of which must occur; one that ends in "*" may go on.

    A word typed with marks is found with those marks only, one without marks with any; `exact` takes every word as it
    is typed.
    """
    found = _WORD.findall(words(text))
    marked = [f"_{word}" if exact or fold(word) != word else word for word in found]
    if marked and not exact:
        marked[-1] += "*"
    return marked


@dataclass(frozen=True, slots=True)
class Hits:
    """Where to select from, what must be true there, and the number by which later Documents come first."""

    source: sa.FromClause
    test: sa.ColumnElement[bool]
    number: sa.ColumnElement[int]


def hits(connection: Connection, wanted: Sequence[str], *, few: bool = False) -> Hits:
    """Documents whose texts hold every token; `few`: other tests leave so few that these are better looked at first."""
    joined = t.texts.join(t.documents, t.documents.c.id == t.texts.c.document)
    if not wanted:
        return Hits(joined, sa.false(), t.texts.c.id)
    if connection.dialect.name == "sqlite":
        match = " AND ".join(f'"{one[:-1]}" *' if one.endswith("*") else f'"{one}"' for one in wanted)
        finding = sa.table("finding", sa.column("rowid", sa.Integer))
        test = sa.text("finding match :asked").bindparams(asked=match)
        if few:  # the "+" keeps SQLite from beginning with the texts
            inner = sa.select(finding.c.rowid).where(test)
            return Hits(joined, sa.literal_column("+texts.id", sa.Integer).in_(inner), t.texts.c.id)
        # The index itself gives the latest first, so that few hits need to be looked at.
        return Hits(finding.join(joined, t.texts.c.id == finding.c.rowid), sa.and_(sa.true(), test), finding.c.rowid)
    query = " & ".join(f"'{one[:-1]}':*" if one.endswith("*") else f"'{one}'" for one in wanted)
    vector = "array_to_tsvector(string_to_array(btrim(texts.fields || ' ' || texts.pages), ' '))"
    test = sa.text(f"{vector} @@ cast(:asked as tsquery)").bindparams(asked=query)
    return Hits(joined, sa.and_(sa.true(), test), t.texts.c.id)


def write(connection: Connection, document: Document, *, files_changed: bool) -> None:
    """Keeps what is searched in step with the Document; the words of its pages are read later (Texts.read_next)."""
    values: dict[str, object] = {"fields": tokens(_of_fields(document))}
    if document.stage is Stage.STOPPED:
        values |= {"fields": "", "pages": "", "unread": False}
    elif not document.files:  # withdrawn: nothing of its pages is found any more
        values |= {"pages": "", "unread": False}
    elif files_changed:
        values |= {"unread": True}
    mine = t.texts.c.document == document.id
    if connection.execute(t.texts.update().where(mine).values(**values)).rowcount == 0:
        connection.execute(t.texts.insert().values(document=document.id, **values))


def _of_fields(document: Document) -> str:
    """All words by which a clerk may look for the Document, apart from its pages."""
    fields = (field.value for field in document.fields.values())
    number, symbol = document.fields.get(Name.NUMBER), document.fields.get(Name.SYMBOL)
    whole = f"{number.value}/{symbol.value}" if number and symbol else ""
    to = (f"{to.code} {to.name}" for to in document.recipients)
    return "\n".join((document.id, document.name, document.register_number, document.parcel_id, whole, *fields, *to))


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of pages, read after the fact."""

    database: Database

    def read_next(self, words_of: Callable[[Document], Iterable[str]], most: int = 50) -> int:
        """Puts the page words of Documents that have none yet, oldest first; how many were done.

        `words_of` gives the lines of a Document's pages; what it cannot read it gives as nothing.
        """
        x, d = t.texts.c, t.documents.c
        chosen = sa.select(x.document).join(t.documents, d.id == x.document).where(
            x.unread.is_(True), d.stage.not_in(_UNREAD_STAGES)).order_by(x.id).limit(most)
        with self.database.reading() as connection:
            waiting = rows.load(connection, list(connection.scalars(chosen)))
        for document in waiting:
            found = tokens("\n".join(words_of(document)))
            # Stopped meanwhile: unread is False by then, and nothing may be written.
            mine = (x.document == document.id) & x.unread.is_(True)
            with self.database.writing() as connection:
                connection.execute(t.texts.update().where(mine).values(pages=found, unread=False))
        return len(waiting)

    def forget_terms(self) -> None:
        """Takes words that no Document holds any more out of SQLite's index, where they outlive their row."""
        if self.database.sqlite:
            with self.database.writing() as connection:
                connection.exec_driver_sql("insert into finding(finding) values ('optimize')")
