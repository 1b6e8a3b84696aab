"""L6: the door's process is killed, at chosen points and at random moments; every file becomes one Document.

Two files that are the sides of one stack become one Document.  FOLDER_KILLS (8) scales the random ones.
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
from gateway.intake.accept import SIDES
from tests.faults.door_process import POINTS
from tests.gateway.intake.scans import House, pdf

KILLS = int(os.environ.get("FOLDER_KILLS", "8"))
ROOT = Path(__file__).parents[2]
FRONT, BACK = "_truoc", "_sau"
SCRIPT = Path(__file__).with_name("door_process.py")

pytestmark = pytest.mark.timeout(300 + 8 * KILLS)


def start(house: House, *point: str) -> subprocess.Popen[str]:
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(SCRIPT), str(house.root), *point]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)


def end(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=180)
    return process.returncode


def whole(name: str) -> list[tuple[Role, str]]:
    """The files of a Document whose first has this name."""
    fronts = [(Role.ORIGINAL, name)]
    return [*fronts, (Role.SOURCE, name.replace(FRONT, BACK))] if FRONT in name else fronts


def check(house: House, files: dict[str, bytes]) -> None:
    """Every file is in exactly one Document, with its bytes, backs beside their fronts; nothing is left half done."""
    documents = house.documents()
    kept = [file for document in documents for file in document.files]
    assert sorted(file.name for file in kept) == sorted(files)
    for file in kept:
        assert house.vault.path(file).read_bytes() == files[file.name]
    for document in documents:
        pair = [(file.role, file.name) for file in document.files]
        assert pair == whole(pair[0][1])
        told = ["received"] if len(pair) == 1 else ["received", SIDES]
        assert [event.what for event in house.store.events(document.id)] == told
    assert len(house.below("done")) == len(files)
    assert house.below(".claimed") == house.below("failed") == []
    assert [path for path in house.drop.iterdir() if path.is_file()] == []
    assert house.store.journal.verify() == []


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_chosen_point_nothing_is_lost_and_nothing_doubled(house: House, point: str) -> None:
    files = {f"a{FRONT}.pdf": pdf("fronts"), f"a{BACK}.pdf": pdf("backs")}
    for name, data in files.items():
        (house.drop / name).write_bytes(data)
    assert end(start(house, point)) == -9
    assert end(start(house)) == 0
    check(house, files)


def test_killed_at_random_moments_nothing_is_lost_and_nothing_doubled(house: House) -> None:
    chance = random.Random(20261121)
    ends = ("a", "b", "c", FRONT, BACK)
    names = [f"scan{number:04}{end}.pdf" for number in range(KILLS) for end in ends]
    files = {name: pdf(name, padding=chance.randrange(300_000)) for name in names}
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
