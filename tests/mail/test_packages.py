"""winmail.dat and .msg: the files in them are Parts like any others."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail import inside, reasons
from mail.letter import Fate, parse
from mail.part import Limits, Unopenable
from mail.richtext import rtf_text, unpacked_rtf
from mail.tnef import read_tnef
from tests.mail.packages import ole, outlook, properties, winmail
from tests.mail.soundness import assert_sound, fates, taken
from tests.mail.test_charset import LETTER, written_in
from tests.mail.writing import PDF, PNG, with_file

NAME = "Quyết định phê duyệt.pdf"
PAPER = PDF.ljust(5000, b"\n")


def test_files_of_a_winmail_come_out_with_their_vietnamese_names() -> None:
    data = winmail(
        [
            {"title": b"QUYTDN~1.PDF", "data": PDF, "properties": properties({0x3707: NAME})},
            {"title": written_in("Báo cáo kết quả.pdf", "tcvn3"), "data": PDF + b" "},
            {"data": PNG, "properties": properties({0x3712: "logo@x"})},
        ],
        body=written_in(LETTER, "tcvn3"),
    )
    found = parse(with_file(data, "winmail.dat", "application/ms-tnef"))

    assert [part.name for part in taken(found)] == [NAME, "Báo cáo kết quả.pdf"]
    assert fates(found)["2/tnef:3"] is Fate.IGNORED
    assert LETTER in found.text


def test_a_mail_in_a_winmail_and_its_html_are_read() -> None:
    inner = winmail([{"title": b"a.pdf", "data": PDF}])
    mapi = properties({0x1013: b"<p>K\xc3\xadnh g\xe1\xbb\xadi</p>", 0x0037: "Tiêu đề"})
    outer = winmail([{"properties": properties({0x3701: bytes(16) + inner}, kind=0x0D)}], mapi=mapi)
    found = parse(with_file(outer, "winmail.dat"))

    assert [(part.place, part.name) for part in taken(found)] == [("2/tnef:1/tnef:1", "a.pdf")]
    assert found.text.endswith("Tiêu đề\n\nKính gửi")


def test_numbers_named_and_many_valued_properties_are_passed_over() -> None:
    fixed = struct.pack("<HHIHHIHHQ", 3, 0x3705, 1, 11, 0x7FFE, 1, 0x40, 0x3007, 5)
    named = (
        struct.pack("<HH16sII", 0x1F, 0x8001, bytes(16), 1, 6)
        + b"a\0b\0\0\0\0\0"
        + struct.pack("<II", 1, 2)
        + b"x\0\0\0"
    )
    many = struct.pack("<HHIII", 0x1003, 0x1234, 2, 7, 8)
    rest = properties({0x3707: NAME})[4:]
    data = winmail([{"data": PDF, "properties": struct.pack("<I", 6) + fixed + named + many + rest}])

    assert [(file.name.text, file.hidden) for file in read_tnef(data).files] == [(NAME, True)]


def test_a_cut_off_winmail_yields_what_is_there_and_rubbish_is_held() -> None:
    data = winmail([{"title": b"a.pdf", "data": PDF}, {"title": b"b.pdf", "data": PDF * 9}])
    cut = parse(with_file(data[:-200], "winmail.dat"))

    assert [part.name for part in taken(cut)][0] == "a.pdf"
    with pytest.raises(Unopenable):
        read_tnef(b"\x78\x9f\x3e\x22" + bytes(50))


def message() -> bytes:
    files = [
        {"__substg1.0_37010102": PAPER, "__substg1.0_3707001F": NAME.encode("utf-16-le")},
        {"__substg1.0_37010102": PAPER + b" ", "__substg1.0_3704001E": written_in("Báo cáo.pdf", "vni")},
        {
            "__substg1.0_3001001F": "Thư trong".encode("utf-16-le"),
            "__substg1.0_3701000D": outlook(
                {"0037": "Bên trong", "1000": "Lời trong."},
                [{"__substg1.0_37010102": PAPER + b"  ", "__substg1.0_3707001F": "trong.pdf".encode("utf-16-le")}],
            ),
        },
        {
            "__substg1.0_37010102": PNG.ljust(4096, b"\0"),
            "__substg1.0_3707001F": "logo.png".encode("utf-16-le"),
            "__properties_version1.0": bytes(8) + b"\x0b\x00\xfe\x7f" + bytes(4) + b"\x01".ljust(8, b"\0"),
        },
    ]
    return ole(outlook({"0037": "Công văn số 12", "1000": written_in(LETTER, "vni")}, files))


def test_files_of_an_outlook_message_come_out() -> None:
    found = parse(with_file(message(), "thu.msg"))

    assert found.parts[1].media_type == inside.MSG
    assert [(part.place, part.name) for part in taken(found)] == [
        ("2/msg:1", NAME),
        ("2/msg:2", "Báo cáo.pdf"),
        ("2/msg:3/msg:1", "trong.pdf"),
    ]
    assert fates(found)["2/msg:4"] is Fate.IGNORED
    assert "Công văn số 12\n\n" + LETTER in found.text
    assert "Lời trong." in found.text


def test_outlook_messages_in_one_another_are_opened_to_a_depth() -> None:
    tree = outlook({"0037": "trong cùng"}, [])
    for _ in range(10):
        tree = outlook({}, [{"__substg1.0_3701000D": tree}])
    found = parse(with_file(ole(tree), "thu.msg"))

    assert [part.why for part in found.parts if part.fate is Fate.HELD] == [reasons.TOO_DEEP]
    small = parse(with_file(message(), "thu.msg"), limits=Limits(unpacked_bytes=6000))
    assert (small.parts[1].fate, small.parts[1].why) == (Fate.HELD, reasons.BOMB)


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        ("WordDocument", inside.DOC),
        ("Workbook", inside.XLS),
        ("EncryptedPackage", inside.LOCKED_OFFICE),
        ("Something", inside.OLE),
    ],
)
def test_office_files_of_the_old_kind_are_told_apart(stream: str, kind: str) -> None:
    assert inside.ole_type(ole({stream: b"x"})) == kind


def packed_rtf(rtf: bytes) -> bytes:
    """Compressed RTF without a single reference but the one that ends it."""
    out = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf) // 8 * 8, 8))
    rest = rtf[len(rtf) // 8 * 8 :]
    end = (207 + len(rtf)) % 4096
    out += bytes([1 << len(rest)]) + rest + struct.pack(">H", end << 4)
    return struct.pack("<IIII", len(out) + 12, len(rtf), 0x75465A4C, 0) + out


def escaped(data: bytes) -> bytes:
    return b"".join(b"\\'%02x" % byte if byte > 127 else bytes([byte]) for byte in data)


@pytest.mark.parametrize(
    "rtf",
    [
        b"{\\rtf1\\ansi{\\fonttbl{\\f0\\fnil\\fcharset0 .VnTime;}}\\f0 "
        + escaped(written_in(LETTER, "tcvn3"))
        + b"\\par}",
        b"{\\rtf1\\ansi\\ansicpg1252 " + escaped(written_in(LETTER, "vni")) + b"}",
        b"{\\rtf1\\uc1 " + "".join(f"\\u{ord(c)}?" if ord(c) > 127 else c for c in LETTER).encode() + b"}",
        b"{\\rtf1{\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 "
        + "".join(f"\\u{ord(c)} ?" if ord(c) > 127 else c for c in LETTER).encode()
        + b"\\htmlrtf }\\htmlrtf0}",
    ],
)
def test_words_kept_as_rich_text_only_are_read(rtf: bytes) -> None:
    for kept in (packed_rtf(rtf), struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf):
        data = winmail([], body=b"", mapi=properties({0x1009: kept}))

        assert parse(b"Content-Type: application/ms-tnef\n\n" + data).text == LETTER


def test_packed_rich_text_repeats_what_the_window_holds() -> None:
    start = b"\x03" + struct.pack(">HH", 0 << 4 | 4, 207 + 6 << 4)
    data = struct.pack("<IIII", len(start) + 12, 6, 0x75465A4C, 0) + start

    assert unpacked_rtf(data) == b"{\\rtf1"


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=120),
    st.sampled_from([b"", b"{\\rtf1\\u", b"{\\rtf1\\uc99999 ", b"{{{{\\'f", b"\\u-10179?\\u-8704?"]),
)
def test_no_rich_text_makes_it_fall(data: bytes, head: bytes) -> None:
    rtf_text(head + data).text.encode()
    unpacked_rtf(struct.pack("<IIII", 0, 5000, 0x75465A4C, 0) + data)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), max_size=8), st.integers(0, 9000))
def test_damaged_packages_never_make_it_fall(changes: list[tuple[int, int]], cut: int) -> None:
    mapi = properties({0x1000: "a", 0x3707: "b"})
    for raw in (MESSAGE, winmail([{"title": b"a", "data": PDF, "properties": mapi}], mapi=mapi)):
        data = bytearray(raw)
        for at, value in changes:
            # The directory and the tables stand at the end, the header at the beginning: damage meets them most.
            data[(at if at % 2 else -1 - at % 12000) % len(data)] = value
        assert_sound(parse(with_file(bytes(data[: len(data) - cut // 100]), "thu.msg")))


MESSAGE = message()
