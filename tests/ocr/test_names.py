"""Names damaged by seal and pen are told by what Vietnamese names are made of, or not at all."""
from __future__ import annotations

import pytest

from ocr.corner import corner, name_top
from ocr.names import SURE, Spelt, best_of, name_in
from ocr.page import Box, Line, Page, Word


def heard(text: str, trust: float = 0.93) -> Spelt | None:
    return name_in([(word, trust) for word in text.split()])


@pytest.mark.parametrize(("read", "name"), [
    ("Phan Thị Bích Liên", "Phan Thị Bích Liên"),
    ("uyễn Quốc Khánh", "Nguyễn Quốc Khánh"),  # a ring over the first letters
    ("Nguyen Đình Chiểu,", "Nguyễn Đình Chiểu"),
    ("rần VănThọ", "Trần Văn Thọ"),
    ("“Lễ Đức Hùng.", "Lê Đức Hùng"),
    ("Đặng Hữu Kleng", "Đặng Hữu"),  # no Vietnamese syllable: not taken over as it stands
])
def test_a_name_is_told_through_lost_letters_and_tones(read: str, name: str) -> None:
    found = heard(read)
    assert found is not None
    assert found.name.startswith(name)
    assert (found.trust >= SURE) == (found.name == name)


@pytest.mark.parametrize("read", [
    "Tỉnh Hòa Bình",  # nobody is called Tỉnh
    "Hoàng Anh",  # the family name is under the seal
    "PHÓ GIÁM ĐỐC",
    "Lê đề nghị các đơn vị",
    "Trần Quang Thị",
    "là Văn Phúc",  # Hà, Lã, La
    "Ngô Kxvn Bình",
])
def test_what_is_no_whole_name_is_not_told(read: str) -> None:
    found = heard(read)
    assert found is None or found.trust < SURE


def test_readings_must_agree() -> None:
    sure, other, guess = Spelt("Lê An Bình", 0.95), Spelt("Lý An Bình", 0.9), Spelt("Lý An Bình", 0.5)
    assert best_of([sure, guess, guess]) == Spelt("Lê An Bình", 0.95, pytest.approx(0.857, abs=0.01))
    assert best_of([sure, other]) is None
    assert best_of([]) is None


def test_the_corner_stands_beside_the_recipients_even_when_their_heading_is_misread() -> None:
    def line(text: str, top: float) -> Line:
        box = Box(0.15, top, 0.3, top + 0.01)
        return Line((Word(text, box, 0.9),), box)

    body = line("Trân trọng./.", 0.48)
    rows = [line("- Như trên;", 0.56), line("- Sở Tài chính;", 0.575), line("- Lưu: VT, NC.", 0.59)]
    misread = Page(1, 210, 297, 200, (body, line("Nm nh ân", 0.54), *rows))
    read = Page(1, 210, 297, 200, (body, line("Nơi nhận:", 0.54), *rows))
    assert corner(misread) == corner(read)
    place = corner(read)
    assert place is not None
    assert place.top < 0.54 < name_top(place)
    assert corner(Page(1, 210, 297, 200, (body,))) is None
