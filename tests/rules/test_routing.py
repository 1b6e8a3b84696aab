"""Routing rules: the first that fits wins; a bad file is refused with the number of its rule."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rules.errors import BadRules
from rules.routing import Action, Decision, Slip, decide, load

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "routing.toml"
MIB = 1 << 20


def slip(
    subject: str = "Công văn",
    *,
    sender: str = "lan@xa.example",
    to: str = "van-thu@mau.example",
    size: int = MIB,
    attachments: tuple[str, ...] | None = (),
) -> Slip:
    return Slip(sender, (to,), subject, "H99.1", size, attachments)


def decision(text: str, asked: Slip) -> Decision:
    return decide(load(text), asked)


def test_without_rules_a_letter_is_taken_for_its_own_unit() -> None:
    assert decide((), slip()) == Decision(Action.TAKE, "H99.1")


@pytest.mark.parametrize(
    ("when", "asked", "fits"),
    [
        ('sender = "*@XA.example"', slip(), True),
        ('sender = "*@other.example"', slip(), False),
        ('sender = ["a@b.example", "lan@*"]', slip(), True),
        ('recipient = "van-thu@*"', slip(), True),
        ('subject = "*moi hop*"', slip("GIẤY MỜI HỌP tuần 3"), True),
        ('subject = "*giấy mời*"', slip("giay moi hop"), True),
        ('subject = "đăng ký*"', slip("Dang  ky xe"), True),
        ('subject = "[Khẩn]*"', slip("[KHẨN] bão số 3"), True),
        ('subject = "[Khẩn]*"', slip("K bão"), False),
        ('subject = "họp"', slip("giấy mời họp"), False),
        ('subject = "công văn số ??"', slip("Công văn số 12"), True),
        ('attachment = "*.exe"', slip(attachments=("a.pdf", "B.EXE")), True),
        ('attachment = "*.exe"', slip(attachments=("a.pdf",)), False),
        ('unit = "h99.*"', slip(), True),
        ("larger_mb = 2", slip(size=3 * MIB), True),
        ("larger_mb = 2", slip(size=2 * MIB), False),
        ("smaller_mb = 0.5", slip(size=1000), True),
        ('sender = "lan@*"\nwhen.subject = "khác"', slip(), False),
    ],
)
def test_a_rule_fits_when_all_it_names_fits(when: str, asked: Slip, fits: bool) -> None:
    found = decision(f'[[rule]]\nwhen.{when}\nthen.unit = "H99.7"\n', asked)
    assert (found.unit == "H99.7") is fits
    assert found.rule == ("1" if fits else "")


def test_the_first_rule_that_fits_wins() -> None:
    text = (
        '[[rule]]\nwhen.sender = "no@*"\nthen.ignore = true\n'
        '[[rule]]\nname = "b"\nthen.unit = "H99.3"\nthen.recipients = ["H99.2", "H99.4"]\n'
        '[[rule]]\nthen.refuse = "Không nhận. Hãy gửi qua trục."\n'
    )
    assert decision(text, slip()) == Decision(Action.TAKE, "H99.3", ("H99.2", "H99.4"), "", "b")


def test_refusing_and_holding_carry_their_sentence() -> None:
    assert decision('[[rule]]\nthen.refuse = "Không  nhận."\n', slip()) == Decision(
        Action.REFUSE, "H99.1", (), "Không nhận.", "1"
    )
    held = decision('[[rule]]\nthen.hold = "Hãy xem."\nthen.unit = "H99.5"\n', slip())
    assert (held.action, held.unit, held.text) == (Action.HOLD, "H99.5", "Hãy xem.")


def test_a_rule_about_attachments_waits_until_they_are_known() -> None:
    text = (
        '[[rule]]\nwhen.attachment = "*.exe"\nwhen.sender = "lan@*"\nthen.hold = "Hãy xem."\n'
        '[[rule]]\nthen.refuse = "Không nhận."\n'
    )
    asked = decision(text, slip(attachments=None))
    assert (asked.action, asked.undecided) == (Action.TAKE, True)
    assert decision(text, slip(attachments=("a.exe",))).action is Action.HOLD
    assert decision(text, slip(attachments=())).action is Action.REFUSE
    other = decision(text, slip(sender="x@y.example", attachments=None))
    assert (other.action, other.undecided) == (Action.REFUSE, False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule\n", "Không đọc được tệp quy tắc phân thư"),
        ("[rule]\nthen.ignore = true\n", "[[rule]]"),
        ("[[rules]]\n", "Khóa rules không có"),
        ('[[rule]]\nwhen.sendr = "a"\nthen.ignore = true\n', "số 1: khóa when.sendr không có. Có phải when.sender?"),
        ("[[rule]]\nthen.ignore = true\n[[rule]]\nname = 'x'\n", "số 2 (x): chưa nói phải làm gì"),
        ('[[rule]]\nthen.refuse = ""\n', "số 1: then.refuse phải nêu lý do"),
        ("[[rule]]\nthen.ignore = false\n", "số 1: then.ignore chỉ nhận true"),
        ('[[rule]]\nthen.ignore = true\nthen.unit = "H9"\n', "then.ignore không đi cùng then.unit"),
        ('[[rule]]\nthen.hold = "a"\nthen.refuse = "b"\n', "then.refuse không đi cùng then.hold"),
        ('[[rule]]\nwhen.larger_mb = "2"\nthen.ignore = true\n', "when.larger_mb phải là số MB"),
        ("[[rule]]\nwhen.subject = []\nthen.ignore = true\n", "when.subject phải là chữ hoặc danh sách chữ"),
        ("[[rule]]\nwhen.subject = [1]\nthen.ignore = true\n", "when.subject phải là chữ hoặc danh sách chữ"),
        ("[[rule]]\nwhen = 1\nthen.ignore = true\n", "when phải là một bảng"),
        ("[[rule]]\nthen.unit = 1\n", "then.unit phải là chữ"),
        ("[[rule]]\nname = 1\nthen.ignore = true\n", "name phải là chữ"),
    ],
)
def test_a_bad_file_is_refused_with_the_way_out(text: str, said: str) -> None:
    with pytest.raises(BadRules) as caught:
        load(text)
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match="Không có tệp quy tắc phân thư"):
        load(tmp_path / "none.toml")


def test_a_pattern_full_of_stars_costs_no_time() -> None:
    rules = load('[[rule]]\nwhen.subject = "' + "*a" * 30 + '*b"\nthen.ignore = true\n')
    started = time.thread_time()
    assert decide(rules, slip("a" * 20_000)).action is Action.TAKE
    assert time.thread_time() - started < 2


def test_the_sample_file_does_what_it_says() -> None:
    rules = load(SAMPLE)
    assert decide(rules, slip("Trả lời tự động: nghỉ phép")).action is Action.IGNORE
    assert decide(rules, slip(size=50 * MIB)).action is Action.REFUSE
    assert decide(rules, slip("Hồ sơ dự thầu gói 2")).action is Action.HOLD
    assert decide(rules, slip(attachments=None)).undecided
    weekly = decide(rules, slip("Bao cao tuan 12", sender="vp@xa-mau.mau.example"))
    assert (weekly.unit, weekly.recipients) == ("H99.1", ("H99.2",))
