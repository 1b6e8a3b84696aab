"""What is proposed from a page: built from words as an engine gives them, and from every sample scan."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tomllib
from functools import cache
from pathlib import Path

import pytest

from ocr.page import Box, Guess, HandLine, Line, Mark, Page, Word
from ocr.read import look
from rules.facts import EarlierNumber, Facts, SignatureFact
from rules.field import Field, Name, Proposal, Secrecy
from rules.propose import propose
from rules.secrecy import judge_secrecy
from rules.spelling import fold, same_tone_place

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.toml"))
SAMPLES = [path for path in SAMPLES if path.name not in ("gateway.toml", "routing.toml")]


def row(text: str, x: float, y: float, trust: float = 0.95) -> Line:
    """A line of words at a place, about 10 characters to a tenth of the width."""
    words, at = [], x
    for word in text.split():
        width = 0.010 * len(word)
        words.append(Word(word, Box(at, y, at + width, y + 0.014), trust))
        at += width + 0.008
    return Line(tuple(words), Box(x, y, at, y + 0.014))


def hand(kind: str, guess: str, probability: float, box: Box) -> HandLine:
    return HandLine(kind, box, box, (Guess(guess, probability),), handwritten=True)


NUMBER_BOX, DATE_BOX = Box(0.2, 0.130, 0.42, 0.150), Box(0.52, 0.130, 0.9, 0.150)


def letter(
    *, number: str = "1698", date: str = "09|4|2019", extra: tuple[Line, ...] = (), marks: tuple[Mark, ...] = ()
) -> Page:
    lines = (
        row("ỦY BAN NHÂN DÂN", 0.2, 0.07),
        row("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.5, 0.07),
        row("TỈNH QUẢNG NGÃI", 0.2, 0.09),
        row("Độc lập - Tự do - Hạnh phúc", 0.55, 0.09),
        row("Số: ø /UBND-KGVX", 0.2, 0.134),
        row("Quảng Ngãi, ngày Ø tháng ơ năm 2019", 0.52, 0.134),
        row("V/v khẩn trương triển khai thực hiện", 0.15, 0.16),
        row("việc gửi, nhận văn bản điện tử", 0.17, 0.178),
        row("Kính gửi:", 0.3, 0.24),
        row("- Các Sở, ban ngành;", 0.4, 0.262),
        row("Theo Công văn số 5781/UBND-KGVX ngày 21/9/2018", 0.2, 0.33),
        *extra,
    )
    found = tuple(
        hand(kind, guess, 0.97, box) for kind, guess, box in (("number", number, NUMBER_BOX), ("date", date, DATE_BOX))
    )
    return Page(1, 210, 297, 300, lines, hand=found, marks=marks, parts=("head", "body"))


def values(proposal: Proposal) -> dict[str, str]:
    return {name.value: field.value for name, field in proposal.fields.items()}


def test_the_head_of_a_letter_is_read() -> None:
    found = values(propose([letter()]))

    assert found | {"recipients": ""} == {
        "number": "1698",
        "symbol": "UBND-KGVX",
        "date": "2019-04-09",
        "place": "Quảng Ngãi",
        "issuer": "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI",
        "doc_type": "Công văn",
        "subject": "khẩn trương triển khai thực hiện việc gửi, nhận văn bản điện tử",
        "recipients": "",
    }
    assert found["recipients"] == "Các Sở, ban ngành"


def test_a_number_that_looks_like_a_year_is_a_number() -> None:
    assert values(propose([letter(number="2016")]))["number"] == "2016"


@pytest.mark.parametrize(("first", "second", "sure"), [
    ("31768", "3176B", False), ("3176B", "31768", False), ("31768", "34768", True), ("2018", "201B", True),
])
def test_whether_a_fifth_sign_is_a_digit_or_a_letter_is_left_to_the_clerk(first: str, second: str, sure: bool) -> None:
    guesses = (Guess(first, 0.95), Guess(second, 0.03))
    page = letter()
    page = dataclasses.replace(page, hand=(HandLine("number", NUMBER_BOX, NUMBER_BOX, guesses, True), *page.hand[1:]))
    field = propose([page]).fields[Name.NUMBER]
    assert (field.value, field.sure) == (first, sure)


def test_an_empty_number_stays_empty_and_no_cited_number_takes_its_place() -> None:
    proposal = propose([letter(number="")])

    assert Name.NUMBER not in proposal.fields
    assert "number_empty" in proposal.warnings


def test_an_empty_day_gives_no_date() -> None:
    assert Name.DATE not in propose([letter(date="|4|2019")]).fields


def test_an_impossible_date_is_not_proposed() -> None:
    assert Name.DATE not in propose([letter(date="31|2|2019")]).fields


def test_every_value_says_where_it_was_seen() -> None:
    for name, field in propose([letter()]).fields.items():
        assert field.evidence is not None, name
        assert field.evidence.page == 1
        assert field.evidence.text


def doubted(facts: Facts, name: Name) -> Field:
    return propose([letter()], facts).fields[name]


@pytest.mark.parametrize(
    ("facts", "name", "code"),
    [
        (Facts(arrived=dt.datetime(2019, 4, 1, tzinfo=dt.UTC)), Name.DATE, "after_arrival"),
        (Facts((SignatureFact("x", signed_at=dt.datetime(2019, 4, 1, tzinfo=dt.UTC)),)), Name.DATE, "after_signature"),
        (Facts((SignatureFact("x", signed_at=dt.datetime(2019, 9, 1, tzinfo=dt.UTC)),)), Name.DATE, "late_signature"),
        (Facts(earlier=(EarlierNumber(1700, dt.date(2019, 4, 1)),)), Name.NUMBER, "order"),
        (Facts(earlier=(EarlierNumber(1600, dt.date(2019, 5, 1)),)), Name.NUMBER, "order"),
    ],
)
def test_what_speaks_against_a_value_lowers_it_and_never_replaces_it(facts: Facts, name: Name, code: str) -> None:
    plain, field = propose([letter()]).fields[name], doubted(facts, name)

    assert field.value == plain.value
    assert code in field.doubts
    assert field.confidence < plain.confidence
    assert not field.sure


@pytest.mark.parametrize(("date", "code"), [("13|4|2019", "weekday"), ("30|4|2019", "holiday")])
def test_a_day_off_is_a_slight_doubt(date: str, code: str) -> None:
    field = propose([letter(date=date)]).fields[Name.DATE]

    assert field.doubts == (code,)
    assert 0.85 < field.confidence < 0.93
    assert not field.sure


def test_a_date_on_which_the_issuer_did_not_stand_is_doubted() -> None:
    page = letter(date="09|4|2026")
    assert propose([page]).fields[Name.DATE].doubts == ("readers_differ",)

    gone = dataclasses.replace(page, lines=tuple(
        row("HUYỆN SƠN TỊNH", 0.2, 0.09) if line.text == "TỈNH QUẢNG NGÃI" else line for line in page.lines))
    assert propose([gone]).fields[Name.DATE].doubts == ("readers_differ", "body_not_then")


def test_the_running_order_agreeing_leaves_no_doubt() -> None:
    facts = Facts(earlier=(EarlierNumber(1600, dt.date(2019, 4, 1)), EarlierNumber(1800, dt.date(2019, 5, 1))))

    assert doubted(facts, Name.NUMBER).doubts == ()


def test_a_republishers_certificate_is_not_the_issuer() -> None:
    facts = Facts((SignatureFact("Trung tâm Công báo và Tin học"),))

    assert doubted(facts, Name.ISSUER).value == "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"
    assert Name.ISSUER not in propose([Page(1, 210, 297, 300)], facts).fields


def mark(text: str, *, red: float = 0.9, framed: bool = True) -> Mark:
    return Mark(text, Box(0.16, 0.24, 0.29, 0.27), red, framed, 0.9)


@pytest.mark.parametrize("text", ["MẬT", "TỐI MẬT", "TUYỆT MẬT"])
def test_a_secrecy_mark_is_seen(text: str) -> None:
    assert judge_secrecy([letter(marks=(mark(text),))]) is Secrecy.MARKED


def test_a_black_mark_without_frame_waits_for_a_person() -> None:
    assert judge_secrecy([letter(marks=(mark("MẬT", red=0, framed=False),))]) is Secrecy.UNSURE
    assert judge_secrecy([letter(extra=(row("TỐI MẬT", 0.16, 0.2),))]) is Secrecy.UNSURE


def test_a_frame_over_text_that_nobody_could_read_waits_for_a_person() -> None:
    unread = mark("", red=0)
    assert judge_secrecy([letter(marks=(unread,))]) is Secrecy.UNSURE
    assert judge_secrecy([letter(), dataclasses.replace(letter(marks=(unread,)), number=2)]) is Secrecy.NONE


@pytest.mark.parametrize(
    "text", ["trừ văn bản mật, tối mật", "BẢO MẬT THÔNG TIN MẠNG", "công tác bảo vệ bí mật nhà nước"]
)
def test_the_word_in_running_text_is_no_mark(text: str) -> None:
    assert judge_secrecy([letter(extra=(row(text, 0.2, 0.36),))]) is Secrecy.NONE


@pytest.mark.parametrize(
    ("text", "value"),
    [("HỎA TỐC", "Hỏa tốc"), ("HOẢ TỐC", "Hỏa tốc"), ("THƯỢNG KHẨN", "Thượng khẩn"), ("KHẨN", "Khẩn")],
)
def test_urgency_is_read_from_the_stamp(text: str, value: str) -> None:
    assert propose([letter(marks=(mark(text),))]).fields[Name.URGENCY].value == value


def test_urgent_words_in_the_body_are_no_stamp() -> None:
    assert Name.URGENCY not in propose([letter(extra=(row("yêu cầu khẩn trương thực hiện hỏa tốc", 0.2, 0.4),))]).fields


@pytest.mark.parametrize(("seen", "issuer", "parent"), [
    (("ỦY BAN NHÂN DÂN", "TỈNH QUẢÁNG NGÃI"), "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", None),
    (("UBND TỈNH KIÊN GIANG", "SỞYTÉ"), "SỞ Y TẾ", "UBND TỈNH KIÊN GIANG"),
    (("UBND TỈNH KIÊN GIANG", "SỞ Y. Y TẾ"), "SỞ Y TẾ", "UBND TỈNH KIÊN GIANG"),
    (("UBND TỈNH KIÊN GIANG", "HỘI ĐỒNG Y KHOA"), "HỘI ĐỒNG Y KHOA", "UBND TỈNH KIÊN GIANG"),
])
def test_a_body_that_was_misread_by_letters_is_known_again(seen: tuple[str, str], issuer: str, parent: str | None,
                                                           ) -> None:
    """By the symbol, or by known names; another body than the symbol's keeps its own name."""
    _, motto, _, *rest = letter().lines
    rest[1] = row("Số: ø /SYT-NVY", 0.2, 0.134)
    lines = (row(seen[0], 0.2, 0.07), motto, row(seen[1], 0.2, 0.09), *rest)
    found = values(propose([dataclasses.replace(letter(), lines=lines)]))
    assert (found["issuer"], found.get("issuer_parent")) == (issuer, parent)


SIGNED = (row("Nơi nhận:", 0.13, 0.60), row("GIÁM ĐỐC", 0.62, 0.60))
KNOWN = Facts(signers=("Lê Hoàng Anh", "Nguyễn Trúc Giang"))


@pytest.mark.parametrize("read", ["ê Hoàng Anh", "Hoàng Anh", "Lê Hoàng AnÌ"])
def test_a_name_that_seal_and_pen_leave_in_part_is_recalled_and_never_sure(read: str) -> None:
    pages = [letter(extra=(*SIGNED, row(read, 0.6, 0.68)))]
    found = propose(pages, KNOWN).fields[Name.SIGNER]
    assert found.value == "Lê Hoàng Anh"
    assert (found.sure, found.doubts) == (False, ("signer_recalled",))
    assert found.evidence is not None
    assert found.evidence.text == read


@pytest.mark.parametrize("read", ["Trần Thị Hoa", "Phúc", "Lê Hoàng Anh"])
def test_another_name_and_a_whole_one_stay_as_they_were_read(read: str) -> None:
    pages = [letter(extra=(*SIGNED, row(read, 0.6, 0.68)))]
    assert propose(pages, KNOWN).fields.get(Name.SIGNER) == propose(pages).fields.get(Name.SIGNER)


def test_the_first_word_of_the_motto_is_no_part_of_the_issuer() -> None:
    lines = list(letter().lines)
    lines[:2] = [row("ỦY BAN NHÂN DÂN", 0.2, 0.07), row("CỘNG", 0.41, 0.07), row("HỒA XÃ HỘI CHỦ NGHĨA", 0.55, 0.07)]
    found = values(propose([dataclasses.replace(letter(), lines=tuple(lines))]))
    assert found["issuer"] == "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"


def test_no_page_and_an_empty_page_give_nothing() -> None:
    assert propose([]).fields == {}
    assert propose([Page(1, 210, 297, 300)]).fields == {}


def test_spelling_variants_are_one() -> None:
    assert same_tone_place("Khánh Hoà, Uỷ ban, thuý, hoè") == "Khánh Hòa, Ủy ban, thúy, hòe"
    assert same_tone_place("toàn quyền") == "toàn quyền"
    assert fold("Quyết định số Đ") == "quyet dinh so d"


@cache
def sample(path: Path) -> tuple[dict[str, str], Proposal]:
    expected = tomllib.loads(path.read_text("utf-8"))
    return expected["fields"], propose(look(path.parent / expected["file"]).pages)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_come_out_as_they_were_written(path: Path) -> None:
    """Number, date, symbol, issuer and type exactly; a field called sure is right."""
    expected, proposal = sample(path)
    found = values(proposal)

    for name in ("issuer", "doc_type", "date", "number", "symbol", "urgency"):
        assert same_tone_place(found.get(name, "")) == same_tone_place(expected.get(name, "")), name
    assert proposal.secrecy is Secrecy.NONE


def test_a_summary_may_end_in_a_row_that_is_a_year() -> None:
    _, proposal = sample(next(path for path in SAMPLES if path.stem == "to-trinh-hai-trang"))

    assert values(proposal)["subject"].endswith("công nghệ số năm 2027")
    assert values(proposal)["signer_title"].startswith("KT. GIÁM ĐỐC")
