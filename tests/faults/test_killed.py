"""L6: the door's process is killed, at chosen points and at random moments; every file becomes one Document.

FOLDER_KILLS (12) scales the random ones.
"""
from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.document import Role
from tests.faults.door_process import POINTS
from tests.gateway.intake.scans import House, pdf

KILLS = int(os.environ.get("FOLDER_KILLS", "8"))
ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("door_process.py")

pytestmark = pytest.mark.timeout(300 + 8 * KILLS)


def start(house: House, *point: str) -> subprocess.Popen[str]:
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(SCRIPT), str(house.root), *point]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)


def end(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=180)
    return process.returncode


def check(house: House, files: dict[str, bytes]) -> None:
    """Every file is exactly one Document, with its bytes, and nothing is left half done."""
    documents = house.documents()
    assert sorted(one.name for one in documents) == sorted(files)
    for document in documents:
        original = document.file(Role.ORIGINAL)
        assert original is not None
        assert house.vault.path(original).read_bytes() == files[document.name]
        assert [event.what for event in house.store.events(document.id)] == ["received"]
    assert len(house.below("done")) == len(files)
    assert house.below(".claimed") == house.below("failed") == []
    assert [path for path in house.drop.iterdir() if path.is_file()] == []
    assert house.store.journal.verify() == []


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_chosen_point_nothing_is_lost_and_nothing_doubled(house: House, point: str) -> None:
    (house.drop / "a.pdf").write_bytes(pdf())
    assert end(start(house, point)) == -9
    assert end(start(house)) == 0
    check(house, {"a.pdf": pdf()})


def test_killed_at_random_moments_nothing_is_lost_and_nothing_doubled(house: House) -> None:
    chance = random.Random(20261121)
    files = {f"scan{n:04}.pdf": pdf(str(n), padding=chance.randrange(300_000)) for n in range(5 * KILLS)}
    pending = list(files.items())
    for _ in range(KILLS):
        for name, data in pending[:5]:
            (house.drop / name).write_bytes(data)
        del pending[:5]
        process = start(house)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.25))
        process.kill()
        end(process)
    assert end(start(house)) == 0
    check(house, files)
    print(f"kills={KILLS} door=folder files={len(files)}")
    left = house.vault.clear_work()
    assert left <= KILLS, "at most one unfinished copy for each death"
