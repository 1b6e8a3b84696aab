"""The order in which papers are worked through, and papers of the same matter."""
from __future__ import annotations

import datetime as dt
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from gateway.document import Change, Document
from gateway.store import migrate
from gateway.store import tables as t
from gateway.store.database import Database
from gateway.store.due import matter
from gateway.store.store import Query, Store
from rules.field import Field, Name
from tests.gateway.store.making import NOON, proposed


def dated(store: Store, content: str, date: str, urgency: str = "", *, minutes: int = 0) -> Document:
    document = proposed(store, content, at=NOON + dt.timedelta(minutes=minutes))  # type: ignore[arg-type]
    values = {Name.DATE: date, Name.URGENCY: urgency, Name.NUMBER: "125", Name.SYMBOL: "UBND-VP",
              Name.ISSUER: "Sở Y tế"}
    fields = {name: Field(name, value, 1.0, sure=True) for name, value in values.items() if value}
    return store.record(document, Change(what="corrected", fields=fields), who="lan")


def test_urgent_papers_come_first_then_the_soonest_deadline(store: Store) -> None:
    for n in range(5):
        dated(store, f"today{n}", "2026-11-20", minutes=n)
    dated(store, "late", "2026-11-17", minutes=7)
    dated(store, "khan", "2026-11-20", "Khẩn", minutes=8)
    dated(store, "hoa-toc", "2026-11-20", "Hỏa tốc", minutes=9)

    names = [one.name for one in store.find(Query(urgent_first=True)).documents]

    assert names == ["hoa-toc.pdf", "khan.pdf", "late.pdf", *(f"today{n}.pdf" for n in range(5))]


def test_papers_of_the_same_issuer_number_symbol_and_date_are_one_matter(store: Store) -> None:
    one, other, third = (dated(store, name, date) for name, date in
                         (("a", "2026-11-20"), ("b", "2026-11-20"), ("c", "2025-11-20")))
    assert matter(one) == matter(other) != matter(third)
    assert matter(proposed(store, "d")) == "", "without date or issuer nothing can be said"


def test_what_lay_there_before_gets_its_place_in_the_queue(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/vanthu.db")
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.exec_driver_sql(
            "insert into documents (id, stage, version, unit, door, received_at, remarks) "
            "values ('d1', 'proposed', 1, 'H99.1', 'folder', '2026-11-20 05:00:00.000000', '[]')")
        for place, (name, value) in enumerate({"date": "2026-11-20", "urgency": "Khẩn"}.items()):
            connection.exec_driver_sql(
                "insert into fields (document, name, place, value, confidence, sure, candidates, doubts) "
                f"values ('d1', '{name}', {place}, '{value}', 1, 1, '[]', '[]')")

    store = Store.open(f"sqlite:///{tmp_path}/vanthu.db")
    with store.engine.connect() as connection:
        row = connection.execute(sa.select(t.documents.c.urgency, t.documents.c.due_at)).one()
    assert (row.urgency, row.due_at.isoformat()) == (1, "2026-11-20T13:00:00+07:00")
    store.close()
