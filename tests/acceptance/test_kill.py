"""kill -9 at random moments: nothing is lost, nothing is sent twice.

CHAOS_KILLS (50) and CHAOS_SEED scale and repeat it; `make chaos` may ask for hundreds.
"""
from __future__ import annotations

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pikepdf
import pytest

from gateway.document import Role, Stage
from gateway.exchange.edxml import EdocMessage, read_message
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from tests.acceptance.clerk import TRANSPORT, Clerk
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
KILLS = int(os.environ.get("CHAOS_KILLS", "50"))
SEED = int(os.environ.get("CHAOS_SEED", str(time.time_ns() % 1_000_000)))
PAPERS = 10
PASSWORD = "mat-khau-thu-nghiem"
ORGAN, RECEIVER, SYSTEM = "H99.1", "H99.2", "99.99.W00"
END_S = 480.0

pytestmark = pytest.mark.timeout(600 + 6 * KILLS)


def vanthu(*words: str, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process of its own group, so that it can be killed with all it has started."""
    return subprocess.Popen([sys.executable, "-m", "gateway", *words], cwd=ROOT, env=os.environ | environ,
                            stdout=subprocess.DEVNULL, stderr=(Path(environ["LOG"])).open("ab"))


@dataclass
class Place:
    """One data folder, the axis beside it, and how a gateway on it is started."""

    folder: Path
    axis: Path
    environ: dict[str, str]
    address: str

    @property
    def data(self) -> Path:
        return self.folder / "var"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    web, axis = free_port(), free_port()
    secret, password = tmp_path / "secret.txt", tmp_path / "password.txt"
    secret.write_text("geheim", "utf-8")
    password.write_text(PASSWORD, "utf-8")
    environ = {
        "LOG": str(tmp_path / "log.txt"),
        "VANTHU_DATA": str(tmp_path / "var"),
        "VANTHU_WEB_PORT": str(web),
        "VANTHU_SANDBOX_ENABLED": "false",
        "VANTHU_EXCHANGE_ENDPOINT": f"http://127.0.0.1:{axis}",
        "VANTHU_EXCHANGE_SECRET_FILE": str(secret),
        "VANTHU_EXCHANGE_COLLECT_S": "0.5",
        "VANTHU_FOLDER_SETTLE_S": "0.2",
        "VANTHU_FOLDER_POLL_S": "0.5",
        "VANTHU_ENGINE_POLL_S": "0.2",
        "VANTHU_ENGINE_HEAL_S": "0.5",
        "VANTHU_ENGINE_FIRST_WAIT_S": "0.5",
        "VANTHU_ENGINE_MOST_CRASHES": "100000",
    }
    told = ["--port", str(axis), "--data", str(tmp_path / "axis"), "--system", SYSTEM, "--secret-file", str(secret)]
    sandbox = vanthu("sandbox", *told, "--organ", ORGAN, environ=environ)
    roles = ["--role", "clerk", "--role", "sealer"]
    assert vanthu("user", "add", "lan", "--name", "Lan", *roles, "--password-file", str(password),
                  environ=environ).wait(60) == 0
    (tmp_path / "var" / "sample-given").touch()
    yield Place(tmp_path, tmp_path / "axis", environ, f"http://127.0.0.1:{web}")
    sandbox.kill()
    sandbox.wait()


def drop_papers(folder: Path) -> None:
    """Ten papers: two scans, and variants of a letter with a text of its own, which are quickly read."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(("cong-van-ra-soat.pdf", "dau-de-1698.pdf")):
        (folder / f"scan-{index}.pdf").write_bytes((SAMPLES / name).read_bytes())
    for index in range(PAPERS - 2):
        with pikepdf.open(SAMPLES / "giay-moi-hop.pdf") as pdf:
            pdf.docinfo["/Subject"] = f"bản {index}"
            pdf.save(folder / f"letter-{index}.pdf")


class Office(threading.Thread):
    """The clerk confirms and seals whatever stands ready, through all outages."""

    def __init__(self, store: Store, place: Place) -> None:
        super().__init__(name="clerk", daemon=True)
        self._store = store
        self._clerk = Clerk(place.address, "lan", PASSWORD)
        self._over = threading.Event()
        self._numbers: dict[str, int] = {}

    def run(self) -> None:
        while not self._over.wait(0.2):
            with suppress(*TRANSPORT):
                self._work()
        self._clerk.close()

    def _work(self) -> None:
        ready = frozenset({Stage.PROPOSED, Stage.CONFIRMED})
        for document in self._store.find(Query(stages=ready, held=False)).documents:
            if document.stage is Stage.CONFIRMED:
                self._clerk.seal(document)
            elif self._store.directory.get(RECEIVER):
                number = self._numbers.setdefault(document.id, len(self._numbers) + 1)
                self._clerk.confirm(document, number, RECEIVER)

    def go_home(self) -> None:
        self._over.set()
        self.join(60)


def kill_again_and_again(place: Place, dice: random.Random) -> None:
    """Starts the gateway and kills it, most often young, sometimes after it has had time to get on."""
    for _ in range(KILLS):
        gateway = vanthu("run", environ=place.environ)
        time.sleep(dice.uniform(0.1, 2.0) if dice.random() < 0.75 else dice.uniform(2.0, 5.0))
        assert gateway.poll() is None, "the gateway ended by itself"
        gateway.send_signal(signal.SIGKILL)
        gateway.wait()


def wait_for_the_end(place: Place, store: Store) -> None:
    end = time.monotonic() + END_S
    gateway = vanthu("run", environ=place.environ)
    try:
        # All may be delivered already: a stop is asked for only when there is a gateway up that can hear it.
        while not answers(place) or store.find(Query(stages=frozenset({Stage.DELIVERED}))).total < PAPERS:
            assert gateway.poll() is None, "the gateway ended by itself"
            assert time.monotonic() < end, store.counts()
            time.sleep(0.5)
    finally:
        gateway.terminate()
        assert gateway.wait(90) == 0


def answers(place: Place) -> bool:
    """Does the desk take connections?"""
    with suppress(OSError), socket.create_connection(("127.0.0.1", int(place.environ["VANTHU_WEB_PORT"])), timeout=1):
        return True
    return False


def messages(place: Place) -> list[EdocMessage]:
    found = [read_message(path.read_bytes()) for path in sorted((place.axis / "received").glob("*.edxml"))]
    return [one for one in found if isinstance(one, EdocMessage)]


def check_books(place: Place, store: Store) -> None:
    """Everything in is accounted for, sent once, and numbered without gap."""
    vault = Vault(place.data / "vault")
    documents = store.find(Query(limit=100)).documents
    assert len(documents) == PAPERS
    assert {document.stage for document in documents} == {Stage.DELIVERED}
    numbers = sorted(int(document.register_number.rpartition(".")[2]) for document in documents)
    assert numbers == list(range(1, PAPERS + 1))
    assert store.journal.verify() == []
    sent = messages(place)
    assert sorted(one.document_id for one in sent) == sorted(document.parcel_id for document in documents)
    by_id = {one.document_id: one for one in sent}
    for document in documents:
        for file in document.files:
            assert hashlib.sha256(vault.path(file).read_bytes()).hexdigest() == file.sha256
        sealed = document.file(Role.SEALED)
        assert sealed is not None
        assert by_id[document.parcel_id].attachments[0].data == vault.path(sealed).read_bytes()
        codes = [(receipt.from_code, receipt.code) for receipt in store.receipts(document.id)]
        assert sorted(codes) == [(RECEIVER, "01"), (RECEIVER, "03")]
    assert [path for path in (place.data / "drop").iterdir() if path.is_file()] == []


def test_fifty_kills_lose_nothing_and_send_nothing_twice(place: Place) -> None:
    print(f"CHAOS_SEED={SEED}")
    drop_papers(place.data / "drop")
    store = Store.open(f"sqlite:///{place.data / 'vanthu.db'}")
    office = Office(store, place)
    office.start()
    try:
        kill_again_and_again(place, random.Random(SEED))
        wait_for_the_end(place, store)
    finally:
        office.go_home()
    check_books(place, store)
    axis = httpx.get(f"{place.environ['VANTHU_EXCHANGE_ENDPOINT']}/_control").json()
    store.close()
    assert axis["doubles"] == 0
    assert axis["received"] == PAPERS
    print(f"kills={KILLS} door=house papers={PAPERS}")
