"""Old encodings come out as NFC text, and a doubtful reading is never called sure."""

from __future__ import annotations

import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail import charset
from mail.charset import decode, encoding_of_font, read_as, repair

LETTER = (
    "Ủy ban nhân dân tỉnh Đồng Nai kính đề nghị các Sở, ban ngành; Công văn số 12/QĐ-UBND ngày 05 tháng 3 năm 2026 về "
    "việc rà soát thủ tục hành chính. Trường học, nghị quyết, đường phố, khuếch trương, ngoằn ngoèo, quỹ, "
    "giữ gìn, yêu quý."
)
ALL_LETTERS = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"


def written_in(text: str, name: str) -> bytes:
    """The text as an old program would have written it."""
    if name == "vni":
        back = {value: key for key, value in charset._VNI.items()}
        return "".join(back.get(char, char) for char in text).encode("cp1252")
    back = {value: key for key, value in charset._TABLES[name].items()}
    return bytes(back[char] if char in back else ord(char) for char in text)


@pytest.mark.parametrize("name", ["tcvn3", "vni", "viscii", "vps"])
def test_a_letter_in_an_old_encoding_reads_the_same(name: str) -> None:
    read = decode(written_in(LETTER, name))

    assert (LETTER, name, True) == (read.text, read.encoding, read.sure)


@pytest.mark.parametrize("name", ["tcvn3", "vni", "viscii", "vps"])
def test_old_bytes_shown_as_western_letters_are_repaired(name: str) -> None:
    assert repair(written_in(LETTER, name).decode("latin-1")).text == LETTER


@pytest.mark.parametrize("name", ["tcvn3", "vni", "viscii", "vps"])
def test_every_accented_letter_has_a_place(name: str) -> None:
    assert read_as(written_in(ALL_LETTERS, name), name) == ALL_LETTERS


@pytest.mark.parametrize(("name", "charset_name"), [("viscii", "VISCII"), ("tcvn3", "TCVN")])
def test_tables_agree_with_the_c_library(name: str, charset_name: str) -> None:
    command = ["iconv", "-f", "UTF-8", "-t", charset_name]
    data = subprocess.run(command, input=ALL_LETTERS.encode(), capture_output=True, check=True).stdout

    assert read_as(data, name) == ALL_LETTERS


def test_windows_1258_is_composed() -> None:
    data = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", "CP1258"], input=LETTER.encode(), capture_output=True, check=True
    ).stdout

    assert decode(data).text == LETTER
    assert decode(data, declared="windows-1258").text == LETTER


def test_decomposed_text_is_composed() -> None:
    read = decode(unicodedata.normalize("NFD", LETTER).encode())

    assert (read.text, read.encoding) == (LETTER, "nfd")


def test_viqr_is_read_and_keeps_punctuation() -> None:
    assert (
        decode(b"DDo^`ng Nai ki'nh dde^` nghi. ca'c So+?. La^`n na`y?").text == "Đồng Nai kính đề nghị các Sở. Lần này?"
    )


def test_english_stays_english() -> None:
    text = "Hello, how are you? Mr. O'Neill (a great man). Use foo^2 + bar."

    assert decode(text.encode()).text == text


def test_a_wrong_label_is_not_believed() -> None:
    assert decode(written_in(LETTER, "tcvn3"), declared="iso-8859-1").text == LETTER


def test_few_western_words_are_never_called_sure() -> None:
    read = decode("café résumé naïve".encode("latin-1"), declared="iso-8859-1")

    assert not read.sure
    assert read.text == "café résumé naïve"


def test_the_fonts_name_decides_first_and_capital_fonts_give_capitals() -> None:
    data = written_in("quyết định", "tcvn3")

    assert decode(data, fonts=["Arial", ".VnTimeH"]).text == "QUYẾT ĐỊNH"
    assert decode(data, fonts=[".VnTime"]).text == "quyết định"


@pytest.mark.parametrize(
    ("font", "name"),
    [
        (".VnTime", "tcvn3"),
        (".VnArialH", "tcvn3-capitals"),
        ("VNI-Times", "vni"),
        ("VPS Times", "vps"),
        ("Times New Roman", ""),
    ],
)
def test_fonts_tell_encodings(font: str, name: str) -> None:
    assert encoding_of_font(font) == name


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_a_fault_as_nfc(data: bytes) -> None:
    assert unicodedata.is_normalized("NFC", decode(data).text)


@given(st.text(max_size=200))
def test_any_text_is_repaired_without_a_fault(text: str) -> None:
    assert unicodedata.is_normalized("NFC", repair(text).text)
