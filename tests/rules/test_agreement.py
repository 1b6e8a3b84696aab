"""Issuer, symbol and type on one head vouch for each other, or speak against each other."""

from __future__ import annotations

import pytest

from rules.agreement import abbreviates, says_other_body, weighed
from rules.field import Candidate


@pytest.mark.parametrize(
    ("symbol", "body", "title", "surer"),
    [
        ("QĐ-SYT", "SỞ Y TẾ", "Quyết định", "symbol issuer"),
        ("QD-SYT", "SỞ Y TẾ", "Quyết định", "issuer"),  # D for Đ is the commonest misreading
        ("QĐ-UBND", "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", "Quyết định", "symbol"),  # of which province, UBND does not say
        ("BC-SGDĐT", "SỞ GIÁO DỤC VÀ ĐÀO TẠO", "Báo cáo", "symbol issuer"),
        ("BC-SGDDT", "SỞ GIÁO DỤC VÀ ĐÀO TẠO", "Báo cáo", ""),
        ("SYT-NVY", "SỞ Y TẾ", "", "issuer"),  # nothing vouches for the unit
        ("KH-SYT", "SỞ Y TẾ", "Quyết định", "issuer"),
        ("TTr-SLĐTBXH", "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI", "Tờ trình", "symbol issuer"),
        ("QĐ-TTg", "THỦ TƯỚNG CHÍNH PHỦ", "Quyết định", "symbol"),
        ("QĐ-STC", "SỞ Y TẾ", "Quyết định", ""),
    ],
)
def test_what_agrees_is_surer(symbol: str, body: str, title: str, surer: str) -> None:
    weighed_symbol, weighed_body = weighed(Candidate(symbol, 0.8), Candidate(body, 0.8), title)

    assert (weighed_symbol.value, weighed_body.value) == (symbol, body)
    assert {"symbol": weighed_symbol.confidence > 0.8, "issuer": weighed_body.confidence > 0.8} == {
        name: name in surer.split() for name in ("symbol", "issuer")
    }


def test_a_council_is_no_committee() -> None:
    assert says_other_body("NQ-HĐND", "ỦY BAN NHÂN DÂN TỈNH TÂY NINH")
    assert not says_other_body("NQ-HĐND", "HỘI ĐỒNG NHÂN DÂN TỈNH TÂY NINH")
    assert not says_other_body("QĐ-UBND", "CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH TÂY NINH")
    assert not says_other_body("SYT-VP", "SỞ Y TẾ")


def test_two_letters_are_no_ones_short_form() -> None:
    assert not abbreviates("sy", "SỞ Y TẾ")
