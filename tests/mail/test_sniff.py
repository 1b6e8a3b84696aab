"""The bytes tell the type, whatever the name says."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mail import inside, sniff
from mail.filename import clean_name, made_name
from mail.sniff import media_type, picture_size
from tests.mail.writing import PDF, with_file

HOSTILE = Path(__file__).resolve().parents[2] / ".." / "shared" / "hostile"
BY_ENDING = {
    ".pdf": sniff.PDF,
    ".jpg": sniff.JPEG,
    ".jpeg": sniff.JPEG,
    ".tiff": sniff.TIFF,
    ".webp": sniff.WEBP,
    ".eml": sniff.EML,
    ".zip": sniff.ZIP,
    ".gz": sniff.GZIP,
    ".doc": inside.DOC,
    ".docx": inside.DOCX,
    ".odt": inside.ODT,
}
WRONGLY_NAMED = ("broken.eml", "nice-input.xml.zip")


def office(*names: str, types: str = "<Types/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def open_document(kind: str, manifest: str = "<manifest/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", "x")
        archive.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def picture(kind: str, size: tuple[int, int] = (120, 80)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, sniff.PDF),
        (b"\xef\xbb\xbf\r\n" + PDF, sniff.PDF),
        (b"rubbish " * 100 + PDF, sniff.PDF),
        (b"ftyp".rjust(8, b"\0") + b"heic", sniff.HEIC),
        (gzip.compress(b"a"), sniff.GZIP),
        (b"7z\xbc\xaf\x27\x1c\0\4", sniff.SEVENZIP),
        (b"Rar!\x1a\x07\x00", sniff.RAR),
        (bytes(257) + b"ustar\x0000", sniff.TAR),
        (b"{\\rtf1\\ansi}", sniff.RTF),
        (b"\x78\x9f\x3e\x22\1\0", sniff.TNEF),
        (b"MZ" + bytes(100), sniff.PROGRAM),
        (b"MZ la viet tat", sniff.TXT),
        (b"#!/bin/sh\n", "text/x-script"),
        (b"  <!DOCTYPE html><p>", sniff.HTML),
        (b"<?xml version='1.0'?><edXMLEnvelope/>", sniff.EDXML),
        (b"<?xml version='1.0'?><edXML:edXMLEnvelope xmlns:edXML='x'/>", sniff.EDXML),
        (b"<?xml version='1.0'?><feedback/>", sniff.XML),
        (b"a,b,c\n1,2,3\n", sniff.CSV),
        ("Số;Ngày;Trích yếu\n1;2;3\n".encode(), sniff.CSV),
        ("Kính gửi, ông\nbà".encode(), sniff.TXT),
        ("Kính gửi".encode("utf-16"), sniff.TXT),
        (b"K\xddnh g\xf8i qu\xfd c\xac quan", sniff.TXT),
        (with_file(PDF, "a.pdf"), sniff.EML),
        (b"Re: a meeting\nNote: bring this.\n", sniff.TXT),
        (b"", sniff.UNKNOWN),
        (bytes(range(256)), sniff.UNKNOWN),
        (office("word/document.xml"), inside.DOCX),
        (office("xl/workbook.xml"), inside.XLSX),
        (office("ppt/presentation.xml"), inside.PPTX),
        (office("word/document.xml", "word/vbaProject.bin"), inside.MACRO_OFFICE),
        (office("xl/workbook.xml", types="application/vnd.ms-excel.sheet.macroEnabled.main+xml"), inside.MACRO_OFFICE),
        (office("META-INF/MANIFEST.MF", "a.class"), inside.JAVA),
        (office("a.txt"), sniff.ZIP),
        (open_document(inside.ODT), inside.ODT),
        (open_document(inside.ODS), inside.ODS),
        (open_document(inside.ODT, "<manifest:encryption-data/>"), inside.LOCKED_OFFICE),
        (open_document("application/pdf"), sniff.ZIP),
        (b"PK\x03\x04", sniff.ZIP),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", inside.OLE),
        (b"\x30\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", sniff.PKCS7),
        (b"\x30\x82\x01\x00\x02\x01\x03\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", sniff.UNKNOWN),
    ],
)
def test_bytes_tell_their_type(data: bytes, kind: str) -> None:
    assert media_type(data) == kind


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_pictures_tell_their_type_and_size(kind: str) -> None:
    data = picture(kind)

    assert media_type(data) == f"image/{kind.lower()}"
    assert picture_size(data) == (None if kind in ("TIFF", "WEBP") else (120, 80))


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the shared hostile files are not here")
def test_real_files_are_what_their_names_say() -> None:
    wrong = {
        path.name: found
        for path in HOSTILE.iterdir()
        if path.suffix in BY_ENDING and not path.name.endswith(WRONGLY_NAMED)
        and (found := media_type(path.read_bytes())) != BY_ENDING[path.suffix]
    }  # fmt: skip
    assert wrong == {}


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xd8\xff", b"BM"]),
)
def test_no_bytes_make_it_fall(data: bytes, head: bytes) -> None:
    assert "/" in media_type(head + data)
    size = picture_size(head + data)
    assert size is None or min(size) >= 0


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_a_cleaned_name_is_safe_and_stays_clean(said: str) -> None:
    name = clean_name(said)

    assert name == clean_name(name)
    assert len(name.encode()) <= 200
    assert not set(name) & set('/\\<>:"|?*\0\r\n')


def test_a_long_name_keeps_its_ending() -> None:
    assert clean_name("Về việc " * 50 + ".docx").endswith(".docx")
    assert made_name("3/zip:x/2", sniff.PDF) == "phan-2.pdf"
