"""No bytes whatever make the reader of letters fall, or slow, or endless."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mail.letter import Fate, Limits, head_of, parse
from tests.mail.soundness import assert_sound
from tests.mail.writing import PDF, letter, with_file

HOSTILE = Path(__file__).resolve().parents[2] / ".." / "shared" / "hostile"
PYTHON_DATA = Path("/usr/lib/python3.11/test/test_email/data")


def test_too_many_parts_and_too_deep_letters_are_held() -> None:
    mail = letter()
    for number in range(20):
        mail.add_attachment(PDF + bytes([number]), "application", "pdf", filename=f"{number}.pdf")
    many = parse(mail.as_bytes(), limits=Limits(parts=10))
    raw = letter().as_bytes()
    for _ in range(12):
        raw = b"Content-Type: message/rfc822\n\n" + raw
    deep = parse(raw)

    assert len(many.parts) == 11
    assert many.parts[-1].fate is Fate.HELD
    assert "too_many_parts" in many.remarks
    assert deep.parts[-1].fate is Fate.HELD
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(200))
    assert_sound(parse(nested))


def test_encrypted_letters_are_held() -> None:
    pgp = parse(b"Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nVersion: 1\n--b\n\nx\n--b--\n")

    assert [part.fate for part in pgp.parts] == [Fate.HELD]


@pytest.mark.skipif(
    not PYTHON_DATA.is_dir(), reason="Python's own test data (libpython3.11-testsuite) is not installed"
)
def test_pythons_own_mails_go_through() -> None:
    for path in PYTHON_DATA.iterdir():
        assert_sound(parse(path.read_bytes()))


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the shared hostile files are not here")
def test_hostile_files_go_through_alone_and_attached() -> None:
    names = ("*.eml", "*.zip", "*.gz", "*.doc*", "*.odt", "*.txt", "*.jp*g", "*.webp")
    files = [path for name in names for path in HOSTILE.glob(name)]

    assert files
    for path in files:
        assert_sound(parse(path.read_bytes()))
        assert_sound(parse(with_file(path.read_bytes(), path.name)))


PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Type: text/html; charset=utf-7\n",
        b"Content-Type: text/plain; charset=idna\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Disposition: attachment; filename*0*=utf-16'vi'%41; filename*1=x\n",
        b"Subject: =?punycode?B?//8=?= =?x?Q?=?=\n",
        b'From: "a <b@c>, (d\n',
        b"Date: 99999999999\n",
        b"\n",
        b"\r\n",
        b"--b\n",
        b"--b--\n",
        b"JVBERi0xLjc=\n",
        b"=3D=\n",
        b"<p>\xe5&#xffffff;<![x[",
        b"begin 644 a\n#0V%T\n`\nend\n",
        b"\xff\xfe\x00\xd8",
        b"PK\x03\x04",
        b"\x78\x9f\x3e\x22",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=25).map(b"".join))
@example(b"")
@example(b"\n")
@example(b":")
def test_no_bytes_make_it_fall(raw: bytes) -> None:
    assert_sound(parse(raw))
    head_of(io.BytesIO(raw), limit=64)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_letter_never_makes_it_fall(data: st.DataObject) -> None:
    raw = bytearray(with_file(PDF, "Công văn.pdf"))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    assert_sound(parse(bytes(raw[: data.draw(st.integers(0, len(raw)))])))


@pytest.mark.parametrize(
    "raw",
    [
        b"\n" + b"a" * 300_000,
        b"\n" + b"a^'" * 100_000,
        b"Content-Type: text/html\n\n" + b"<div>" * 100_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 300_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)),
        b"Content-Type: message/rfc822\n\n" * 50_000,
        b"Content-Transfer-Encoding: base64\n\n" + b"AA==\n" * 200_000,
        b"From: " + b"(" * 60_000 + b"\n\nx",
        b"To: " + b"a@b," * 16_000 + b"\n\nx",
        b"\n" + b"begin 644 a\n#0V%T\n" * 20_000,
        b"A: b\n" * 100_000,
    ],
    ids=lambda raw: repr(raw[:20]),
)
def test_letters_made_to_be_slow_are_not(raw: bytes) -> None:
    start = time.process_time()
    assert_sound(parse(raw))

    assert time.process_time() - start < 3


def test_words_are_cut_where_they_never_end() -> None:
    found = parse(b"\n" + "Kính gửi quý cơ quan. ".encode() * 100_000)

    assert "text_cut" in found.remarks
    assert "charset_doubtful" not in found.remarks
    assert len(found.text.encode()) <= 2 * 1024 * 1024
