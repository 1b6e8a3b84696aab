"""The directory of bodies: spellings, successors, and what stood when."""

from __future__ import annotations

import datetime as dt

import pytest

from rules.directory import entries, one_key, province, stood, successor

DAY_2019, DAY_2026 = dt.date(2019, 4, 9), dt.date(2026, 8, 20)


def test_sixty_three_provinces_became_thirty_four() -> None:
    provinces = entries("provinces")

    assert len({entry.code for entry in provinces}) == len(provinces) == 63
    assert sum(entry.until is None for entry in provinces) == 34
    assert all(successor(entry, "provinces", DAY_2026).until is None for entry in provinces)


@pytest.mark.parametrize("group", ["provinces", "branches", "bodies"])
def test_what_has_ended_names_what_came_after(group: str) -> None:
    keys = [one_key(entry.name) for entry in entries(group)]

    assert len(set(keys)) == len(keys)
    assert all((entry.until is None) == (entry.into == "") for entry in entries(group))


def test_a_merged_province_is_itself_on_its_own_papers() -> None:
    old = province("tỉnh Kiên Giang")

    assert old is not None
    assert old.code == "H33"
    assert successor(old, "provinces", DAY_2019) == old
    assert successor(old, "provinces", DAY_2026).name == "An Giang"


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Đắc Lắc", "Đắk Lắk"),
        ("Đăk Lăk", "Đắk Lắk"),
        ("THỪA THIÊN HUẾ", "Huế"),
        ("Thành phố Hồ Chí Minh", "Hồ Chí Minh"),
        ("TP.HCM", "Hồ Chí Minh"),
        ("Khánh Hoà", "Khánh Hòa"),
        ("Bà Rịa – Vũng Tàu", "Bà Rịa - Vũng Tàu"),
    ],
)
def test_a_province_is_found_by_any_spelling(spelling: str, name: str) -> None:
    found = province(spelling)

    assert found is not None
    assert found.name == name


def test_spellings_of_a_body_share_a_key() -> None:
    names = ("ỦY BAN NHÂN DÂN TP. BIÊN HÒA", "Uỷ ban nhân dân thành phố Biên Hoà", "UBND TP Biên Hòa")

    assert len({one_key(name) for name in names}) == 1
    assert province("Biên Hòa") is None


@pytest.mark.parametrize(
    ("body", "day", "there"),
    [
        ("ỦY BAN NHÂN DÂN TỈNH KIÊN GIANG", DAY_2019, True),
        ("ỦY BAN NHÂN DÂN TỈNH KIÊN GIANG", DAY_2026, False),
        ("ỦY BAN NHÂN DÂN HUYỆN HÒA VANG", DAY_2026, False),
        ("ỦY BAN NHÂN DÂN XÃ HÒA VANG", DAY_2026, True),
        ("ỦY BAN NHÂN DÂN ĐẶC KHU PHÚ QUỐC", DAY_2019, False),
        ("ỦY BAN NHÂN DÂN TỈNH ĐỒNG NAI", DAY_2019, True),
        ("ỦY BAN NHÂN DÂN TỈNH ĐỒNG NAI", DAY_2026, False),
        ("ỦY BAN NHÂN DÂN THÀNH PHỐ ĐỒNG NAI", DAY_2019, False),
        ("ỦY BAN NHÂN DÂN THÀNH PHỐ HÀ NỘI", DAY_2019, True),
        ("SỞ THÔNG TIN VÀ TRUYỀN THÔNG", DAY_2026, False),
        ("BỘ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", DAY_2026, True),
        ("CỤC HẢI QUAN", DAY_2026, True),
    ],
)
def test_a_body_is_judged_on_the_papers_own_day(body: str, day: dt.date, there: bool) -> None:
    assert stood(body, day) is there
