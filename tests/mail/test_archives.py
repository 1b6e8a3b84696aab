"""Archives open under limits; what is locked, hostile or broken is held with a sentence."""

from __future__ import annotations

import gzip
import io
import shutil
import struct
import subprocess
import zipfile
from binascii import crc32
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail import reasons, sniff
from mail.archives import Entry, entries
from mail.letter import Fate, Limits, parse
from mail.part import Allowance, Unopenable
from tests.mail.soundness import assert_sound, fates, taken
from tests.mail.test_charset import written_in
from tests.mail.writing import PDF, with_file

SEVEN = shutil.which("7zz") or shutil.which("7z") or ""
needs_seven = pytest.mark.skipif(not SEVEN, reason="Debian's 7zip is not installed")


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def opened(data: bytes, kind: str = sniff.ZIP, limits: Limits | None = None) -> list[Entry]:
    return list(entries(data, kind, "a.pdf.gz", Allowance.of(limits or Limits())))


def seven(folder: Path, *options: str, ending: str = "7z") -> bytes:
    """An archive of the folder's files, made by 7-Zip itself."""
    out = folder.parent / f"{folder.name}.{ending}"
    command = [SEVEN, "a", "-bd", "-y", *options, str(out), "."]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return out.read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    papers = tmp_path / "papers"
    (papers / "thư mục").mkdir(parents=True)
    (papers / "thư mục" / "Công văn.pdf").write_bytes(PDF)
    (papers / "hai.txt").write_bytes(b"hai " * 5000)
    (papers / "trống.txt").write_bytes(b"")
    return papers


def test_files_of_a_zip_become_parts_of_the_letter() -> None:
    found = parse(with_file(zipped({"thu-muc/Công văn.pdf": PDF, "a.exe": b"MZ" + bytes(80)}), "ho-so.zip"))

    assert fates(found) == {
        "1": Fate.IGNORED,
        "2": Fate.IGNORED,
        "2/zip:thu-muc/Công văn.pdf": Fate.TAKEN,
        "2/zip:a.exe": Fate.REFUSED,
    }
    assert [part.name for part in taken(found)] == ["Công văn.pdf"]


def test_archives_in_letters_in_archives_are_opened_to_a_depth() -> None:
    data = zipped({"cv.pdf": PDF})
    for _ in range(3):
        data = zipped({"thu.eml": with_file(data, "trong.zip")})
    found = parse(with_file(data, "ngoai.zip"), limits=Limits(depth=20))
    short = parse(with_file(data, "ngoai.zip"), limits=Limits(depth=3))

    assert [part.data for part in taken(found)] == [PDF]
    assert taken(short) == []
    assert [part.why for part in short.parts if part.fate is Fate.HELD] == [reasons.TOO_DEEP]


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "/etc/a.pdf", "C:\\a.pdf", "a/../../b.pdf", "..\\b.pdf"])
def test_names_that_lead_outside_are_held(name: str) -> None:
    (entry,) = opened(zipped({name: PDF}))

    assert (entry.fate, entry.why, entry.data) == (Fate.HELD, reasons.OUTSIDE_PATH, b"")


def test_leavings_of_operating_systems_and_links_are_ignored() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.pdf")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        for name in ("__MACOSX/._a.pdf", "Thumbs.db", ".DS_Store", "thu muc/desktop.ini"):
            archive.writestr(name, "x")

    assert {entry.fate for entry in opened(out.getvalue())} == {Fate.IGNORED}


@pytest.mark.parametrize("name", ["tcvn3", "vni"])
def test_names_of_old_programs_are_read(name: str) -> None:
    said = written_in("Quyết định phê duyệt.pdf", name)
    data = zipped({"x" * len(said): PDF}).replace(b"x" * len(said), said)

    assert [entry.path for entry in opened(data)] == ["Quyết định phê duyệt.pdf"]


def test_bombs_are_held_before_they_unfold() -> None:
    million = bytes(30_000_000)
    bomb = zipped({"a.pdf": million})
    many = zipped({f"{number}.txt": b"x" for number in range(600)})
    layers = zipped({f"{number}.zip": zipped({"a.bin": bytes(3_000_000)}) for number in range(20)})

    assert [entry.why for entry in opened(bomb)] == [reasons.BOMB]
    assert [entry.why for entry in opened(zipped({"a.pdf": PDF * 99}), limits=Limits(unpacked_bytes=10))] == [
        reasons.BOMB
    ]
    with pytest.raises(Unopenable, match="Số tệp"):
        opened(many)
    with pytest.raises(Unopenable, match="Dung lượng"):
        opened(gzip.compress(million), sniff.GZIP)
    found = parse(with_file(layers, "a.zip"), limits=Limits(unpacked_bytes=10_000_000))
    assert reasons.BOMB in {part.why for part in found.parts}


def test_a_size_that_lies_does_not_unfold_more_than_it_says() -> None:
    data = bytearray(zipped({"a.pdf": bytes(5_000_000)}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 100)

    (entry,) = opened(bytes(data))

    assert entry.why == reasons.BROKEN_ARCHIVE


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_cannot_be_bounded_are_held(method: int) -> None:
    assert [entry.why for entry in opened(zipped({"a.pdf": PDF}, method))] == [reasons.OTHER_ARCHIVE]


def test_gzip_is_named_by_itself_or_by_its_archive() -> None:
    named = io.BytesIO()
    with gzip.GzipFile("công văn.pdf", "wb", fileobj=named) as file:
        file.write(PDF)

    assert opened(gzip.compress(PDF), sniff.GZIP) == [Entry("a.pdf", PDF)]
    assert opened(named.getvalue(), sniff.GZIP)[0].data == PDF
    assert opened(gzip.compress(PDF[:20]) + gzip.compress(PDF[20:]), sniff.GZIP)[0].data == PDF


@pytest.mark.parametrize("cut", [10, 60, 100])
def test_damaged_archives_are_held(cut: int) -> None:
    for data in (zipped({"a.pdf": PDF + bytes(range(256))}), gzip.compress(PDF + bytes(range(256)))):
        found = parse(with_file(data[:-cut], "a.zip"))

        assert fates(found)["2"] is Fate.HELD
        assert taken(found) == []


def test_an_empty_archive_is_held() -> None:
    assert parse(with_file(zipped({}), "a.zip")).parts[1].why == reasons.NOTHING_INSIDE


@needs_seven
@pytest.mark.parametrize(
    "options",
    [["-m0=lzma2"], ["-m0=lzma"], ["-m0=copy"], ["-m0=deflate"], ["-m0=bzip2"], ["-ms=off"], ["-mhc=off"], ["-mf=off"]],
)
def test_7z_archives_are_read(folder: Path, options: list[str]) -> None:
    found = {entry.path: entry.data for entry in opened(seven(folder, *options), sniff.SEVENZIP)}

    assert found == {"thư mục/Công văn.pdf": PDF, "hai.txt": b"hai " * 5000, "trống.txt": b""}


@needs_seven
@pytest.mark.parametrize("options", [["-m0=ppmd"], ["-m0=bcj", "-m1=lzma"]])
def test_other_methods_of_7z_are_held(folder: Path, options: list[str]) -> None:
    assert {entry.why for entry in opened(seven(folder, *options), sniff.SEVENZIP) if entry.path != "trống.txt"} == {
        reasons.OTHER_ARCHIVE
    }


@needs_seven
def test_locked_archives_are_held(folder: Path) -> None:
    contents = opened(seven(folder, "-pabc"), sniff.SEVENZIP)
    aes = opened(seven(folder, "-pabc", "-mem=AES256", ending="zip"))
    old = parse(with_file(seven(folder, "-pxyz", "-mem=ZipCrypto", ending="b.zip"), "a.zip"))
    names = parse(with_file(seven(folder, "-pabc", "-mhe=on", ending="c.7z"), "a.7z"))

    assert {entry.why for entry in contents if "trống" not in entry.path} == {reasons.LOCKED}
    assert {entry.why for entry in aes if "trống" not in entry.path} == {reasons.LOCKED}
    assert taken(old) == []
    assert (names.parts[1].fate, names.parts[1].why) == (Fate.HELD, reasons.LOCKED)


@needs_seven
def test_a_7z_bomb_is_held(tmp_path: Path) -> None:
    (tmp_path / "bomb").mkdir()
    (tmp_path / "bomb" / "a.bin").write_bytes(bytes(20_000_000))

    assert [entry.why for entry in opened(seven(tmp_path / "bomb"), sniff.SEVENZIP)] == [reasons.BOMB]


@needs_seven
def test_damaged_7z_archives_never_make_it_fall(folder: Path) -> None:
    raw = seven(folder, "-mhc=off")

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), max_size=5), st.integers(0, 40))
    def damaged(changes: list[tuple[int, int]], cut: int) -> None:
        data = bytearray(raw)
        for at, value in changes:
            data[at] = value
        header = bytes(data[32 + struct.unpack_from("<Q", data, 12)[0] % len(data) :])
        struct.pack_into("<I", data, 28, crc32(header))  # so that damage is met behind the checksum
        assert_sound(parse(with_file(bytes(data[: len(data) - cut]), "a.7z")))

    damaged()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6), st.integers(0, 60))
def test_damaged_zips_never_make_it_fall(changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(zipped({"thu-muc/a.pdf": PDF, "b.docx": zipped({"[Content_Types].xml": b"<x/>"}), "c.txt": b"c"}))
    for at, value in changes:
        data[at % len(data)] = value
    assert_sound(parse(with_file(bytes(data[: len(data) - cut]), "a.zip")))
