"""Every part of a letter gets a fate, and no bytes whatever make the reader fall."""

from __future__ import annotations

import base64
import datetime as dt
import io
import unicodedata
from pathlib import Path

import pytest

from mail.letter import Fate, head_of, parse
from tests.mail.soundness import fates, taken
from tests.mail.test_charset import LETTER, written_in
from tests.mail.writing import PDF, PNG, letter, page_picture, with_file

HOSTILE = Path(__file__).resolve().parents[2] / ".." / "shared" / "hostile"
PYTHON_DATA = Path("/usr/lib/python3.11/test/test_email/data")


def test_a_plain_letter_tells_its_fields() -> None:
    found = parse(letter().as_bytes())

    assert (found.subject, found.text) == ("Công văn số 12/UBND", "Kính gửi quý cơ quan.")
    assert (found.sender, found.sender_name) == ("vanthu@eakao.example.vn", "Văn thư xã Ea Kao")
    assert (found.to, found.message_id) == (("tiepnhan@so.example.vn",), "<1@eakao.example.vn>")
    assert found.date == dt.datetime(2026, 3, 2, 8, tzinfo=dt.timezone(dt.timedelta(hours=7)))
    assert (found.automatic, found.signed, found.remarks) == (False, "", ())
    assert fates(found) == {"1": Fate.IGNORED}


def test_the_head_alone_tells_the_same() -> None:
    raw = with_file(PDF * 20000, "a.pdf")
    head, found = head_of(io.BytesIO(raw), limit=1000), parse(raw)

    assert (head.subject, head.sender, head.to, head.message_id) == (
        found.subject,
        found.sender,
        found.to,
        found.message_id,
    )
    assert head.size == len(raw)


@pytest.mark.parametrize(
    "name",
    ["Công văn số 12.pdf", "Quyết định rất dài " * 8 + ".pdf", "a;b=c'd.pdf", "Báo cáo (bản 2) [cuối].pdf"],
)
def test_names_come_back_as_they_were_sent(name: str) -> None:
    (part,) = taken(parse(with_file(PDF, name)))

    assert part.name == name.strip() or part.name.startswith("Quyết định rất dài Quyết") and part.name.endswith(".pdf")
    assert (part.media_type, part.said, part.data) == ("application/pdf", "application/octet-stream", PDF)


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b"filename*=UTF-8''C%C3%B4ng%20v%C4%83n.pdf", "Công văn.pdf"),
        (b"filename*0*=UTF-8''C%C3%B4ng; filename*1=\" v\"; filename*2*=%C4%83n.pdf", "Công văn.pdf"),
        (b'filename="=?utf-8?B?Q8O0bmcgdsSDbi5wZGY=?="', "Công văn.pdf"),
        (b'filename="=?utf-8?Q?C=C3=B4ng?= =?utf-8?Q?_v=C4=83n.pdf?="', "Công văn.pdf"),
        (b'filename="=?utf-8?Q?C=C3?=\r\n =?utf-8?Q?=B4ng_v=C4=83n.pdf?="', "Công văn.pdf"),
        ('filename="Công văn.pdf"'.encode(), "Công văn.pdf"),
        (unicodedata.normalize("NFD", 'filename="Công văn.pdf"').encode(), "Công văn.pdf"),
        (b'filename="' + written_in("Quyết định phê duyệt.pdf", "tcvn3") + b'"', "Quyết định phê duyệt.pdf"),
        (b"filename=C%C3%B4ng%20v%C4%83n.pdf", "Công văn.pdf"),
        (b'filename="C:\\\\Users\\\\a\\\\van ban.pdf"', "van ban.pdf"),
        (b'filename="../../etc/passwd.pdf"', "passwd.pdf"),
        ('filename="a\u202efdp.pdf"'.encode(), "afdp.pdf"),
        (b'filename="a\x00b\x01.pdf"', "a b .pdf"),
        (b'filename=""', "phan-1.pdf"),
        (b'filename=".."', "phan-1.pdf"),
        (b"x=y", "phan-1.pdf"),
    ],
)
def test_names_are_read_however_they_are_written(field: bytes, name: str) -> None:
    raw = b"Content-Type: application/pdf\r\nContent-Disposition: attachment; " + field + b"\r\n\r\n" + PDF

    assert [part.name for part in parse(raw).parts] == [name]


def test_text_html_logo_signature_and_card_are_ignored_with_a_word() -> None:
    mail = letter()
    mail.add_alternative("<p>Kính gửi</p><img src='cid:logo@x'>", subtype="html")
    mail.get_payload()[1].add_related(PNG, "image", "png", cid="<logo@x>", filename="logo.png")  # type: ignore[union-attr, index]
    mail.add_attachment("BEGIN:VCARD\nEND:VCARD\n", subtype="vcard", filename="toi.vcf")
    mail.add_attachment(PDF, "application", "pdf", filename="cv.pdf")

    found = parse(mail.as_bytes())

    assert fates(found) == {
        "1.1": Fate.IGNORED, "1.2.1": Fate.IGNORED, "1.2.2": Fate.IGNORED, "2": Fate.IGNORED, "3": Fate.TAKEN,
    }  # fmt: skip
    assert found.text == "Kính gửi quý cơ quan."


def test_a_scan_shown_in_the_text_is_a_paper_not_a_logo() -> None:
    mail = letter()
    mail.add_alternative("<img src='cid:scan@x'>", subtype="html")
    mail.get_payload()[1].add_related(page_picture(), "image", "png", cid="<scan@x>", disposition="inline")  # type: ignore[union-attr, index]

    assert [part.media_type for part in taken(parse(mail.as_bytes()))] == ["image/png"]


@pytest.mark.parametrize(
    ("data", "name", "fate"),
    [
        (b"MZ\x90\x00" + bytes(60), "cong-van.pdf", Fate.REFUSED),
        (b"\x7fELF" + bytes(60), "a", Fate.REFUSED),
        (b"var x = 1;", "cong-van.pdf.js", Fate.REFUSED),
        (b"<html><script>1</script></html>", "a.html", Fate.REFUSED),
        (b"", "a.pdf", Fate.REFUSED),
        (b"Rar!\x1a\x07\x01\x00", "a.rar", Fate.HELD),
        (bytes(range(256)), "a.pdf", Fate.REFUSED),
        ("Kính gửi quý cơ quan".encode(), "a.txt", Fate.TAKEN),
        (b'{"a": 1}', "a.json", Fate.REFUSED),
        (b"From: a\nSubject: b\n\nc", "a.txt", Fate.TAKEN),
        (b"{\\rtf1 a}", "a.doc", Fate.TAKEN),
    ],
)
def test_files_are_judged_by_their_bytes(data: bytes, name: str, fate: Fate) -> None:
    assert fates(parse(with_file(data, name)))["2"] == fate


def test_the_same_bytes_are_taken_once() -> None:
    mail = letter()
    for name in ("a.pdf", "b.pdf"):
        mail.add_attachment(PDF, "application", "pdf", filename=name)
    found = parse(mail.as_bytes())

    assert [part.name for part in taken(found)] == ["a.pdf"]
    assert "phần 2" in found.parts[2].why


def test_a_letter_in_a_letter_is_opened() -> None:
    outer = letter()
    outer.add_attachment(letter("Nội dung trong.", "Bên trong"))
    mail = parse(outer.as_bytes())
    as_file = parse(with_file(with_file(PDF, "cv.pdf"), "thu.eml"))

    assert fates(mail) == {"1": Fate.IGNORED, "2": Fate.IGNORED, "2.1": Fate.IGNORED}
    assert "Thư kèm theo: Bên trong\n\nNội dung trong." in mail.text
    assert [part.place for part in taken(as_file)] == ["2.2"]


@pytest.mark.parametrize(
    ("body", "damaged"),
    [
        (base64.b64encode(PDF), False),
        (base64.encodebytes(PDF), False),
        (base64.encodebytes(PDF).rstrip()[:-1], True),
        (base64.encodebytes(PDF).replace(b"\n", b"!\n", 1), True),
        (base64.encodebytes(PDF[:30]) + base64.encodebytes(PDF[30:]), False),
        (base64.encodebytes(PDF[:31]) + base64.encodebytes(PDF[31:]), True),
        (base64.encodebytes(PDF) + b"\n____________\nMailing list footer, 2026\n", True),
        (PDF, True),
    ],
)
def test_damaged_base64_still_yields_the_file(body: bytes, damaged: bool) -> None:
    head = b"From: a@b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    found = parse(head + body)

    assert [part.data[:44] for part in taken(found)] == [PDF[:44]]
    assert taken(found)[0].data == PDF or len(body) == 59
    assert ("base64_damaged" in found.remarks) == damaged


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw,
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.replace(b"\n", b"\r"),
        lambda raw: raw[: raw.rindex(b"--==")],
        lambda raw: b"\n\n" + raw,
        lambda raw: b"From x Mon Mar  2 08:00:00 2026\n" + raw,
        lambda raw: b"not a field\n" + raw,
        lambda raw: raw.replace(b"Content-Type: multipart/mixed;", b"X-Gone: multipart/mixed;"),
        lambda raw: raw.replace(b' boundary="', b' boundary="wrong'),
        lambda raw: raw.replace(b"multipart/mixed", b"multipart/nonsense"),
    ],
)
def test_a_broken_structure_still_yields_the_attachment(change: object) -> None:
    raw = with_file(PDF, "cv.pdf")

    assert [part.data for part in taken(parse(change(raw)))] == [PDF]  # type: ignore[operator]


def test_uuencoded_files_come_out_of_a_text() -> None:
    import binascii

    lines = b"".join(binascii.b2a_uu(PDF[at : at + 45]) for at in range(0, len(PDF), 45))
    found = parse(b"Subject: a\n\nKinh gui\n\nbegin 644 cv.pdf\n" + lines + b"`\nend\nTran trong\n")

    assert [(part.place, part.name, part.data) for part in taken(found)] == [("1/uu:1", "cv.pdf", PDF)]
    assert found.text == "Kinh gui\n\nTran trong"


@pytest.mark.parametrize("name", ["tcvn3", "vni", "viscii", "vps"])
def test_bodies_and_subjects_in_old_encodings_are_read(name: str) -> None:
    raw = b"Subject: " + written_in(LETTER, name) + b"\nContent-Type: text/plain; charset=us-ascii\n\n"
    found = parse(raw + written_in(LETTER, name))

    assert found.text == LETTER
    assert found.subject == LETTER or name in ("viscii", "vps")  # their letters on control codes end at a line's edge


def test_an_old_font_in_html_tells_the_encoding() -> None:
    page = b"<html><font face='.VnTime'>" + written_in(LETTER, "tcvn3") + b"</font></html>"

    assert parse(b"Content-Type: text/html\n\n" + page).text == LETTER


def test_other_forms_of_the_same_words_are_no_papers() -> None:
    mail = letter("Lời thư.")
    mail.add_alternative(b"{\\rtf1 Loi thu.}", "text", "rtf")
    mail.add_alternative("<html amp4email>Lời thư.</html>", subtype="x-amp-html")
    found = parse(mail.as_bytes())

    assert set(fates(found).values()) == {Fate.IGNORED}
    assert "Lời thư." in found.text


def test_labels_subjects_and_dates_cannot_harm_who_shows_them() -> None:
    found = parse(
        b"Subject: =?utf-8?Q?a=0D=0ABcc=3A_x=E2=80=AE?=\nDate: Mon, 31 Dec 9999 00:00:00 +1400\n"
        b"Content-Type: " + b"x" * 500 + b"/\x1b[31m; name=a\n\n%PDF-1.4"
    )

    assert (found.subject, found.date) == ("a Bcc: x", None)
    assert len(found.parts[0].said) <= 127
    assert found.parts[0].said.isprintable()


def test_a_doubtful_body_is_given_in_both_readings() -> None:
    found = parse(b"Content-Type: text/plain\n\n\xb5\xd5 \xe5\xe9")

    assert "charset_doubtful" in found.remarks


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner=x",
        "Precedence: bulk",
        "Precedence: Junk",
        "Return-Path: <>",
        "Content-Type: multipart/report; boundary=x",
        "List-Id: <a.b>",
        "X-Auto-Response-Suppress: All",
        "From: MAILER-DAEMON@a.vn",
    ],
)
def test_machines_are_told_from_people(field: str) -> None:
    assert parse(field.encode() + b"\r\n\r\nx").automatic
    assert not parse(b"Auto-Submitted: no\r\nReturn-Path: <a@b.vn>\r\n\r\nx").automatic


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"a@B.vn", ("", "a@b.vn")),
        (b"Nguyen (VP) <a@b.vn>", ("Nguyen", "a@b.vn")),
        (b'"Nguyen, A <x@y.vn>" <a@b.vn>', ("Nguyen, A <x@y.vn>", "a@b.vn")),
        (b"=?utf-8?Q?=3Cx=40y=2Evn=3E?= <a@b.vn>", ("<x@y.vn>", "a@b.vn")),
        (b"=?utf-8?Q?x=40y=2Evn=2C?= <a@b.vn>", ("x@y.vn,", "a@b.vn")),
        (b"a@b.vn (Nguyen)", ("Nguyen", "a@b.vn")),
        (b"nobody", ("", "")),
        (b"a@b@c.vn", ("", "")),
        (b"a\x00b@c.vn", ("", "")),
        ("a\u202eb@c.vn".encode(), ("", "")),
        (b"a" * 60_000 + b"@", ("", "")),
        (b"Office: x@y.vn, a@b.vn;", ("", "x@y.vn")),
        (b'"x@y.vn"', ("", "")),
        (b"(" * 5000 + b"a@b.vn", ("", "")),
    ],
)
def test_the_sender_is_the_address_not_what_a_name_pretends(field: bytes, expected: tuple[str, str]) -> None:
    found = parse(b"From: " + field + b"\r\n\r\nx")

    assert (found.sender_name, found.sender) == expected


def test_reports_of_a_bounce_bring_no_paper_back() -> None:
    raw = (
        b"Content-Type: multipart/report; boundary=b\n\n--b\n\nFailed.\n--b\nContent-Type: message/delivery-status\n\n"
        b"Status: 5.1.1\n--b\nContent-Type: message/rfc822\n\n" + with_file(PDF, "cv.pdf") + b"\n--b--\n"
    )
    found = parse(raw)

    assert (found.automatic, taken(found)) == (True, [])
