"""Fronts and backs that come as two files become one paper; a half alone goes on alone, and nothing is lost."""
from __future__ import annotations

import datetime as dt
import hashlib
import io
import os

import pytest

from gateway.document import VN, Door, Origin, Role
from gateway.errors import BadSettings
from gateway.intake.claims import Claims
from gateway.intake.endings import Side, named
from gateway.intake.folder import FolderDoor
from gateway.settings import Folder
from gateway.settings_folder import check_sides
from tests.gateway.intake.scans import House, pdf

FRONT, BACK = pdf("fronts"), pdf("backs")
NINE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=VN)
PLAN = Folder()


def door(house: House, at: dt.datetime = NINE) -> FolderDoor:
    """A door whose clock says `at`."""
    made = house.door(endings=(PLAN.front_endings, PLAN.back_endings), sides_wait_s=PLAN.sides_wait_s)
    made._clock = lambda: at
    return made


def drop(house: House, one: FolderDoor, **files: bytes) -> int:
    for name, data in files.items():
        (house.drop / f"{name}.pdf").write_bytes(data)
    return house.settle(one)


def hashes(house: House) -> list[list[tuple[str, str]]]:
    return [[(file.role.value, file.sha256) for file in one.files] for one in house.documents()]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_names_tell_the_side_in_any_case_with_tone_marks_or_without() -> None:
    pairs = (("so12_truoc.pdf", "so12_sau.tif"), ("So 12_TRƯỚC.PDF", "SO 12_sau.pdf"), ("a-front", "a-back"))
    for front, back in pairs:
        sides = [named(name, PLAN.front_endings, PLAN.back_endings) for name in (front, back)]
        assert [one.side for one in sides if one] == [Side.FRONT, Side.BACK]
        assert len({one.pair for one in sides if one}) == 1
    for other in ("sau.pdf", "_sau.pdf", "ke-hoach-tuan-sau.pdf", "a_truoc_1.pdf", "a"):
        assert named(other, PLAN.front_endings, PLAN.back_endings) is None, other


def test_both_sides_become_one_paper_whose_two_files_stay_as_they_came(house: House) -> None:
    one, front, back = door(house), "so12_truoc", "so12_sau"
    assert drop(house, one, **{back: BACK}) == 0, "backs may be whole before the fronts"
    assert drop(house, one, **{front: FRONT}) == 1
    assert hashes(house) == [[("original", sha(FRONT)), ("source", sha(BACK))]]
    (document,) = house.documents()
    back_file = document.file(Role.SOURCE)
    assert back_file is not None
    assert house.vault.path(back_file).read_bytes() == BACK
    assert [sha(data)[:12] in path for path, data in zip(house.below("done"), (BACK, FRONT), strict=True)] in (
        [True, True], [False, False])
    assert len(house.below("done")) == 2
    assert house.below(".claimed") == house.below("failed") == []
    assert f"{back}.pdf, SHA-256 {sha(BACK)}" in house.store.events(document.id)[-1].why


def test_a_half_waits_and_then_goes_on_alone_and_is_told(house: House) -> None:
    assert drop(house, door(house), a_truoc=FRONT) == 0
    assert house.documents() == ()
    assert house.settle(door(house, NINE + dt.timedelta(seconds=899))) == 0
    assert house.settle(door(house, NINE + dt.timedelta(seconds=900))) == 1
    (document,) = house.documents()
    assert document.remarks == ("side_alone",)
    assert "mặt kia không đến" in house.store.events(document.id)[-1].why
    (note,) = house.below("failed")
    assert note.endswith("a_truoc.pdf.mot-mat.txt")
    late = door(house, NINE + dt.timedelta(minutes=30))
    assert drop(house, late, a_sau=BACK) == 0
    assert house.settle(door(house, NINE + dt.timedelta(minutes=46))) == 1
    assert hashes(house) == [[("original", sha(FRONT))], [("original", sha(BACK))]]


def test_backs_are_never_laid_behind_an_older_front_nor_behind_one_of_two(house: House) -> None:
    (house.drop / "a_truoc.pdf").write_bytes(FRONT)
    old = (house.drop / "a_truoc.pdf").stat().st_mtime - 31 * 60
    os.utime(house.drop / "a_truoc.pdf", (old, old))
    one = door(house)
    assert drop(house, one, a_sau=BACK) == 2
    again = [pdf("first"), pdf("second")]
    for data in again:
        drop(house, one, b_truoc=data)
    assert sorted(one.remarks for one in house.documents()) == [("sides_unsure",)] * 4
    assert len({file for files in hashes(house) for file in files}) == 4


@pytest.mark.parametrize("put_aside", [0, 1])
def test_a_door_that_dies_before_both_are_put_aside_finds_them_again(
        house: House, monkeypatch: pytest.MonkeyPatch, put_aside: int) -> None:
    crashed, real, calls = door(house), Claims.done, iter(range(9))
    with monkeypatch.context() as broken:
        broken.setattr(Claims, "done", lambda *given: real(*given) if next(calls) < put_aside else None)
        drop(house, crashed, a_truoc=FRONT)
        assert drop(house, crashed, a_sau=BACK) == 1
    assert len(house.below(".claimed")) == 2 - put_aside
    assert house.settle(door(house)) == 1, "at once: their wait is over"
    assert (house.below(".claimed"), house.below("failed")) == ([], [])
    assert hashes(house) == [[("original", sha(FRONT)), ("source", sha(BACK))]]


def test_backs_of_fronts_that_came_alone_before_stand_for_themselves(house: House) -> None:
    file = house.vault.put(io.BytesIO(FRONT), role=Role.ORIGINAL, media_type="application/pdf", name="f.pdf")
    house.store.receive(Origin(Door.FOLDER, "x"), file, unit="H99.1", name="f.pdf", by="scanner",
                        at=NINE - dt.timedelta(hours=1))
    assert drop(house, door(house), a_truoc=FRONT, a_sau=BACK) == 1
    assert hashes(house) == [[("original", sha(FRONT))], [("original", sha(BACK))]]
    assert house.below(".claimed") == []


@pytest.mark.parametrize(("fronts", "backs"), [(("_a",), ()), (("_a",), ("_A",)), (("",), ("_b",))])
def test_endings_that_make_no_pairs_are_refused(fronts: tuple[str, ...], backs: tuple[str, ...]) -> None:
    with pytest.raises(BadSettings):
        check_sides(fronts, backs)
