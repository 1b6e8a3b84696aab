"""Text as it is searched."""
from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from gateway.store.folding import fold, words


def test_both_ways_of_placing_a_tone_mark_are_one() -> None:
    assert words("HOÀ BÌNH, thuỷ, khoẻ") == words("hòa bình, thủy, khỏe")


def test_decomposed_text_is_the_same_text() -> None:
    assert words(unicodedata.normalize("NFD", "Đường Nguyễn Huệ")) == "đường nguyễn huệ"


def test_folding_takes_all_marks_and_the_bar_of_d() -> None:
    assert fold("ĐƯỜNG Nguyễn  Huệ\nquận Tân Bình") == "duong nguyen hue quan tan binh"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
