"""Office and text files through the folder: taken like scans, whole or not at all, and read in their own letters."""
from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from gateway.document import Document, Role, Stage
from gateway.kinds import LOCKED, MACROS, office_type, wholeness
from gateway.steps.read import ReadTools, read
from mail import inside, sniff
from ocr import office
from ocr.child import ReaderPool
from ocr.reading import reading_from_json
from ocr.triage import State
from tests.gateway.intake.scans import House

HOSTILE = Path(__file__).resolve().parents[4] / "shared/hostile"
needs_office = pytest.mark.skipif(not any(os.path.exists(one) for one in office._PROGRAMS),
                                  reason="LibreOffice is not installed (Debian package libreoffice-writer-nogui)")
WORDS = "Số: 12/UBND-VP, kính gửi ủy ban nhân dân xã Mẫu về việc rà soát thủ tục hành chính"
TCVN3 = "Sè: 12/UBND-VP, kÝnh göi ñy ban nh©n d©n x· MÉu vÒ viÖc rµ so¸t thñ tôc hµnh chÝnh".encode("latin-1")
_RELATIONS = ('<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
              '<Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
              'officeDocument" Target="word/document.xml"/></Relationships>')
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def docx(words: str = WORDS, *more: str) -> bytes:
    """A letter of Word, as small as one can be."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/'
                      'package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxml'
                      f'formats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType='
                      f'"{_KIND}"/></Types>')
        book.writestr("_rels/.rels", _RELATIONS)
        book.writestr("word/document.xml", '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
                      f'wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:body></w:document>')
        for name in more:
            book.writestr(name, b"x" * 100)
    return out.getvalue()


RTF = b"{\\rtf1\\ansi V\\u259?n b\\u7843?n}"


def locked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("mimetype", inside.ODT)
        book.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    return out.getvalue()


@pytest.mark.parametrize(("name", "data", "kind"), [
    ("cv.docx", docx(), inside.DOCX), ("no ending", docx(), inside.DOCX), ("cv.rtf", RTF, sniff.RTF),
    ("cv.txt", TCVN3, sniff.TXT), ("BANG.CSV", b"a;b;c\n1;2;3\n", sniff.CSV)],
    ids=["docx", "no ending", "rtf", "txt", "csv"])
def test_office_and_text_files_are_taken(house: House, name: str, data: bytes, kind: str) -> None:
    (house.drop / name).write_bytes(data)
    door = house.door()
    assert house.settle(door, 10) == 1
    (document,) = house.documents()
    original = document.file(Role.ORIGINAL)
    assert original is not None
    assert (original.media_type, house.vault.path(original).read_bytes()) == (kind, data)


@pytest.mark.parametrize(("name", "data", "said"), [
    ("cv.odt", locked(), "có mật khẩu"), ("cv.docx", docx(WORDS, "word/vbaProject.bin"), "chứa macro"),
    ("jobs.log", TCVN3, "không phải PDF"), ("cv.pdf.exe", b"MZ" + bytes(200), "không phải PDF"),
    ("trang.html", b"<html><body>a</body></html>", "không phải PDF"),
    ("trang.txt", b"<html><body>a</body></html>", "không phải PDF"),
], ids=["locked", "macros", "log", "program", "html", "html as txt"])
def test_what_is_locked_or_holds_programs_is_refused_with_its_reason(
        house: House, name: str, data: bytes, said: str) -> None:
    (house.drop / name).write_bytes(data)
    assert house.settle(house.door(), 10) == 0
    assert said in (house.drop / f"failed/2026-11-20/{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("data", [docx(), RTF], ids=["docx", "rtf"])
def test_half_an_office_file_waits_for_its_end(house: House, data: bytes) -> None:
    path, door = house.drop / "cv", house.door()
    path.write_bytes(data[:-30])
    assert house.settle(door, 60) == 0
    path.write_bytes(data)
    assert house.settle(door) == 1


def test_a_text_without_an_end_is_waited_for_longer(house: House) -> None:
    (house.drop / "cv.txt").write_bytes(TCVN3)
    door = house.door()
    assert house.settle(door, 9) == 0
    house.seconds.now += 1
    assert door.look_once() == 1


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="../shared/hostile is not here")
@pytest.mark.parametrize("name", ["docspell__sample.doc", "docspell__sample.docx", "docspell__sample.odt"])
def test_files_of_real_programs_are_whole_and_their_halves_are_not(name: str, tmp_path: Path) -> None:
    data, half = (HOSTILE / name).read_bytes(), tmp_path / "half"
    assert wholeness(HOSTILE / name, name).state is State.COMPLETE
    for cut in (600, len(data) // 2, len(data) - 1600):
        half.write_bytes(data[:cut])
        assert wholeness(half, name).state is State.TRUNCATED


def test_kinds_are_told_by_bytes_alone() -> None:
    assert office_type(docx(), "a.pdf") == inside.DOCX
    assert office_type(locked(), "a.odt") == LOCKED
    assert office_type(docx(WORDS, "word/vbaProject.bin"), "a.docx") == MACROS
    assert office_type(b"PK\x03\x04", "a.docx") == office_type(bytes(100), "a.txt") == ""


def _read(house: House, name: str, data: bytes) -> Document:
    (house.drop / name).write_bytes(data)
    assert house.settle(house.door(), 10) == 1
    (document,) = house.documents()
    with ReaderPool() as pool:
        change = read(document, ReadTools(pool, house.vault, lambda *_: None, lambda _: pytest.fail("no letter")))
    return house.store.record(document, change, who="machine")


@needs_office
@pytest.mark.parametrize(("name", "data"), [("cv.txt", TCVN3), ("cv.docx", docx())], ids=["tcvn3", "docx"])
def test_they_are_read_as_pdf_a_in_their_own_letters(house: House, name: str, data: bytes) -> None:
    document = _read(house, name, data)
    words, archive, original = (document.file(role) for role in (Role.WORDS, Role.ARCHIVE, Role.ORIGINAL))
    assert words
    assert archive
    assert original
    pages = reading_from_json(house.vault.path(words).read_bytes()).pages
    assert WORDS in " ".join(pages[0].text.split())
    assert (document.stage, document.kind) == (Stage.READ, "digital")
    assert house.vault.path(archive).read_bytes().startswith(b"%PDF-")
    assert house.vault.path(original).read_bytes() == data
