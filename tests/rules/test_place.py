"""The place before the date, as engines read it beside handwriting."""

from __future__ import annotations

import pytest

from ocr.page import Page
from rules.field import Candidate
from rules.head import Head, take_apart
from rules.place import find
from tests.rules.test_propose import row


def place_of(line: str) -> Candidate | None:
    lines = (row("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.5, 0.07), row(line, 0.52, 0.13))
    return next(iter(find(take_apart(Page(1, 210, 297, 300, lines)))), None)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("Quảng Ngãi, ngày Ø tháng 4 năm 2019", "Quảng Ngãi"),
        ("Kiên Giang, ngàycÃO tháng 10 năm 2017", "Kiên Giang"),
        ("Kiên L Giang, ngày tháng 11 năm 2017", "Kiên Giang"),
        ("Quáng Ngai, ngày 3 tháng 11 năm 2017", "Quảng Ngãi"),
        ("Quảrg Ngãi, ngày 3 tháng 11 năm 2017", "Quảng Ngãi"),
        ("Tp. Hồ Chí Minh, ” ngày22tháng 01 năm 2013", "Tp. Hồ Chí Minh"),
        ("Biên Hòa, ngày 18 tháng 11 năm 2010", "Biên Hòa"),
    ],
)
def test_the_place_is_what_stands_before_the_day(line: str, place: str) -> None:
    found = place_of(line)

    assert found is not None
    assert found.value == place


def test_a_place_that_is_no_province_is_less_certain() -> None:
    province, town = place_of("Kiên Giang, ngày 1 tháng 4 năm 2019"), place_of("Giồng Riềng, ngày 1 tháng 4 năm 2019")

    assert province is not None
    assert town is not None
    assert town.confidence < 0.9 < province.confidence


def test_no_place_no_value() -> None:
    assert place_of("ngày 1 tháng 4 năm 2019") is None


def test_a_province_that_the_issuer_bears_vouches_for_a_place_read_with_doubt() -> None:
    def head(place: str, trust: float) -> Head:
        motto = row("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.5, 0.07)
        return take_apart(Page(1, 210, 297, 300, (motto, row(f"{place}, ngày 3 tháng 11 năm 2017", 0.52, 0.13, trust))))

    said = {(place, trust): find(head(place, trust), ["SỞ Y TẾ", "ỦY BAN NHÂN DÂN TỈNH PHÚ YÊN"])[0].value
            for place in ("Phái Yên", "Tuy An") for trust in (0.7, 0.95)}
    assert said == {("Phái Yên", 0.7): "Phú Yên", ("Phái Yên", 0.95): "Phái Yên",
                    ("Tuy An", 0.7): "Tuy An", ("Tuy An", 0.95): "Tuy An"}
