"""edXML is read generously where that is harmless, and refused where it is not: the traps met in real systems."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.document import Receipt
from gateway.errors import BadMessage
from gateway.exchange.edxml import (
    Answered,
    StatusMessage,
    Turn,
    read_message,
    show,
    write_parcel,
    write_status,
)
from gateway.exchange.port import Body, Parcel
from tests.gateway.exchange.altering import altered, edoc, speaking_of_all, with_file, without

NS = "http://www.mic.gov.vn/TBT/QCVN_102_2016"


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


def test_a_message_may_answer_several_documents_and_each_is_named_once(parcel: Parcel) -> None:
    one, two = (f"<edXML:ResponseFor><edXML:OrganId>H98.4</edXML:OrganId><edXML:Code>{number}/SDC</edXML:Code>"
                "</edXML:ResponseFor>" for number in (1, 2))  # fmt: skip
    raw = altered(parcel, ("<edXML:SteeringType>", f"{one}{two}<edXML:ResponseFor/>{one}<edXML:SteeringType>"))
    assert edoc(raw).responds_to == (Answered("H98.4", "", "1/SDC"), Answered("H98.4", "", "2/SDC"))
    assert show(raw).count("Trả lời văn bản: ") == 2


def test_a_status_may_speak_of_several_documents_and_each_is_named_once() -> None:
    other = status().replace(b"147/UBND", b"148/UBND")
    message = read_message(raw := speaking_of_all(status(), other, status(), other))
    assert isinstance(message, StatusMessage)
    assert [one.number for one in message.each()] == ["147/UBND-VP", "148/UBND-VP"]
    assert message.each()[1] == read_message(other)
    assert show(raw).count("Về văn bản: ") == 2
    many = (status().replace(b"147/UBND", b"%d/UBND" % number) for number in range(1001))
    with pytest.raises(BadMessage):
        read_message(speaking_of_all(*many))


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
    begun = time.thread_time()

    with pytest.raises(BadMessage, match=r"\.$"):
        read_message(raw)

    assert time.thread_time() - begun < 5


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
