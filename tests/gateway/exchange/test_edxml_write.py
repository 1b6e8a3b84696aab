"""edXML is written exactly: compared as bytes, since some receivers look for the literal names."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import re
import unicodedata
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.document import VN, Receipt
from gateway.errors import BadMessage
from gateway.exchange.edxml import (
    Answered,
    EdocMessage,
    Profile,
    Replaced,
    Turn,
    read_message,
    write_parcel,
    write_status,
)
from gateway.exchange.edxml_text import clean
from gateway.exchange.port import Body, Enclosure, Parcel

GOLDEN = Path(__file__).parent / "golden"
A2 = Profile(dialect="A2")


def edoc(raw: bytes) -> EdocMessage:
    message = read_message(raw)
    assert isinstance(message, EdocMessage)
    return message


def golden(name: str) -> str:
    """The message as it lies there, without the line breaks between elements."""
    text = (GOLDEN / name).read_text("utf-8")
    head, _, rest = text.partition("\n")
    return head + "\n" + re.sub(r">\s+<", "><", rest)


def without_ids(raw: bytes) -> str:
    return re.sub(r"cid:[0-9a-f-]{36}", "cid:X", raw.decode())


def test_a_document_is_the_bytes_receivers_expect(parcel: Parcel) -> None:
    assert without_ids(write_parcel(parcel)) == without_ids(golden("document-a1.edxml").encode())


def test_a_status_is_the_bytes_receivers_expect() -> None:
    at = dt.datetime(2026, 10, 9, 10, 2, 11, tzinfo=VN)
    receipt = Receipt("03", at, "H99.2", reason="Đã vào sổ đến số 412", staff="Phạm Thị Thử")
    about = Answered("H99.20", "H99.20,2026/10/09,147/UBND-VP", "147/UBND-VP", dt.date(2026, 10, 9))

    assert write_status(Body("H99.2", "Sở Nội vụ tỉnh An Hòa"), about, receipt).decode() == golden("status-03.edxml")


def test_the_same_parcel_makes_the_same_bytes(parcel: Parcel) -> None:
    assert write_parcel(parcel) == write_parcel(parcel)


def test_times_are_those_of_viet_nam(parcel: Parcel) -> None:
    utc = dataclasses.replace(parcel, sent_at=parcel.sent_at.astimezone(dt.UTC))

    assert b"<edXML:Timestamp>2026/10/09 08:30:05<" in write_parcel(utc)


def test_a_recall_names_its_document_with_reason_and_person(parcel: Parcel) -> None:
    text = write_parcel(parcel, Turn(1, "Sai phụ lục", staff="Trần Văn Mẫu")).decode()

    assert (
        "<edXML:Bussiness><edXML:DocumentId>H99.20,2026/10/09,147/UBND-VP</edXML:DocumentId>"
        "<edXML:BussinessDocType>1</edXML:BussinessDocType>"
        "<edXML:BussinessDocReason>Sai phụ lục</edXML:BussinessDocReason>"
        "<edXML:Paper>0</edXML:Paper><edXML:StaffInfo><edXML:Department>Văn thư</edXML:Department>"
        "<edXML:Staff>Trần Văn Mẫu</edXML:Staff></edXML:StaffInfo></edXML:Bussiness>"
    ) in text
    assert "<AttachmentEncoded>" in text


@pytest.mark.parametrize(
    "turn",
    [
        Turn(1, "Gửi nhầm", target_id="H99.20,2026/10/09,147/UBND-VP", staff="Mẫu"),
        Turn(2, "Thêm nơi nhận", target_id="cũ", data_changed=True, added=("H98.4",), removed=("H99.3", "H99.4")),
        Turn(2, "Sửa nội dung", target_id="cũ", data_changed=True),
        Turn(3, "Thay thế", replaces=(Replaced("a", ("H99.2", "H99.3")), Replaced("b"))),
    ],
)
@pytest.mark.parametrize("profile", [Profile(), A2])
def test_every_turn_comes_back(parcel: Parcel, turn: Turn, profile: Profile) -> None:
    assert edoc(write_parcel(parcel, turn, profile)).turn == turn


def test_dialect_a2_has_its_own_order_and_links(parcel: Parcel) -> None:
    text = write_parcel(parcel, profile=A2).decode()
    header = text[text.index("<edXML:MessageHeader>") : text.index("</edXML:MessageHeader>")]
    names = [name for name in re.findall(r"<edXML:(\w+)>", header) if name in ("To", "Code", "ToPlaces", "DocumentId")]

    assert names == ["To", "To", "Code", "ToPlaces", "DocumentId"]
    assert re.search(r'<edXML:Reference xmlns:xlink="[^"]+" xlink:href="cid:[^"]+" xlink:role="XLinkRole"', text)
    assert re.search(r"<ContentId>[0-9a-f-]{36}</ContentId>", text)
    assert "<ContentTransferEncoded>JVBER" in text


def test_both_dialects_say_the_same(parcel: Parcel) -> None:
    first, second = edoc(write_parcel(parcel)), edoc(write_parcel(parcel, profile=A2))

    assert first == second
    assert first.warnings == ()


def test_a_document_comes_back_as_it_was(parcel: Parcel) -> None:
    read = edoc(write_parcel(parcel))

    assert (read.document_id, read.number, read.symbol, read.date) == (
        parcel.document_id, "147", "UBND-VP", parcel.date,
    )  # fmt: skip
    assert (read.sender, read.recipients) == (parcel.sender, parcel.recipients)
    assert (read.subject, read.content, read.place) == (parcel.subject, parcel.content, parcel.place)
    assert (read.signer, read.signer_title, read.priority, read.pages) == (
        parcel.signer, "KT. CHỦ TỊCH, PHÓ CHỦ TỊCH", 1, 2,
    )  # fmt: skip
    assert (read.due, read.places, read.appendixes) == (parcel.due, parcel.places, parcel.appendixes)
    assert [each.data for each in read.attachments] == [parcel.enclosures[0].path.read_bytes()]


VIETNAMESE = st.text(
    alphabet=st.sampled_from("aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậỳỷỹýỵ ỘỨĐ-/.,;:()<>&\"'ẸỄ0123456789"),
    min_size=1,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    subject=(st.text(max_size=400) | VIETNAMESE).filter(clean),
    data=st.binary(max_size=3000),
    dialect=st.sampled_from(["A1", "A2"]),
    zipped=st.booleans(),
)
def test_any_text_and_any_bytes_survive(
    parcel: Parcel, tmp_path: Path, *, subject: str, data: bytes, dialect: str, zipped: bool
) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"\x00" + data)
    changed = dataclasses.replace(
        parcel, subject=subject, enclosures=(Enclosure("x.bin", "application/octet-stream", path),)
    )

    read = edoc(write_parcel(changed, profile=Profile(dialect=dialect, zipped=zipped)))

    assert read.subject == clean(subject)
    assert [(each.name, each.data) for each in read.attachments] == [("x.bin", b"\x00" + data)]


@given(VIETNAMESE)
def test_cleaning_changes_nothing_in_clean_text(text: str) -> None:
    composed = " ".join(unicodedata.normalize("NFC", text).split())

    assert clean(composed) == composed


def test_text_is_composed_and_control_characters_go(parcel: Parcel) -> None:
    subject = unicodedata.normalize("NFD", "Thủ\x00 tướng\r\nChính\tphủ\x1b\ud800\ufffe")

    assert edoc(write_parcel(dataclasses.replace(parcel, subject=subject))).subject == "Thủ tướng Chính phủ"


def test_recipients_are_not_doubled(parcel: Parcel) -> None:
    assert len(edoc(write_parcel(dataclasses.replace(parcel, recipients=parcel.recipients * 2))).recipients) == 2


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("symbol", "X" * 31, "Ký hiệu văn bản dài 31 ký tự, vượt quá 30 ký tự"),
        ("number", "1" * 12, "Số văn bản dài 12"),
        ("subject", "x" * 501, "Trích yếu dài 501"),
        ("place", "x" * 51, "Địa danh dài 51"),
        ("places", ("x" * 151,), "Nơi nhận dài 151"),
        ("signer", "x" * 51, "Họ tên người ký dài 51"),
        ("sender", Body("H" * 36, "x"), "Mã cơ quan dài 36"),
        ("recipients", (Body("H99.2", "x" * 201),), "Tên cơ quan dài 201"),
        ("number", "", "thiếu số văn bản"),
        ("symbol", "", "thiếu ký hiệu văn bản"),
        ("subject", " ", "thiếu trích yếu"),
        ("recipients", (), "thiếu nơi nhận"),
        ("enclosures", (), "thiếu tệp đính kèm"),
        ("document_id", "", "thiếu mã văn bản"),
    ],
)
def test_what_receivers_would_refuse_is_named_in_vietnamese(
    parcel: Parcel, field: str, value: object, told: str
) -> None:
    with pytest.raises(BadMessage, match=f"{told}.*Hãy .*gửi lại\\.$"):
        write_parcel(dataclasses.replace(parcel, **{field: value}))


def test_the_longest_field_that_fits_is_sent(parcel: Parcel) -> None:
    full = dataclasses.replace(parcel, subject="ạ" * 500, symbol="X" * 30, number="1" * 11)

    assert edoc(write_parcel(full)).warnings == ()


@pytest.mark.parametrize(
    ("title", "competence", "position"),
    [
        ("KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
        ("CHỦ TỊCH", None, "CHỦ TỊCH"),
        ("TM. ỦY BAN NHÂN DÂN, CHỦ TỊCH", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
    ],
)
def test_who_signs_for_whom(parcel: Parcel, title: str, competence: str | None, position: str) -> None:
    text = write_parcel(dataclasses.replace(parcel, signer_title=title)).decode()

    assert ("Competence" in text) is (competence is not None)
    assert competence is None or f"<edXML:Competence>{competence}<" in text
    assert f"<edXML:Position>{position}<" in text


def test_only_a_file_called_zip_is_labelled_zip(parcel: Parcel) -> None:
    path = parcel.enclosures[0].path
    named = tuple(Enclosure(name, "application/zip", path) for name in ("a/b.xlsx", "c.zip"))

    text = write_parcel(dataclasses.replace(parcel, enclosures=named)).decode()

    assert re.findall(r"<ContentType>([^<]+)<", text) == ["application/octet-stream", "application/zip"]
    assert "<AttachmentName>a-b.xlsx</AttachmentName>" in text


def test_an_axis_that_wants_zips_gets_one_entry_each(parcel: Parcel) -> None:
    raw = write_parcel(parcel, profile=Profile(zipped=True))
    found = re.search(rb">(UEsDB[^<]+)<", raw)
    assert found

    with zipfile.ZipFile(BytesIO(base64.b64decode(found.group(1)))) as archive:
        assert [entry.filename[-4:] for entry in archive.infolist()] == [".pdf"]
    assert b"<ContentType>application/zip</ContentType>" in raw


def test_files_too_large_are_refused_before_they_are_read(parcel: Parcel, tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.truncate(201 * 1024 * 1024)

    with pytest.raises(BadMessage, match="quá lớn"):
        write_parcel(dataclasses.replace(parcel, enclosures=(Enclosure("large.pdf", "application/pdf", path),)))
