"""The mark of a copy is told from words that only speak of copies (R-094)."""
from __future__ import annotations

import pytest

from ocr.page import Box, Line, Page, Word
from rules.copy_mark import bears_copy_mark


def page(*texts: str) -> Page:
    box = Box(0.1, 0.1, 0.9, 0.12)
    lines = tuple(Line(tuple(Word(one, box, 0.9) for one in text.split()), box) for text in texts)
    return Page(1, 210.0, 297.0, 300.0, lines=lines)


@pytest.mark.parametrize("text", [
    "SAO Y", "SAO Y BẢN CHÍNH", "SAO LỤC", "TRÍCH SAO", "- SAO Y -", "BẢN SAO Y", "Số: 12/SY-UBND", "Số: …/SL-VP",
    "Sao y; Ủy ban nhân dân xã Mẫu; 20/11/2026; 09:15:30 +07:00", "Số: 7/TrS-STP",
])
def test_the_mark_of_a_copy_is_seen(text: str) -> None:
    assert bears_copy_mark([page("ỦY BAN NHÂN DÂN", text)])


@pytest.mark.parametrize("text", [
    "Về việc sao y văn bản", "Hồ sơ gồm bản sao y chứng thực.", "Số: 12/QĐ-UBND", "Sao gửi các đơn vị",
    "HƯỚNG DẪN SAO Y VĂN BẢN ĐIỆN TỬ", "Số: 12/SYT-VP",
])
def test_words_about_copies_are_no_mark(text: str) -> None:
    assert not bears_copy_mark([page("ỦY BAN NHÂN DÂN", text)])
