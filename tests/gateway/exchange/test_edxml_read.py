"""edXML is read generously where that is harmless, and refused where it is not: the traps met in real systems."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.document import Receipt
from gateway.errors import BadMessage
from gateway.exchange.edxml import (
    Answered,
    EdocMessage,
    StatusMessage,
    Turn,
    read_message,
    show,
    write_parcel,
    write_status,
)
from gateway.exchange.edxml_files import unwrap
from gateway.exchange.edxml_message import Attachment
from gateway.exchange.port import Body, Parcel

NS = "http://www.mic.gov.vn/TBT/QCVN_102_2016"


def edoc(raw: bytes) -> EdocMessage:
    message = read_message(raw)
    assert isinstance(message, EdocMessage)
    return message


def altered(parcel: Parcel, *changes: tuple[str, str]) -> bytes:
    text = write_parcel(parcel).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def without(raw: bytes, name: str) -> bytes:
    text = raw.decode()
    start, end = text.index(f"<{name}"), text.index(f"</{name}>") + len(name) + 3
    return (text[:start] + text[end:]).encode()


def status(code: str = "03", **more: str) -> bytes:
    at = dt.datetime(2026, 10, 9, 10, 2, 11, tzinfo=dt.UTC)
    about = Answered("H99.20", "H99.20,2026/10/09,147/UBND-VP", "147/UBND-VP", dt.date(2026, 10, 9))
    return write_status(Body("H99.2", "Sở Nội vụ"), about, Receipt(code, at, "H99.2", **more))


@pytest.mark.parametrize("code", ["01", "02", "03", "04", "05", "06", "13", "15", "16"])
def test_every_status_comes_back(parcel: Parcel, code: str) -> None:
    receipt = Receipt(code, parcel.sent_at.replace(microsecond=0), "H99.2", "Sở Nội vụ", "lý do", "Phạm Thị Thử")
    about = Answered("H99.20", parcel.document_id, "147/UBND-VP", parcel.date)

    read = read_message(write_status(Body("H99.2", "Sở Nội vụ"), about, receipt))

    assert read == StatusMessage(parcel.document_id, receipt, "H99.20", "147/UBND-VP", parcel.date)


@pytest.mark.parametrize(("written", "read"), [("3", "03"), ("13", "13"), (" 6 ", "06"), ("²", "²"), ("999", "999")])
def test_a_status_code_is_two_digits(written: str, read: str) -> None:
    message = read_message(status().replace(b">03<", f">{written}<".encode()))

    assert isinstance(message, StatusMessage)
    assert message.receipt.code == read


def test_a_status_of_dialect_b_is_read() -> None:
    message = read_message(status().replace(b"MessageHeader", b"Status"))

    assert isinstance(message, StatusMessage)
    assert message.receipt.code == "03"


def test_organ_and_code_the_wrong_way_round_are_put_right() -> None:
    raw = status().replace(b"OrganId>H99.20<", b"OrganId>147/UBND-VP<")
    raw = raw.replace(b"<edXML:Code>147/UBND-VP<", b"<edXML:Code>H99.20<")

    message = read_message(raw)

    assert isinstance(message, StatusMessage)
    assert (message.to_code, message.number) == ("H99.20", "147/UBND-VP")


def test_an_empty_response_for_is_no_trouble(parcel: Parcel) -> None:
    message = read_message(without(status(), "edXML:ResponseFor"))
    assert isinstance(message, StatusMessage)
    assert message.document_id == ""
    assert edoc(altered(parcel, ("<edXML:SteeringType>", "<edXML:ResponseFor/><edXML:SteeringType>"))).responds_to == ()


def test_an_answered_document_is_named(parcel: Parcel) -> None:
    told = (
        "<edXML:ResponseFor><edXML:OrganId>H98.4</edXML:OrganId><edXML:Code>88/SDC-TTr</edXML:Code>"
        "<edXML:PromulgationDate>2026/09/10</edXML:PromulgationDate></edXML:ResponseFor><edXML:SteeringType>"
    )

    read = edoc(altered(parcel, ("<edXML:SteeringType>", told)))

    assert read.responds_to == (Answered("H98.4", "", "88/SDC-TTr", dt.date(2026, 9, 10)),)


@pytest.mark.parametrize("prefix", ["q:", ""])
def test_other_prefixes_are_read(parcel: Parcel, prefix: str) -> None:
    raw = altered(parcel, ("edXML:", prefix)).decode()
    declared = f"xmlns:{prefix.rstrip(':')}=" if prefix else "xmlns="
    raw = raw.replace(f"xmlns:{prefix}" if prefix else "xmlns:=", declared).replace("xmlns:edXML=", declared)
    raw = raw.replace("xmlns:q:=", "xmlns:q=").replace("xmlns:=", "xmlns=")

    assert edoc(raw.encode()).number == "147"


def test_dialect_b_spellings_and_a_byte_order_mark_are_read(parcel: Parcel) -> None:
    recall = write_parcel(parcel, Turn(1, "Gửi nhầm")).replace(b"Bussiness", b"Business").replace(b"cid:", b"")

    read = edoc(b"\xef\xbb\xbf\r\n " + recall)

    assert (read.kind, read.reason, read.target_id) == (1, "Gửi nhầm", parcel.document_id)
    assert len(read.attachments) == 1


def test_utf_16_is_read(parcel: Parcel) -> None:
    raw = write_parcel(parcel).decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")

    assert edoc(raw).subject == parcel.subject


@pytest.mark.parametrize("name", ["OtherInfo", "DocumentType", "SignerInfo", "PromulgationInfo", "Code", "edXMLBody"])
def test_every_part_but_the_sender_may_be_missing(parcel: Parcel, name: str) -> None:
    assert edoc(without(write_parcel(parcel), f"edXML:{name}")).document_id == parcel.document_id


@pytest.mark.parametrize("name", ["edXML:Bussiness", "edXML:TraceHeaderList"])
def test_a_message_without_business_is_new_and_says_so(parcel: Parcel, name: str) -> None:
    read = edoc(without(write_parcel(parcel), name))

    assert (read.kind, read.warnings) == (0, ("no_business",))


def test_hops_without_a_name_are_harmless(parcel: Parcel) -> None:
    hop = "<edXML:TraceHeader><edXML:OrganId>null</edXML:OrganId></edXML:TraceHeader><edXML:TraceHeader/>"

    assert edoc(altered(parcel, ("<edXML:Bussiness>", f"{hop}<edXML:Bussiness>"))).traces == ("H99.20", "null", "")


def test_numbers_stay_text(parcel: Parcel) -> None:
    read = edoc(altered(parcel, ("<edXML:CodeNumber>147<", "<edXML:CodeNumber>007<")))

    assert read.number == "007"


@pytest.mark.parametrize(
    ("written", "iso"),
    [("2026-10-08", "2026-10-08"), ("08/10/2026", "2026-10-08"), ("2026/02/30", None), ("0020/01/01", None)],
)
def test_dates_are_read_strictly_and_kept_as_text(parcel: Parcel, written: str, iso: str | None) -> None:
    read = edoc(altered(parcel, ("<edXML:PromulgationDate>2026/10/09<", f"<edXML:PromulgationDate>{written}<")))

    assert read.date_text == written
    assert (read.date.isoformat() if read.date else None) == iso
    assert ("date_unreadable" in read.warnings) is (iso is None)


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("<edXML:PromulgationDate>2026/10/09<", "<edXML:PromulgationDate>2026/10/10<", "date_in_future"),
        ("<edXML:BussinessDocType>0<", "<edXML:BussinessDocType>7<", "unknown_kind:7"),
        ("<edXML:Priority>1<", "<edXML:Priority>khan<", "unknown_priority"),
        ("<edXML:OrganId>000.00.04.H98<", "<edXML:OrganId>H99.2<", "doubled_recipient"),
        ("<edXML:OrganId>000.00.04.H98<", "<edXML:OrganId>Sở Đối chiếu<", "odd_code:Sở Đối chiếu"),
        ("UBND-VP</edXML:CodeNotation>", f"{'X' * 31}</edXML:CodeNotation>", "too_long:CodeNotation"),
        ("<edXML:Email>", f"<edXML:Telephone>{'0' * 21}</edXML:Telephone><edXML:Email>", "too_long:Telephone"),
        ("Như trên</edXML:Place>", f"{'x' * 151}</edXML:Place>", "too_long:Place"),
        (
            "<edXML:ContentType>application/pdf<", "<edXML:ContentType>application/zip<", "manifest_mismatch:1",
        ),
    ],
)  # fmt: skip
def test_what_is_odd_is_read_with_a_warning(parcel: Parcel, old: str, new: str, warning: str) -> None:
    assert edoc(altered(parcel, (old, new))).warnings[0] == warning


def test_priority_5_of_one_system_is_normal(parcel: Parcel) -> None:
    read = edoc(altered(parcel, ("<edXML:Priority>1<", "<edXML:Priority>5<")))

    assert (read.priority, read.warnings) == (0, ())


def test_a_signature_is_recorded_and_never_believed(parcel: Parcel) -> None:
    signature = "<Signature><SignatureValue>x</SignatureValue></Signature>"
    signed = altered(parcel, ("</edXML:edXMLHeader>", f"{signature}</edXML:edXMLHeader>"))

    assert edoc(signed).signed
    assert not edoc(write_parcel(parcel)).signed


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def with_file(parcel: Parcel, data: bytes) -> bytes:
    original = parcel.enclosures[0].path.read_bytes()
    return altered(parcel, (base64.b64encode(original).decode(), base64.b64encode(data).decode()))


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


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"1212<?xml version='1.0'?><edXML/>",
        b"<!DOCTYPE edXML [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><edXML>&x;</edXML>",
        b"<!--" + b" " * 100_000 + b"--><!DOCTYPE edXML [<!ENTITY x 'y'>]><edXML a='&x;'/>",
        f"<!DOCTYPE edXML [<!ENTITY l0 'ha'>{LAUGHS}]><edXML a='&l11;'/>".encode(),
        "<!DOCTYPE edXML [<!ENTITY x 'y'>]><edXML>&x;</edXML>".encode("utf-16"),
        b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE edXML+AD4APA-edXML/+AD4-",
        b"<edXML>" + b"<a>" * 200 + b"</a>" * 200 + b"</edXML>",
        b"<edXML>" + b"<a/>" * 300_000 + b"</edXML>",
        b"<edXML " + b" ".join(b'a%d=""' % i for i in range(60_000)) + b"/>",
        b"<edXML>\xff</edXML>",
        b"\xff\xfe\x00",
        b"<html/>",
        b"<edXML xmlns='http://www.mic.gov.vn/TBT/QCVN_102_2016'><MessageHeader/></edXML>",
    ],
)
def test_what_is_no_message_is_refused_quickly_with_a_sentence(raw: bytes) -> None:
    begun = time.perf_counter()

    with pytest.raises(BadMessage, match=r"\.$"):
        read_message(raw)

    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize("name", ["edXML:From", "edXML:StatusCode"])
def test_a_status_needs_a_sender_and_a_code(name: str) -> None:
    with pytest.raises(BadMessage):
        read_message(without(status(), name))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_refusal(raw: bytes) -> None:
    with pytest.raises(BadMessage):
        read_message(raw)


TEMPLATE = status("02", reason="Sai nơi nhận")


@settings(max_examples=150)
@given(st.integers(0, len(TEMPLATE) - 1), st.binary(max_size=6), st.integers(0, 12))
def test_a_damaged_message_is_read_or_refused_and_nothing_else(place: int, put: bytes, lost: int) -> None:
    raw = TEMPLATE[:place] + put + TEMPLATE[place + lost :]
    try:
        read_message(raw)
    except BadMessage:
        return


def test_people_can_read_a_document(parcel: Parcel) -> None:
    told = show(write_parcel(parcel, Turn(1, "Gửi nhầm"))).splitlines()

    assert told[:3] == [
        "Loại gói tin: Thu hồi",
        "Mã văn bản: H99.20,2026/10/09,147/UBND-VP",
        "Từ: Ủy ban nhân dân xã Bình Minh (H99.20)",
    ]
    assert "Số, ký hiệu: 147/UBND-VP" in told
    assert "Ngày: 09/10/2026" in told
    assert "Tới: Sở Nội vụ tỉnh An Hòa (H99.2)" in told
    assert "Lý do: Gửi nhầm" in told
    assert "Tệp: 147-UBND-VP.pdf (26 byte)" in told


def test_people_are_told_what_is_odd(parcel: Parcel) -> None:
    told = show(without(with_file(parcel, b"text"), "edXML:Bussiness"))

    assert "nội dung không phải PDF" in told
    assert "Lưu ý: Gói tin không nêu loại nghiệp vụ; coi là văn bản mới" in told


def test_people_can_read_a_status() -> None:
    told = show(status("02", reason="Sai nơi nhận"))

    assert told.startswith("Trạng thái: 02 Từ chối tiếp nhận\nTừ: Sở Nội vụ (H99.2)\n")
    assert told.endswith("Lý do: Sai nơi nhận")


def test_what_others_wrote_cannot_pass_for_a_line_of_ours(parcel: Parcel) -> None:
    forged = altered(parcel, ("Lê Thị Mẫu", "x"), ("V/v rà soát", "x\nTrích yếu: giả\x85\u202e"))

    assert len([line for line in show(forged).splitlines() if line.startswith("Trích yếu")]) == 1


def test_recipients_may_be_missing(parcel: Parcel) -> None:
    raw = without(without(write_parcel(parcel), "edXML:To"), "edXML:To")

    assert edoc(raw).recipients == ()


def test_a_parcel_without_files_still_has_its_words(parcel: Parcel) -> None:
    read = edoc(without(write_parcel(parcel), "AttachmentEncoded"))

    assert (read.attachments, read.subject) == ((), parcel.subject)
    assert dataclasses.asdict(read)["signed"] is False
