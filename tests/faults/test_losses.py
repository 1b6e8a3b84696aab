"""The eleven ways in which papers were lost elsewhere (L1-L11), each shown not to lose one here.

Documents in = documents accounted for: as a row with its bytes, or in failed/ with a reason.
"""
from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from gateway.document import Change, Mover, Role, Stage
from gateway.errors import DiskFull
from gateway.intake import folder as folder_module
from gateway.intake.entries import Entry
from gateway.store.store import Received
from tests.gateway.intake.scans import House, pdf, picture


def contents(house: House) -> list[bytes]:
    """The original bytes of every Document."""
    found = []
    for document in house.documents():
        original = document.file(Role.ORIGINAL)
        assert original is not None
        found.append(house.vault.path(original).read_bytes())
    return found


def test_l1_a_commit_that_fails_leaves_the_file_for_the_next_look(house: House) -> None:
    failing = [True]

    def fail_once(connection: sa.Connection) -> None:
        if failing and failing.pop():
            raise OperationalError("commit", {}, Exception("disk I/O error"))

    door = house.door()
    (house.drop / "a.pdf").write_bytes(pdf())
    door.look_once()
    house.seconds.now += 2
    sa.event.listen(house.store.engine, "commit", fail_once)
    with pytest.raises(OperationalError):
        door.look_once()
    assert house.documents() == ()
    assert len(house.below(".claimed")) == 1
    assert house.below("done") == []
    assert house.settle(house.door()) == 1, "also after a start"
    assert contents(house) == [pdf()]
    assert house.store.journal.verify() == []


def test_l2_the_bytes_are_on_the_disk_before_the_row_and_the_row_before_done(
        house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    sync, replace, rename = os.fsync, os.replace, Path.rename

    def fsync(descriptor: int) -> None:
        place = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        told.append("flush folder" if place.is_dir() else "flush file")
        sync(descriptor)

    def replaced(source: Path, target: Path) -> None:
        told.append("name in vault")
        replace(source, target)

    def renamed(source: Path, target: Path) -> Path:
        told.append("claim" if ".claimed" in target.parts else "done")
        return rename(source, target)

    (house.drop / "a.pdf").write_bytes(pdf())
    door = house.door()
    door.look_once()
    house.seconds.now += 2
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replaced)
    monkeypatch.setattr(Path, "rename", renamed)
    sa.event.listen(house.store.engine, "commit", lambda connection: told.append("commit"))
    door.look_once()
    steps = [step for n, step in enumerate(told) if n == 0 or told[n - 1] != step]  # runs of the same step as one
    assert steps == ["claim", "flush file", "flush folder", "name in vault", "flush folder", "commit", "done"]


def test_l3_a_name_that_is_used_again_while_the_first_is_in_work_is_a_second_document(house: House) -> None:
    door = house.door()
    accept, path = door._accept, house.drop / "scan0001.pdf"
    following = [pdf("B"), pdf("C")]

    def slow(source: object, origin_of: object, **more: object) -> Received:
        if following:
            path.write_bytes(following.pop(0))
        return accept(source, origin_of, **more)  # type: ignore[arg-type]

    door._accept = slow  # type: ignore[assignment]
    path.write_bytes(pdf("A"))
    for _ in range(8):
        door.look_once()
        house.seconds.now += 2
    assert sorted(contents(house)) == [pdf("A"), pdf("B"), pdf("C")]
    assert len(house.below("done")) == 3


def test_l3_a_writer_that_goes_on_after_the_claim_is_waited_for(house: House) -> None:
    door = house.door()
    accept, path, whole = door._accept, house.drop / "a.pdf", pdf(padding=9000)
    path.write_bytes(pdf())
    writer = path.open("r+b")

    def meanwhile(source: object, origin_of: object, **more: object) -> Received:
        if not writer.closed:
            writer.write(whole)
            writer.close()
        return accept(source, origin_of, **more)  # type: ignore[arg-type]

    door._accept = meanwhile  # type: ignore[assignment]
    for _ in range(4):
        door.look_once()
        house.seconds.now += 2
    assert contents(house) == [whole]


def test_l4_a_file_is_never_deleted_for_its_age(house: House) -> None:
    """Two sides of one sheet, dropped 31 minutes apart: both are kept (joining them is a clerk's act)."""
    door = house.door()
    for minutes, name in ((31, "odd.pdf"), (0, "even.pdf")):
        (house.drop / name).write_bytes(pdf(name))
        os.utime(house.drop / name, times=(time.time() - minutes * 60,) * 2)
        house.settle(door)
        house.seconds.now += 31 * 60
    assert sorted(contents(house)) == sorted([pdf("odd.pdf"), pdf("even.pdf")])


def test_l5_cleaning_temporary_folders_between_accept_and_read_loses_nothing(house: House) -> None:
    (house.drop / "a.pdf").write_bytes(pdf())
    house.settle(house.door())
    house.vault.clear_work()
    (waiting,) = house.store.waiting_for_machine(house.documents()[0].received_at)
    assert contents(house) == [pdf()]
    assert waiting.stage is Stage.RECEIVED


def test_l7_trouble_with_one_file_is_never_final(house: House) -> None:
    door = house.door()
    accept, failing = door._accept, [True]

    def fail(*args: object, **more: object) -> Received:
        if failing:
            raise DiskFull
        return accept(*args, **more)  # type: ignore[arg-type]

    door._accept = fail  # type: ignore[assignment]
    (house.drop / "a.pdf").write_bytes(pdf())
    door.look_once()
    house.seconds.now += 2
    for _ in range(50):
        with pytest.raises(DiskFull):
            door.look_once()
        house.seconds.now += 3600
    failing.clear()
    assert door.look_once() == 1
    assert contents(house) == [pdf()]


@pytest.mark.parametrize("data", [b"PK\x03\x04 zip", b"\xd0\xcf\x11\xe0 doc", b"not a picture"])
def test_l8_what_cannot_be_taken_is_not_passed_over_in_silence(house: House, data: bytes) -> None:
    (house.drop / "a.zip").write_bytes(data)
    house.settle(house.door(), 1000)  # what may be half a zip is waited for
    assert house.below("failed") == ["2026-11-20/a.zip", "2026-11-20/a.zip.txt"]
    assert (house.drop / "failed/2026-11-20/a.zip").read_bytes() == data


def test_l9_a_duplicate_is_linked_and_its_file_kept(house: House) -> None:
    door = house.door()
    for name in ("a.pdf", "b.pdf"):
        (house.drop / name).write_bytes(pdf())
        house.settle(door)
    (document,) = house.documents()
    assert [event.what for event in house.store.events(document.id)] == ["received", "same_bytes"]
    assert len(house.below("done")) == 2
    rejected = Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK)
    house.store.record(document, rejected, who="lan")
    (house.drop / "a.pdf").write_bytes(pdf())
    house.settle(door)
    assert len(house.documents()) == 2, "what was turned down may be dropped again"


def test_l10_a_half_written_file_at_start_up_is_not_taken(house: House) -> None:
    whole = picture("TIFF")
    path = house.drop / "a.tif"
    path.write_bytes(whole[:len(whole) // 2])
    door = house.door()
    assert house.settle(door) == 0
    path.write_bytes(whole)
    assert door.look_once() == 0
    house.seconds.now += 2
    assert door.look_once() == 1
    assert contents(house) == [whole]


@pytest.mark.parametrize("hidden_at", [0, 1, 2, 3])
def test_l11_a_listing_that_is_empty_for_a_moment_neither_loses_nor_doubles(
        house: House, monkeypatch: pytest.MonkeyPatch, hidden_at: int) -> None:
    door, look, polls = house.door(), folder_module.look, [0]

    def flickering(folder: Path) -> Iterator[Entry]:
        polls[0] += 1
        return iter(()) if polls[0] - 1 == hidden_at else look(folder)

    monkeypatch.setattr(folder_module, "look", flickering)
    for word in ("a", "b"):
        (house.drop / f"{word}.pdf").write_bytes(pdf(word))
    for _ in range(6):
        door.look_once()
        house.seconds.now += 1
    assert sorted(contents(house)) == [pdf("a"), pdf("b")]
    assert all(len(house.store.events(one.id)) == 1 for one in house.documents())
