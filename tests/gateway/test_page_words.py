"""What of a Document's pages is searched."""
from __future__ import annotations

import pytest

from gateway.page_words import _without_motto


@pytest.mark.parametrize(("line", "left"), [
    ("SỞ Y TẾ CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SỞ Y TẾ"),
    ("CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VlỆT NAM", "VlỆT"),
    ("Số: 12/BC Độc lập - Tự do - Hạnh phúc", "Số: 12/BC - -"),
    ("phát triển kinh tế xã hội của xã Hòa Nam", "phát triển kinh tế xã hội của xã Hòa Nam"),
    ("", ""),
])
def test_name_and_motto_of_the_state_are_not_searched(line: str, left: str) -> None:
    assert _without_motto(line) == left
