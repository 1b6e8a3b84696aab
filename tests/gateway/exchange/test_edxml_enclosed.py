"""The files in a message: unwrapped where that is harmless, kept as they are and named where it is not."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest

from gateway.exchange.edxml import (
    write_parcel,
)
from gateway.exchange.edxml_files import unwrap
from gateway.exchange.edxml_message import Attachment
from gateway.exchange.port import Parcel
from tests.gateway.exchange.altering import altered, edoc, with_file, without


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_zip_under_a_pdf_label_is_unwrapped(parcel: Parcel) -> None:
    read = edoc(with_file(parcel, zipped(**{"5f0c0d1e.pdf": b"%PDF-1.4 x"})))

    assert [(each.name, each.data, each.doubt) for each in read.attachments] == [("147-UBND-VP.pdf", b"%PDF-1.4 x", "")]


def test_paths_in_a_zip_are_dropped_and_several_files_are_kept(parcel: Parcel) -> None:
    read = edoc(with_file(parcel, zipped(**{"../../etc/passwd": b"x", "b.pdf": b"%PDF-1.4"})))

    assert [(each.name, each.doubt) for each in read.attachments] == [
        ("147-UBND-VP.pdf-passwd", "several_in_zip"), ("147-UBND-VP.pdf-b.pdf", "several_in_zip"),
    ]  # fmt: skip


def test_paths_in_a_name_are_dropped(parcel: Parcel) -> None:
    raw = altered(parcel, ("<AttachmentName>147-UBND-VP.pdf<", "<AttachmentName>..\\..\\c:/x/../a.pdf<"))

    assert [each.name for each in edoc(raw).attachments] == ["a.pdf"]


def test_a_name_missing_in_the_attachment_is_taken_from_the_manifest(parcel: Parcel) -> None:
    assert edoc(without(write_parcel(parcel), "AttachmentName")).attachments[0].name == "147-UBND-VP.pdf"


def test_a_workbook_is_a_zip_by_nature_and_stays_whole() -> None:
    book = zipped(**{"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"})
    wrapped = zipped(**{"5f0c0d1e.xlsx": book})

    for data in (book, wrapped):
        assert [each.data for each in unwrap(Attachment("a.xlsx", "application/zip", data), 10**6)] == [book]


@pytest.mark.parametrize(
    ("data", "doubt"),
    [
        (zipped(**{"a.pdf": bytes(30_000_000)}), "zip_bomb"),
        (zipped(**{f"{i}.txt": b"" for i in range(1001)}), "zip_bomb"),
        (zipped(**{"a.pdf": b"%PDF-1.4"})[:-30], "unreadable_zip"),
        (b"PK\x03\x04 and nothing more", "unreadable_zip"),
        (b"just text", "not_a_pdf"),
        (b"%PDF-1.3\n%\xef\xbf\xbd\xef\xbf\xbd", "destroyed_by_text"),
    ],
)
def test_a_doubtful_file_is_kept_as_it_is_and_named(parcel: Parcel, data: bytes, doubt: str) -> None:
    read = edoc(with_file(parcel, data))

    assert [(each.data, each.doubt) for each in read.attachments] == [(data, doubt)]
    assert read.warnings == (f"doubt:{doubt}:147-UBND-VP.pdf",)


def test_many_small_zips_do_not_make_a_large_one() -> None:
    wrapped = Attachment("a.pdf", "", zipped(**{"x.pdf": b"%PDF-" + bytes(900_000)}))

    assert unwrap(wrapped, 500_000)[0].doubt == "zip_bomb"


def test_a_method_without_bounds_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.pdf", b"%PDF-1.4")

    assert unwrap(Attachment("a.pdf", "", out.getvalue()), 10**6)[0].doubt == "unreadable_zip"


def test_base64_in_lines_or_for_addresses_is_clean_and_stray_signs_are_told(parcel: Parcel) -> None:
    data = b"%PDF-1.7 \xfb\xff\xfe" + bytes(range(256))
    plain = base64.b64encode(data).decode()
    raw = with_file(parcel, data).decode()

    lines = raw.replace(plain, "\r\n ".join(plain[i : i + 60] for i in range(0, len(plain), 60)))
    urlsafe = raw.replace(plain, base64.urlsafe_b64encode(data).decode().rstrip("=") + "==")
    stray = raw.replace(plain, plain[:40] + "!" + plain[40:])

    assert [(each.data, each.doubt) for each in edoc(lines.encode()).attachments] == [(data, "")]
    assert edoc(urlsafe.encode()).attachments[0].data[:12] == data[:12]
    assert [each.doubt for each in edoc(stray.encode()).attachments] == ["base64_damaged"]
