"""Lost tone marks: mended from the paper's own body, never invented."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.words import mend_tones, pairs_of, toneless

BODY = pairs_of(line.split() for line in (
    "Giám đốc Sở Y tế đề nghị các đơn vị góp ý kiến về kết luận Hội nghị", "số lượng cộng tác viên và công tác dân số"))


@pytest.mark.parametrize(("read", "meant"), [
    ("Giám độc Sở Y tê", "Giám đốc Sở Y tế"),
    ("góp ý kiên về kêt luận", "góp ý kiến về kết luận"),
    ("báo cáo (sô lượng)", "báo cáo (số lượng)"),
    ("KÊT QUẢ", "KÊT QUẢ"),
    ("câp phép, chât lượng", "cấp phép, chất lượng"),
])
def test_a_lost_tone_is_set_again(read: str, meant: str) -> None:
    assert mend_tones(read, BODY) == meant


@pytest.mark.parametrize("text", [
    "cộng tác viên", "công tác dân số",  # both are words, and the body knows both
    "thành phố Biên Hòa", "giai đoạn 2", "tặng giấy khen", "cho y – bác sỹ", "Nguyễn Văn Kiên", "email: a@b.vn",
])
def test_what_may_be_meant_as_it_stands_is_left_alone(text: str) -> None:
    assert mend_tones(text, BODY) == text


PLAN = pairs_of(line.split() for line in (
    "chủ động ứng phó,", "để chủ động hơn", *["trong phòng thi."] * 4, "cán bộ coi"))


@pytest.mark.parametrize(("read", "doubted", "meant"), [
    ("Về việc chú động phòng chống", {"chú"}, "Về việc chủ động phòng chống"),
    ("Về việc chú động phòng chống", set(), "Về việc chú động phòng chống"),  # read with trust, and twice is not often
    ("giám sát (phòng thì)", set(), "giám sát (phòng thi)"),
    ("cán bồ", {"bồ"}, "cán bồ"),  # once in the body proves nothing
])
def test_a_doubted_word_gives_way_to_the_body_s_own(read: str, doubted: set[str], meant: str) -> None:
    assert mend_tones(read, PLAN, doubted) == meant


@given(st.text(max_size=60))
def test_no_letter_is_ever_changed(text: str) -> None:
    mended = mend_tones(text, BODY)
    assert toneless(mended) == toneless(text)
