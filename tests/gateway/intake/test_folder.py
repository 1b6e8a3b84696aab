"""The folder door: what is taken, when, and what becomes of everything else."""
from __future__ import annotations

import datetime as dt
import os
import socket
import stat
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from gateway.document import VN, Change, Door, Role, Stage
from gateway.errors import BadSettings, DiskFull, GatewayError
from gateway.intake.claims import Claims
from gateway.intake.folder import FolderDoor, FolderPlan
from gateway.store.store import Received
from rules.field import Secrecy
from tests.gateway.intake.scans import House, pdf, picture

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.mark.parametrize(("name", "data", "media_type"), [
    ("a.pdf", pdf(), "application/pdf"), ("a.tif", picture("TIFF"), "image/tiff"),
    ("a.jpg", picture("JPEG"), "image/jpeg"), ("a.png", picture("PNG"), "image/png"),
    ("no ending", pdf(), "application/pdf"), ("Công văn 12.pdf", pdf(), "application/pdf"),
])
def test_a_whole_file_is_accepted_and_put_into_done(house: House, name: str, data: bytes, media_type: str) -> None:
    (house.drop / name).write_bytes(data)
    assert house.settle(house.door()) == 1
    (document,) = house.documents()
    original = document.file(Role.ORIGINAL)
    assert original is not None
    assert house.vault.path(original).read_bytes() == data
    assert original.media_type == media_type
    assert (document.stage, document.name, document.unit, document.by) == (Stage.RECEIVED, name, "H99.1", "scanner")
    assert document.origin.door is Door.FOLDER
    assert document.origin.key.endswith(f"/{name}:{original.sha256}")
    stem, dot, ending = name.partition(".")
    assert house.below("done") == [f"2026-11-20/{stem}~{original.sha256[:12]}{dot}{ending}"]
    assert house.below(".claimed") == []
    assert list((house.drop / ".claimed").iterdir()) == []


def test_every_sample_scan_is_whole(house: House) -> None:
    scans = [path for path in SAMPLES.iterdir() if path.suffix in (".pdf", ".tiff", ".jpg", ".png")]
    for path in scans:
        (house.drop / path.name).write_bytes(path.read_bytes())
    assert house.settle(house.door()) == len(scans) > 5


def test_a_sub_folder_names_the_scanner_or_the_unit(house: House) -> None:
    for place in ("May quet tang 2", "H99.3", "H99.3/Canon", "May quet tang 2/2026/11"):
        folder = house.drop / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.pdf").write_bytes(pdf(place))
    house.settle(house.door())
    assert sorted((one.unit, one.by) for one in house.documents()) == [
        ("H99.1", "May quet tang 2"), ("H99.1", "May quet tang 2"), ("H99.3", "Canon"), ("H99.3", "scanner")]
    assert (house.drop / "H99.3" / "Canon").is_dir(), "scanners need their folder again"
    assert any(path.startswith("2026-11-20/May quet tang 2/2026/11/a~") for path in house.below("done"))


def test_a_file_that_still_grows_is_left_alone(house: House) -> None:
    door, path = house.door(), house.drop / "a.pdf"
    with path.open("wb") as file:
        for part in (b"%PDF-1.4\n", b"1 0 obj\n", b"<<>>\n"):
            file.write(part)
            file.flush()
            door.look_once()
            house.seconds.now += 1.9
            assert door.look_once() == 0
    path.write_bytes(pdf())
    assert house.settle(door) == 1


def test_a_file_that_stands_still_half_written_waits_and_is_taken_when_it_is_whole(house: House) -> None:
    door, path, whole = house.door(), house.drop / "a.pdf", pdf(padding=5000)
    path.write_bytes(whole[:3000])
    assert house.settle(door, 800) == 0
    path.write_bytes(whole)
    assert house.settle(door) == 1
    assert house.below("failed") == []


@pytest.mark.parametrize(("data", "seconds", "vietnamese"), [
    (pdf(padding=5000)[:3000], 900, "thiếu phần cuối"), (picture("TIFF")[:-200], 900, "thiếu phần cuối"),
    (picture("JPEG")[:-20], 900, "thiếu phần cuối"), (picture("PNG")[:-20], 900, "thiếu phần cuối"),
    (b"", 900, "rỗng"), (bytes(5000), 900, "không phải PDF"), (b"PK\x03\x04 a letter of Word", 900, "thiếu phần cuối"),
])
def test_what_does_not_become_whole_goes_to_failed_with_a_reason_in_two_languages(
        house: House, data: bytes, seconds: float, vietnamese: str) -> None:
    door = house.door()
    (house.drop / "a.pdf").write_bytes(data)
    assert house.settle(door, seconds - 1) == 0
    assert house.below("failed") == []
    house.seconds.now += 1
    assert door.look_once() == 0
    assert house.below("failed") == ["2026-11-20/a.pdf", "2026-11-20/a.pdf.txt"]
    said = (house.drop / "failed/2026-11-20/a.pdf.txt").read_text("utf-8")
    assert vietnamese in said
    assert "Hãy" in said.split("\n\n")[0]
    assert "file" in said.split("\n\n")[1]
    assert (house.drop / "failed/2026-11-20/a.pdf").read_bytes() == data
    assert door.failures() == 1
    assert house.documents() == ()


def test_links_pipes_and_sockets_are_refused_and_never_opened(house: House) -> None:
    secret = house.root / "secret.pdf"
    secret.write_bytes(pdf("secret"))
    (house.drop / "link.pdf").symlink_to(secret)
    (house.drop / "dangling.pdf").symlink_to(house.root / "nothing")
    (house.drop / "folder").symlink_to(house.root)
    os.mkfifo(house.drop / "pipe.pdf")
    os.link(secret, house.drop / "hard.pdf")
    here = os.getcwd()
    os.chdir(house.drop)  # the address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket.pdf")
    finally:
        os.chdir(here)
    assert house.settle(house.door()) == 0
    assert house.documents() == ()
    refused = [name.removeprefix("2026-11-20/") for name in house.below("failed") if not name.endswith(".txt")]
    assert refused == ["dangling.pdf", "folder", "hard.pdf", "link.pdf", "pipe.pdf", "socket.pdf"]
    said = {name: (house.drop / "failed/2026-11-20" / f"{name}.txt").read_text("utf-8") for name in refused}
    assert "liên kết" in said["link.pdf"]
    assert "bản sao riêng" in said["hard.pdf"]
    assert "không phải tệp thường" in said["pipe.pdf"]
    assert secret.read_bytes() == pdf("secret")


@pytest.mark.parametrize("name", ["a\nb.pdf", "a\x1b[31m.pdf", "fdp.\u202etxt.pdf", "a\\..\\b.pdf", b"\xff\xfe.pdf"])
def test_names_that_would_fool_somebody_are_refused(house: House, name: str | bytes) -> None:
    Path(os.fsdecode(os.fsencode(house.drop) + b"/" + os.fsencode(name))).write_bytes(pdf())
    assert house.settle(house.door()) == 0
    assert len(house.below("failed")) == 2
    assert all(one.isprintable() and one.isascii() for one in house.below("failed"))


def test_litter_and_hidden_files_are_left_where_they_are(house: House) -> None:
    for name in ("Thumbs.db", "desktop.ini", ".a.pdf.swp", "~$a.docx", ".DS_Store"):
        (house.drop / name).write_bytes(b"x")
    assert house.settle(house.door(), 5000) == 0
    assert house.below("failed") == []
    assert len([path for path in house.drop.iterdir() if path.is_file()]) == 5


def test_a_temporary_name_waits_for_its_final_one(house: House) -> None:
    door = house.door()
    (house.drop / "a.pdf.part").write_bytes(pdf("a"))
    (house.drop / "b.tmp").write_bytes(pdf("b"))
    assert house.settle(door, 10) == 0
    (house.drop / "a.pdf.part").rename(house.drop / "a.pdf")
    assert house.settle(door, 2) == 1
    house.seconds.now += 900
    door.look_once()
    assert house.below("failed") == ["2026-11-20/b.tmp", "2026-11-20/b.tmp.txt"]


def test_the_same_name_twice_a_day_keeps_both_in_done_and_failed(house: House) -> None:
    door = house.door()
    for _ in range(2):
        (house.drop / "a.pdf").write_bytes(pdf())
        assert house.settle(door) == 1
        (house.drop / "b.pdf").write_bytes(b"MZ not ours")
        house.settle(door, 10)
    assert len(house.documents()) == 1, "the same bytes are one letter"
    assert len(house.below("done")) == 2
    assert house.below("failed") == ["2026-11-20/b (2).pdf", "2026-11-20/b (2).pdf.txt", "2026-11-20/b.pdf",
                                     "2026-11-20/b.pdf.txt"]


def test_a_very_long_name_is_taken(house: House) -> None:
    name = "ế" * 83 + ".pdf"  # 253 bytes, two less than a file system allows
    (house.drop / name).write_bytes(pdf())
    assert house.settle(house.door()) == 1
    assert house.documents()[0].name == name
    (house.drop / name).write_bytes(b"MZ not ours")
    house.settle(house.door(), 10)
    assert len(house.below("failed")) == 2


def test_when_accept_is_in_trouble_the_file_stays_claimed_and_the_others_go_on(house: House) -> None:
    door = house.door()
    good = door._accept
    troubles = [DiskFull(), OperationalError("insert", {}, Exception("locked"))]

    def accept(source: object, origin_of: object, *, name: str, **more: object) -> Received:
        if name == "bad.pdf" and troubles:
            raise troubles.pop(0)
        return good(source, origin_of, name=name, **more)  # type: ignore[arg-type]

    door._accept = accept  # type: ignore[assignment]
    (house.drop / "bad.pdf").write_bytes(pdf("bad"))
    (house.drop / "good.pdf").write_bytes(pdf("good"))
    door.look_once()
    house.seconds.now += 2
    with pytest.raises(DiskFull):
        door.look_once()
    assert [one.name for one in house.documents()] == ["good.pdf"]
    with pytest.raises(OperationalError):
        door.look_once()
    assert door.look_once() == 1
    assert sorted(one.name for one in house.documents()) == ["bad.pdf", "good.pdf"]
    assert house.below(".claimed") == []


def test_folders_that_overlap_are_refused(house: House) -> None:
    for other in (house.drop, house.drop / "out", house.root):
        with pytest.raises(BadSettings, match="chồng lên nhau"):
            house.door(apart_from=[other])
    house.door(apart_from=[house.root / "exchange", house.root / "drop2"])
    (house.root / "alias").symlink_to(house.drop)
    with pytest.raises(BadSettings):
        house.door(apart_from=[house.root / "alias" / "out"])


def test_a_folder_that_cannot_be_made_is_a_fault_of_the_settings(house: House) -> None:
    (house.root / "file").write_bytes(b"")
    with pytest.raises(BadSettings, match="Hãy"):
        house.door(path=house.root / "file" / "drop")


def test_the_door_folders_have_the_rights_of_the_drop_folder_and_claims_are_private(house: House) -> None:
    house.drop.chmod(0o770)
    (house.drop / "a.pdf").write_bytes(pdf())
    house.settle(house.door())
    modes = {name: stat.S_IMODE((house.drop / name).stat().st_mode) for name in (".claimed", "done", "done/2026-11-20")}
    assert modes == {".claimed": 0o700, "done": 0o770, "done/2026-11-20": 0o770}


def test_the_copy_of_a_stopped_letter_in_done_is_erased_too(house: House) -> None:
    door = house.door()

    def erase(sha256: str) -> None:
        house.vault.erase(sha256)
        door.erase(sha256)

    house.store.on_erase = erase
    for word in ("secret", "other"):
        (house.drop / f"{word}.pdf").write_bytes(pdf(word))
    house.settle(door)
    document = next(one for one in house.documents() if one.name == "secret.pdf")
    house.store.record(document, Change(what="stopped", to=Stage.STOPPED, secrecy=Secrecy.MARKED), who="machine")
    assert [name for name in house.below("done") if "secret" in name] == []
    assert len(house.below("done")) == 1
    left = [path for path in house.root.rglob("*") if path.is_file() and path.suffix != ".db-wal"
            and (b"% secret" in path.read_bytes() or "secret" in path.name)]
    assert left == []
    (note,) = (house.drop / "failed").rglob("*.txt")
    assert "dấu chỉ độ mật" in note.read_text("utf-8")
    assert note.name.startswith("da-dung-")
    door.erase("0" * 64)
    assert len(list((house.drop / "failed").rglob("*.txt"))) == 1


def test_a_crash_before_done_does_not_bring_a_stopped_letter_back(house: House) -> None:
    door = house.door()
    house.store.on_erase = house.vault.erase
    (house.drop / "secret.pdf").write_bytes(pdf("secret"))
    door._claims.done = lambda *_: None  # type: ignore[method-assign]  # the process dies here
    assert house.settle(door) == 1
    (document,) = house.documents()
    house.store.record(document, Change(what="stopped", to=Stage.STOPPED), who="machine")
    assert house.settle(house.door()) == 1
    assert len(house.documents()) == 1
    assert house.below(".claimed") == house.below("done") == []
    assert [path for path in house.vault.folder.rglob("*") if path.is_file()] == []


def test_a_folder_that_is_not_there_is_trouble_and_is_not_made_anew(house: House) -> None:
    door = house.door()
    house.drop.rename(house.root / "unmounted")
    with pytest.raises(GatewayError, match="ổ mạng"):
        door.look_once()
    house.drop.mkdir()
    with pytest.raises(GatewayError, match="ổ mạng"):
        door.look_once()
    assert list(house.drop.iterdir()) == []


def test_a_turn_is_woken_by_an_event_long_before_the_next_poll(house: House) -> None:
    door = FolderDoor(FolderPlan(path=house.drop, unit="H99.1", settle_s=0.2, poll_s=60), house.door()._accept,
                      native=True)
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            door.turn()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        time.sleep(0.5)
        begun = time.monotonic()
        (house.drop / "a.pdf").write_bytes(pdf())
        while not house.documents() and time.monotonic() - begun < 20:
            time.sleep(0.05)
        assert len(house.documents()) == 1
    finally:
        stop.set()
        door.close()
        thread.join(10)
    assert not thread.is_alive()


def test_a_note_for_whoever_scanned_lies_where_a_refused_file_of_theirs_would(tmp_path: Path) -> None:
    claims = Claims(tmp_path)
    at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=VN)
    note = claims.note("20261120T090000-ab/máy 1/../x.pdf", "x.pdf 9abcde.quet-lai.txt", "Hãy quét lại.", at)
    assert note.is_relative_to(tmp_path / "failed" / "2026-11-20" / "máy 1")
    assert claims.note("20261120T090000-ab/máy 1/../x.pdf", note.name, "Lần hai.", at) == note
    assert note.read_text("utf-8") == "Lần hai."
    assert claims.failures() == 0, "a note is no refused file"
