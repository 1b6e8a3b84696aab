"""Several machines on PostgreSQL: one takes in, others read; one dies in its work, connections are cut, all comes out.

MACHINES_PAPERS (6) scales it.
"""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pytest
import sqlalchemy as sa

from gateway.document import Role, Stage
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from tests.gateway.letters_by_mail import ROOT, SAMPLES, free_port, wait_for

PAPERS = int(os.environ.get("MACHINES_PAPERS", "6"))
DEAD_S = 3.0

pytestmark = pytest.mark.timeout(120 + 10 * PAPERS)


@dataclass
class Machines:
    """Processes that share a database and a data folder."""

    folder: Path
    url: str
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "var"

    def start(self, command: str) -> subprocess.Popen[bytes]:
        environ = {"VANTHU_DATA": str(self.data), "VANTHU_STORE_URL": self.url, "VANTHU_WEB_PORT": str(free_port()),
                   "VANTHU_SANDBOX_PORT": str(free_port()), "VANTHU_READ_WORKERS": "1", "VANTHU_ENGINE_POLL_S": "0.2",
                   "VANTHU_ENGINE_HEAL_S": "0.5", "VANTHU_ENGINE_DEAD_S": str(DEAD_S), "VANTHU_FOLDER_SETTLE_S": "0.2",
                   "VANTHU_ENGINE_FIRST_WAIT_S": "0.5", "PYTHONPATH": str(ROOT)}
        with (self.folder / f"log-{len(self.running)}.txt").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "gateway", command], cwd=self.folder, stdout=log,
                                       stderr=log, env=os.environ | environ)
        self.running.append(process)
        return process


@pytest.fixture
def machines(postgres: str, tmp_path: Path) -> Iterator[Machines]:
    name = f"m{os.urandom(6).hex()}"
    server = sa.create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    server.dispose()
    made = Machines(tmp_path, f"{postgres}/{name}")
    (made.data / "drop").mkdir(parents=True)
    (made.data / "sample-given").touch()
    yield made
    for process in made.running:
        process.kill()
        process.wait()
    shutil.rmtree(made.data)


def drop_papers(folder: Path) -> None:
    for index in range(PAPERS):
        with pikepdf.open(SAMPLES / "giay-moi-hop.pdf") as pdf:
            pdf.docinfo["/Subject"] = f"bản {index}"
            pdf.save(folder / f"giay-{index}.pdf")


def cut_connections(url: str) -> int:
    """As a server that restarts, or a firewall that forgets: every connection but ours."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        cut = connection.scalar(sa.text("select count(pg_terminate_backend(pid)) from pg_stat_activity "
                                        "where datname = current_database() and pid <> pg_backend_pid()"))
    engine.dispose()
    return int(cut or 0)


def test_one_takes_in_others_read_and_the_death_of_one_is_made_good(machines: Machines) -> None:
    Store.open(machines.url).close()
    machines.start("run")
    wait_for(lambda: b"desk" in (machines.folder / "log-0.txt").read_bytes(), 60)
    doomed = machines.start("work")
    machines.start("work")
    wait_for(lambda: all("ready" in (machines.folder / f"log-{n}.txt").read_text("utf-8") for n in (1, 2)), 60)
    store = Store.open(machines.url)
    drop_papers(machines.data / "drop")
    wait_for(lambda: busy(store, doomed.pid), 60, 0.02)
    doomed.send_signal(signal.SIGKILL)
    died = time.monotonic()
    assert cut_connections(machines.url) > 3
    store.engine.dispose()
    wait_for(lambda: store.find(Query(stages=frozenset({Stage.PROPOSED}))).total == PAPERS, 60 + 10 * PAPERS, 0.3)
    print(f"papers={PAPERS} seconds_after_death={time.monotonic() - died:.1f}")
    vault = Vault(machines.data / "vault")
    for document in store.find(Query(limit=1000)).documents:
        assert [event.what for event in store.events(document.id)].count("proposed") == 1
        assert {Role.ORIGINAL, Role.ARCHIVE, Role.WORDS} == {file.role for file in document.files}
        assert all(vault.path(file).stat().st_size == file.size for file in document.files)
    assert store.journal.verify() == []
    alive = [process for process in machines.running if process is not doomed]
    assert all(process.poll() is None for process in alive)
    logs = [(machines.folder / f"log-{number}.txt").read_text("utf-8") for number in (0, 2)]
    assert all(" read stage=read" in log for log in logs), "both that are left have read"
    for process in alive:
        process.terminate()
    assert [process.wait(60) for process in alive] == [0, 0]
    store.close()


def busy(store: Store, pid: int) -> bool:
    """Does the process of that number run a leg just now?"""
    with store.engine.begin() as connection:
        running = sa.text("select count(*) from dbos.workflow_status "
                          "where status = 'PENDING' and executor_id like :who")
        return bool(connection.scalar(running, {"who": f"%-{pid}-%"}))


def test_work_needs_a_database_that_can_be_shared(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "gateway", "work"], cwd=tmp_path, capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(ROOT), "VANTHU_DATA": str(tmp_path / "var")}, check=False)
    assert done.returncode == 2
    assert "PostgreSQL" in done.stderr
