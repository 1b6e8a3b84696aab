"""`vanthu run` as a process: it starts by itself, says what there is, and stops when told."""
from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.document import Stage
from gateway.store.store import Query, Store
from rules.field import Name
from tests.gateway.letters import DRAFT, SCAN, letter
from tests.ports import free_port
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"


class Gateway:
    """One process on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "var"
        self.port = free_port()
        self.environ = os.environ | {
            "VANTHU_DATA": str(self.data), "VANTHU_WEB_PORT": str(self.port),
            "VANTHU_SANDBOX_PORT": str(free_port()), "VANTHU_FOLDER_SETTLE_S": "0.2", "VANTHU_ENGINE_POLL_S": "0.2"}
        self.process = self.started()
        self.said = ""

    def started(self) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-m", "gateway", "run"], cwd=ROOT, env=self.environ, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ready(self) -> str:
        """What it says until it stands ready."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if "Ctrl+C" in line:
                return said
        raise AssertionError(self.process.stderr.read() if self.process.stderr else "")

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(60)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return code


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Started for the first time and ready; the tests go through its day in their order."""
    gateway = Gateway(tmp_path_factory.mktemp("office"))
    gateway.said = gateway.ready()
    yield gateway
    if gateway.process.poll() is None:
        gateway.stop(signal.SIGKILL)


def test_the_first_start_sets_everything_up_and_a_sample_is_proposed(gateway: Gateway) -> None:
    password = (gateway.data / "secrets" / "first-login.txt").read_text("utf-8").split()[1]
    assert f"http://127.0.0.1:{gateway.port}" in gateway.said
    assert f"vanthu / {password}" in gateway.said
    assert "Drop a scan here." in gateway.said
    assert httpx.get(f"http://127.0.0.1:{gateway.port}/login").status_code == 200
    for secret in (gateway.data / "secrets").iterdir():
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600, secret
    store = Store.open(f"sqlite:///{gateway.data / 'vanthu.db'}")
    wait_for(lambda: store.find(Query(stages=frozenset({Stage.PROPOSED}))).total == 1)
    wait_for(lambda: store.directory.count() > 0)
    store.close()


def test_a_second_gateway_on_the_same_folder_or_port_is_refused(gateway: Gateway, tmp_path: Path) -> None:
    for change, said in (({"VANTHU_WEB_PORT": str(free_port())}, "đang chạy"),
                         ({"VANTHU_DATA": str(tmp_path / "other")}, "web.port")):
        second = subprocess.run([sys.executable, "-m", "gateway", "run"], cwd=ROOT, capture_output=True, text=True,
                                env=gateway.environ | change, timeout=60, check=False)
        assert second.returncode == 2
        assert said in second.stderr
    assert gateway.process.poll() is None


def test_a_saved_letter_that_is_handed_in_is_opened_and_its_paper_proposed(gateway: Gateway, tmp_path: Path) -> None:
    saved = tmp_path / "thu.eml"
    saved.write_bytes(letter(("dự thảo.txt", DRAFT), ("giấy mời.pdf", SCAN)))
    subprocess.run([sys.executable, "-m", "gateway", "add", str(saved)], cwd=ROOT, env=gateway.environ, check=True,
                   timeout=60)
    store = Store.open(f"sqlite:///{gateway.data / 'vanthu.db'}")
    wait_for(lambda: any(one.is_letter for one in store.find(Query(stages=frozenset({Stage.PROPOSED}))).documents))
    document = next(one for one in store.find(Query()).documents if one.is_letter)
    assert document.fields[Name.NUMBER].value == "31"
    assert [file.name for file in document.attachments] == ["dự thảo.txt"]
    store.close()


def test_it_stops_when_told_and_a_later_start_gives_no_second_sample(gateway: Gateway) -> None:
    store = Store.open(f"sqlite:///{gateway.data / 'vanthu.db'}")
    before = store.find(Query()).total
    assert gateway.stop() == 0
    gateway.process = gateway.started()
    assert "sample" not in gateway.ready()
    assert gateway.stop(signal.SIGINT) == 0
    assert store.find(Query()).total == before
    store.close()
