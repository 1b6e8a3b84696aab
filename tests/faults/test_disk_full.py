"""The disk is full: files wait, nothing is half taken, and room makes it go on by itself."""
from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from gateway.errors import DiskFull
from gateway.store.store import Store
from gateway.store.vault import Vault
from tests.gateway.intake.scans import House, pdf


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 2 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(disk: Path) -> Path:
    """Ballast that leaves no room at all."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        for size in (65536, 4096):
            try:
                while True:
                    os.write(file.fileno(), bytes(size))
            except OSError:
                continue
    return ballast


def test_a_full_vault_lets_files_wait(house: House, small_disk: Path) -> None:
    house.vault = Vault(small_disk / "vault")
    door, ballast = house.door(), fill(small_disk)
    for word in ("a", "b"):
        (house.drop / f"{word}.pdf").write_bytes(pdf(word, padding=5000))
    door.look_once()
    house.seconds.now += 2
    for _ in range(3):
        with pytest.raises(DiskFull):
            door.look_once()
    assert house.documents() == ()
    assert len(house.below(".claimed")) == 2
    ballast.unlink()
    assert door.look_once() == 2
    assert len(house.documents()) == 2


def test_a_full_database_lets_files_wait(tmp_path: Path, small_disk: Path) -> None:
    store = Store.open(f"sqlite:///{small_disk}/vanthu.db")
    (tmp_path / "drop").mkdir()
    house = House(tmp_path, store, Vault(tmp_path / "vault"))
    door, ballast = house.door(), fill(small_disk)
    (house.drop / "a.pdf").write_bytes(pdf())
    door.look_once()
    house.seconds.now += 2
    with pytest.raises(OperationalError):
        door.look_once()
    assert len(house.below(".claimed")) == 1
    ballast.unlink()
    assert door.look_once() == 1
    assert len(house.documents()) == 1
    assert store.journal.verify() == []
    store.close()
