"""A seal's process is killed, at chosen points and at random moments: a paper is CONFIRMED or SEALED, nothing between.

SEAL_KILLS (3) and CHAOS_SEED scale and repeat the random part.
"""
from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.document import VN, Change, Document, Door, Mover, Origin, Recipient, Role, Stage
from gateway.seal.rehearsal import make_rehearsal_key
from gateway.seal.trust import load_trust
from gateway.seal.verify import verify
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from gateway.verdicts import judged_again
from rules.field import Field, Name
from tests.faults.seal_process import BODY, POINTS, files_in, main
from tests.gateway.seal.papers import scan

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("seal_process.py")
KILLS = int(os.environ.get("SEAL_KILLS", "2"))
CHAOS = bool(os.environ.get("CHAOS"))
SEED = int(os.environ.get("CHAOS_SEED", str(time.time_ns() % 1_000_000)))
pytestmark = pytest.mark.timeout(300 + 20 * KILLS)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_rehearsal_key(files_in(folder), body=BODY, place="Bình Minh", now=dt.datetime.now(VN))
    return folder


def confirmed(root: Path, keys: Path, count: int) -> None:
    """A house with so many papers that wait for their seal."""
    for file in keys.iterdir():
        shutil.copy(file, root)
    store, vault = Store.open(f"sqlite:///{root}/vanthu.db"), Vault(root / "vault")
    store.people.add("lan", "Lan", password_hash="", roles={"sealer"})
    paper = scan(root / "scan.pdf").read_bytes()
    for number in range(count):
        path = root / f"{number}.pdf"
        path.write_bytes(paper + b"%% %d\n" % number)
        original = vault.put(path, role=Role.ORIGINAL, media_type="application/pdf", name=path.name)
        archive = vault.put(scan(path), role=Role.ARCHIVE, media_type="application/pdf", name=path.name)
        document = store.receive(Origin(Door.FOLDER, path.name), original, unit="H99.1", name=path.name,
                                 by="may-quet", at=dt.datetime.now(VN)).document
        values = {Name.NUMBER: str(number + 1), Name.SYMBOL: "UBND-VP", Name.DATE: "2026-11-19"}
        for change in (
            Change(what="read", to=Stage.READ, files=(archive,), pages=1, kind="scan"),
            Change(what="proposed", to=Stage.PROPOSED,
                   fields={name: Field(name, value, 1.0, sure=True) for name, value in values.items()}),
            Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK,
                   recipients=(Recipient("H99.2", "Sở Nội vụ"),), confirmed_by="lan"),
        ):
            document = store.record(document, change, who="lan")
    store.close()


def start(root: Path, *words: str) -> subprocess.Popen[str]:
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, str(SCRIPT), str(root), *words], env=environ, stdout=subprocess.PIPE,
                            text=True)


def end(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=60)
    return process.returncode


def check(root: Path, *, all_sealed: bool = False, seen: set[str] | None = None) -> int:
    """Every paper is one or the other, whole; how many are sealed.  `seen`: sealed ones that were looked at before."""
    store, vault = Store.open(f"sqlite:///{root}/vanthu.db"), Vault(root / "vault")
    documents = store.find(Query(limit=100)).documents
    sealed = [one for one in documents if one.stage is Stage.SEALED]
    assert {one.stage for one in documents} <= {Stage.CONFIRMED, Stage.SEALED}
    for document in documents:
        if seen is None or document.id not in seen:
            _check_one(store, vault, document, root)
    if seen is not None:
        seen |= {one.id for one in sealed}
    assert store.journal.verify() == []
    assert not all_sealed or len(sealed) == len(documents)
    assert len({one.parcel_id for one in sealed}) == len(sealed)
    store.close()
    return len(sealed)


def _check_one(store: Store, vault: Vault, document: Document, root: Path) -> None:
    file = document.file(Role.SEALED)
    told = [event.what for event in store.events(document.id)].count("sealed")
    if document.stage is Stage.CONFIRMED:
        assert (file, told, document.parcel_id, document.sealed_by) == (None, 0, "", "")
        return
    assert file is not None
    assert (told, document.sealed_by) == (1, "lan")
    path = vault.path(file)
    assert all(one.bottom_line for one in verify(path, load_trust(root / "ca.pem")).signatures)
    assert judged_again(document, vault, path).whole


SHOWN = [(way, point) for way, points in POINTS.items() for point in points
         if CHAOS or way == "program" or point not in POINTS["program"]]
"""Both ways share their ends; `make chaos` kills each way at each of its points."""


@pytest.mark.parametrize(("way", "point"), SHOWN)
def test_killed_at_a_chosen_point_a_paper_is_confirmed_or_sealed(
    keys: Path, tmp_path: Path, way: str, point: str
) -> None:
    confirmed(tmp_path, keys, 1)
    assert end(start(tmp_path, way, point)) == -9
    assert check(tmp_path) == (point == "recorded")

    main(tmp_path, way)  # the sealer does it again
    check(tmp_path, all_sealed=True)


@pytest.mark.parametrize("way", list(POINTS))
def test_killed_at_random_moments_every_paper_is_confirmed_or_sealed(keys: Path, tmp_path: Path, way: str) -> None:
    print(f"CHAOS_SEED={SEED}")
    chance = random.Random(SEED)
    confirmed(tmp_path, keys, max(4, KILLS))
    seen = set[str]()
    for _ in range(KILLS):
        process = start(tmp_path, way)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 1.0))
        process.kill()
        end(process)
        check(tmp_path, seen=seen)
    main(tmp_path, way)
    check(tmp_path, all_sealed=True)
    print(f"kills={KILLS} door=seal-{way}")
