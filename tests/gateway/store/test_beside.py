"""What is kept beside Documents: migrations, people, directory, doors, executors, attempts."""
from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from gateway.document import Change, Mover, Stage
from gateway.errors import GatewayError
from gateway.exchange.port import Body
from gateway.store import migrate
from gateway.store.people import Session
from gateway.store.store import Store
from gateway.store.tables import executors, metadata
from rules.field import Secrecy
from tests.gateway.store.making import NOON, proposed, receive


def test_migrations_lead_to_the_tables_of_the_code(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": lambda name, kind, _: not (
            kind == "table" and name.startswith("finding") or name == "texts_tokens")})  # indexes of words
        assert compare_metadata(context, metadata) == []


def test_the_head_that_lets_alembic_be_skipped_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_opening_twice_finds_everything_again(url: str) -> None:
    first = Store.open(url)
    document = receive(first)
    first.close()
    again = Store.open(url)
    assert again.get(document.id) == document
    again.close()


def test_sqlite_is_private_durable_and_overwrites_what_is_deleted(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/vanthu.db")
    assert stat.S_IMODE((tmp_path / "vanthu.db").stat().st_mode) == 0o600
    with store.engine.connect() as connection:
        said = {name: connection.exec_driver_sql(f"pragma {name}").scalar()
                for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")}
    assert said == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    store.close()


def test_no_word_of_a_stopped_letter_is_left_in_the_database_files(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/vanthu.db", clock=lambda: NOON)
    store.on_erase = lambda sha256: None
    receive(store, "other")
    document = proposed(store, "canarybird")
    assert "canarybird" in _all_bytes(tmp_path)
    stop = Change(what="stopped", to=Stage.STOPPED, by=Mover.CLERK, secrecy=Secrecy.MARKED)
    store.record(document, stop, who="lan")
    for word in ("canarybird", "UBND-VP", "Hòa giải", "hoa giai"):
        assert word not in _all_bytes(tmp_path)
    store.close()


def test_a_reader_keeps_the_log_only_until_the_next_sweep(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/vanthu.db", clock=lambda: NOON)
    store.on_erase = lambda sha256: None
    document = proposed(store, "canarybird")
    stop = Change(what="stopped", to=Stage.STOPPED, by=Mover.CLERK, secrecy=Secrecy.MARKED)
    with store.engine.begin() as reader:
        reader.execute(sa.text("select * from documents")).all()
        store.record(document, stop, who="lan")
        assert "canarybird" in _all_bytes(tmp_path)
    assert store.sweep_erasures() == 0
    assert "canarybird" not in _all_bytes(tmp_path)
    store.close()


def _all_bytes(folder: Path) -> str:
    return "".join(path.read_bytes().decode("utf-8", "ignore") for path in folder.iterdir())


def test_people_log_in_fail_and_are_counted(store: Store) -> None:
    people = store.people
    people.add(login="lan", name="Nguyễn Thị Lan", password_hash="h1", roles=frozenset({"clerk", "sealer"}))
    people.add(login="an", name="An", password_hash="h2", roles={"auditor"}, units={"H99.3"})
    with pytest.raises(GatewayError, match="lan"):
        people.add(login="lan", name="x", password_hash="h", roles=())
    assert [one.login for one in people.all()] == ["an", "lan"]
    assert people.failed_login("lan", NOON) == 1
    assert people.failed_login("lan", NOON) == 2
    row = people.get("lan")
    assert row is not None
    assert (row.failures, row.failed_at, row.roles, row.units) == (2, NOON, {"clerk", "sealer"}, frozenset())
    people.clear_failures("lan")
    people.set_password("lan", "h3")
    row = people.get("lan")
    assert row is not None
    assert (row.failures, row.failed_at, row.password_hash) == (0, None, "h3")
    assert people.get("nobody") is None


def test_a_session_ends_at_its_time_or_when_it_is_closed(store: Store) -> None:
    store.people.add(login="lan", name="Lan", password_hash="h", roles={"clerk"})
    ends = NOON + dt.timedelta(hours=1)
    store.people.open_session(Session("t1", "lan", NOON, ends))
    store.people.open_session(Session("t2", "lan", NOON, ends))
    session = store.people.session("t1", NOON)
    assert session is not None
    assert session.login == "lan"
    assert store.people.session("t1", ends) is None
    store.people.close_session("t2")
    assert store.people.session("t2", NOON) is None


BODIES = (
    Body("H99.1", "Ủy ban nhân dân xã Mẫu", "H99", "000.00.01.H99"),
    Body("H99", "Ủy ban nhân dân tỉnh Mẫu"),
    Body("H99.12", "Sở Nội vụ tỉnh Mẫu", "H99"),
    Body("H99.13", "Sở Y tế tỉnh Mẫu", "H99", mail="soyte@mau.vn"),
)


@pytest.mark.parametrize(("text", "codes"), [
    ("H99.1", ["H99.1", "H99.12", "H99.13"]), ("so y", ["H99.13"]), ("sở nội vụ", ["H99.12"]), ("sỏ nội", []),
    ("uy ban", ["H99.1", "H99"]), ("000.00.01", ["H99.1"]), ("mau so", ["H99.13", "H99.12"]), ("không có", []),
])
def test_bodies_are_found_by_code_and_by_name_with_and_without_marks(store: Store, text: str, codes: list[str]) -> None:
    store.directory.put(BODIES)
    assert [body.code for body in store.directory.search(text)] == codes


def test_the_directory_is_overwritten_by_code(store: Store) -> None:
    store.directory.put(BODIES)
    store.directory.put([Body("H99.12", "Sở Nội vụ và Lao động tỉnh Mẫu", "H99")])
    assert store.directory.count() == 4
    body = store.directory.get("H99.12")
    assert body is not None
    assert body.name == "Sở Nội vụ và Lao động tỉnh Mẫu"
    assert store.directory.get("H99.13") == BODIES[3]
    assert store.directory.get("H1") is None
    assert len(store.directory.search("H99", limit=2)) == 2


def test_who_has_beaten_lately_is_alive(store: Store) -> None:
    store.beat("one")
    store.beat("two")
    with store.engine.begin() as connection:
        connection.execute(sa.update(executors).where(executors.c.name == "one").values(beat=executors.c.beat - 600))
    assert store.live_executors(900) == {"one", "two"}
    assert store.live_executors(500) == {"two"}
    store.beat("one")
    assert store.live_executors(500) == {"one", "two"}


def test_doors_say_when_they_looked_and_what_troubles_them(store: Store) -> None:
    later = NOON + dt.timedelta(seconds=2)
    store.door_seen("folder", NOON)
    store.door_seen("folder", later)
    store.door_seen("imap", NOON, "Không đăng nhập được.")
    assert [(one.door, one.at, one.note) for one in store.doors()] == [
        ("folder", NOON, ""), ("imap", NOON, "Không đăng nhập được.")]
    store.door_seen("folder", later, "Ổ đĩa đầy.")
    assert store.doors()[0].note == "Ổ đĩa đầy."


def test_an_attempt_is_said_before_and_ended_after(store: Store) -> None:
    document = receive(store)
    first = store.attempt(document.id, "send:1", NOON)
    second = store.attempt(document.id, "send:1", NOON)
    store.attempt_done(second, "done", NOON)
    assert [(one.id, one.what, one.outcome, one.ended_at) for one in store.attempts(document.id)] == [
        (first, "send:1", "", None), (second, "send:1", "done", NOON)]


