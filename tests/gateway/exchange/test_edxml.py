"""edXML is written exactly and read generously (QCVN 102:2016; the traps met in real systems)."""

from __future__ import annotations

import base64
import dataclasses
import io
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.document import Receipt
from gateway.errors import BadMessage
from gateway.exchange.edxml import Answered, EdocMessage, StatusMessage, read_message, show, write_parcel, write_status
from gateway.exchange.edxml_write import clean
from gateway.exchange.port import Body, Enclosure, Parcel

NS = "http://www.mic.gov.vn/TBT/QCVN_102_2016"


def edoc(raw: bytes) -> EdocMessage:
    message = read_message(raw)
    assert isinstance(message, EdocMessage)
    return message


def test_prefixes_and_spellings_are_literal(parcel: Parcel) -> None:
    text = write_parcel(parcel).decode()

    assert text.startswith(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="{NS}"><edXML:edXMLEnvelope xmlns:edXML="{NS}">'
    )
    for piece in (
        "<edXML:BussinessDocType>0</edXML:BussinessDocType>",
        "<edXML:PromulgationDate>2026/10/09</edXML:PromulgationDate>",
        "<edXML:Timestamp>2026/10/09 08:30:05</edXML:Timestamp>",
        "<AttachmentEncoded><Attachment><ContentId>cid:",
        f'<edXML:ContentTransferEncoded xmlns:edXML="{NS}">JVBERi0xLj',
        "<edXML:Priority>3</edXML:Priority>",
    ):
        assert piece in text
    assert "Signature" not in text
    assert "application/zip" not in text


def test_a_document_comes_back_as_it_was(parcel: Parcel) -> None:
    read = edoc(write_parcel(parcel))

    assert (read.document_id, read.number, read.symbol, read.date) == (
        parcel.document_id,
        "147",
        "UBND-VP",
        parcel.date,
    )
    assert (read.subject, read.signer_title) == (parcel.subject, "KT. CHỦ TỊCH, PHÓ CHỦ TỊCH")
    assert [body.code for body in read.recipients] == ["H99.2", "H99.3"]
    assert [each.data for each in read.attachments] == [parcel.enclosures[0].path.read_bytes()]
    assert read.warnings == ()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    subject=st.text(min_size=1, max_size=200).filter(lambda text: clean(text)),
    data=st.binary(min_size=1, max_size=2000),
)
def test_any_text_and_any_bytes_survive(parcel: Parcel, tmp_path: Path, subject: str, data: bytes) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"\x00" + data)
    changed = dataclasses.replace(
        parcel, subject=subject, enclosures=(Enclosure("x.bin", "application/octet-stream", path),)
    )

    read = edoc(write_parcel(changed))

    assert " ".join(read.subject.split()) == " ".join(clean(subject).split())
    assert read.attachments[0].data == b"\x00" + data


def test_text_is_composed_and_recipients_are_not_doubled(parcel: Parcel) -> None:
    decomposed = dataclasses.replace(
        parcel, subject=unicodedata.normalize("NFD", "Thủ tướng"), recipients=parcel.recipients * 2
    )

    read = edoc(write_parcel(decomposed))

    assert read.subject == "Thủ tướng"
    assert len(read.recipients) == 2


def test_a_field_too_long_is_named_in_vietnamese(parcel: Parcel) -> None:
    with pytest.raises(BadMessage, match="Ký hiệu văn bản dài 40 ký tự"):
        write_parcel(dataclasses.replace(parcel, symbol="X" * 40))


@pytest.mark.parametrize("code", ["01", "02", "03", "04", "05", "06", "13", "15", "16"])
def test_every_status_comes_back(parcel: Parcel, code: str) -> None:
    receipt = Receipt(code, parcel.sent_at.replace(microsecond=0), "H99.2", "Sở Nội vụ", "lý do", "Phạm Thị Thử")

    read = read_message(
        write_status(
            Body("H99.2", "Sở Nội vụ"), Answered("H99.20", parcel.document_id, "147/UBND-VP", parcel.date), receipt
        )
    )

    assert read == StatusMessage(parcel.document_id, receipt, to_code="H99.20", number="147/UBND-VP")


def altered(parcel: Parcel, *changes: tuple[str, str]) -> bytes:
    text = write_parcel(parcel).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def test_dialect_b_spellings_bom_and_other_prefixes_are_read(parcel: Parcel) -> None:
    raw = b"\xef\xbb\xbf" + altered(parcel, ("Bussiness", "Business"), ("edXML:", "q:"), ("cid:", ""))
    raw = raw.replace(b"xmlns:edXML=", b"xmlns:q=")

    read = edoc(raw)

    assert (read.kind, read.number, len(read.attachments)) == (0, "147", 1)


def test_a_message_without_business_is_new_and_says_so(parcel: Parcel) -> None:
    text = write_parcel(parcel).decode()
    start, end = text.index("<edXML:Bussiness>"), text.index("</edXML:Bussiness>") + len("</edXML:Bussiness>")

    read = edoc((text[:start] + text[end:]).encode())

    assert (read.kind, read.warnings) == (0, ("no_business",))


def test_a_recall_is_told_from_a_new_document(parcel: Parcel) -> None:
    read = edoc(write_parcel(parcel, kind=1, reason="Gửi nhầm"))

    assert (read.kind, read.reason, read.target_id) == (1, "Gửi nhầm", parcel.document_id)


@pytest.mark.parametrize(
    ("written", "iso"),
    [("2026-10-09", "2026-10-09"), ("09/10/2026", "2026-10-09"), ("2026/02/30", None), ("0020/01/01", None)],
)
def test_dates_are_read_strictly_and_kept_as_text(parcel: Parcel, written: str, iso: str | None) -> None:
    read = edoc(altered(parcel, ("<edXML:PromulgationDate>2026/10/09<", f"<edXML:PromulgationDate>{written}<")))

    assert read.date_text == written
    assert (read.date.isoformat() if read.date else None) == iso


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def with_file(parcel: Parcel, data: bytes) -> bytes:
    return altered(
        parcel, (base64.b64encode(parcel.enclosures[0].path.read_bytes()).decode(), base64.b64encode(data).decode())
    )


def test_a_zip_under_a_pdf_label_is_unwrapped(parcel: Parcel) -> None:
    read = edoc(with_file(parcel, zipped(**{"5f0c0d1e.pdf": b"%PDF-1.4 x"})))

    assert [(each.name, each.data, each.doubt) for each in read.attachments] == [("147-UBND-VP.pdf", b"%PDF-1.4 x", "")]


def test_paths_in_a_zip_are_dropped_and_several_files_are_kept(parcel: Parcel) -> None:
    read = edoc(with_file(parcel, zipped(**{"../../etc/passwd": b"x", "b.pdf": b"%PDF-1.4"})))

    assert [each.name for each in read.attachments] == ["147-UBND-VP.pdf-passwd", "147-UBND-VP.pdf-b.pdf"]


def test_a_zip_bomb_is_refused(parcel: Parcel) -> None:
    with pytest.raises(BadMessage):
        read_message(with_file(parcel, zipped(**{"a.pdf": bytes(30_000_000)})))


def test_a_pdf_destroyed_by_a_text_gateway_is_flagged(parcel: Parcel) -> None:
    assert edoc(with_file(parcel, b"%PDF-1.3\n%\xef\xbf\xbd\xef\xbf\xbd")).attachments[0].doubt == "destroyed_by_text"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"1212<?xml version='1.0'?><edXML/>",
        b"<!DOCTYPE edXML [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><edXML>&x;</edXML>",
        b"<edXML>" + b"<a>" * 200 + b"</a>" * 200 + b"</edXML>",
        b"<html/>",
        b"<edXML xmlns='http://www.mic.gov.vn/TBT/QCVN_102_2016'><MessageHeader/></edXML>",
    ],
)
def test_what_is_no_message_is_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(BadMessage, match=r"\.$"):
        read_message(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_refusal(raw: bytes) -> None:
    with pytest.raises(BadMessage):
        read_message(raw)


def test_people_can_read_it(parcel: Parcel) -> None:
    told = show(write_parcel(parcel))

    assert "Số, ký hiệu: 147/UBND-VP" in told
    assert "Tới: Sở Nội vụ tỉnh An Hòa (H99.2)" in told
