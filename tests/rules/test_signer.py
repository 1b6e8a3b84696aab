"""The signer stands beside the first "Nơi nhận"; what follows is annexes, and half a name is nobody's."""
from __future__ import annotations

from dataclasses import replace

from ocr.page import Box, Line, Page, Word
from rules import signer


def row(text: str, left: float, top: float, trust: float = 0.95) -> Line:
    words, at = [], left
    for word in text.split():
        words.append(Word(word, Box(at, top, at + 0.012 * len(word), top + 0.012), trust))
        at += 0.012 * len(word) + 0.008
    return Line(tuple(words), Box(left, top, at, top + 0.012))


def signed(name: str, number: int = 1, heading: str = "Nơi nhận:") -> Page:
    return Page(number, 210, 297, 200, (row(heading, 0.13, 0.60), row("KT. GIÁM ĐỐC", 0.62, 0.60),
                                        row("- Lưu: VT.", 0.13, 0.615), row(name, 0.6, 0.68)))


def names(*pages: Page) -> list[str]:
    return [each.value for each in signer.find(pages)[0]]


def test_the_first_signature_counts_for_an_annex_may_be_signed_by_another() -> None:
    assert names(signed("Phạm Thị Bích"), signed("Bùi Văn Thơ", 2)) == ["Phạm Thị Bích"]
    assert names(signed("PhộỊ Thll Bch"), signed("Bùi Văn Thơ", 2)) == []
    assert names(Page(1, 210, 297, 200, (row("Căn cứ Luật", 0.2, 0.5),)), signed("Bùi Văn Thơ", 2)) == ["Bùi Văn Thơ"]


def test_a_misread_heading_of_the_recipients_hides_nobody() -> None:
    assert names(signed("Phạm Thị Bích", heading="Nm nhn")) == ["Phạm Thị Bích"]


def test_half_a_name_or_a_misspelt_one_is_proposed_from_no_picture() -> None:
    assert names(signed("Thị Bích")) == []
    assert names(signed("Nguyen Văn Thơ")) == []
    assert names(replace(signed("Hà Thơ"), picture_only=False)) == ["Hà Thơ"]


def test_who_signs_for_a_head_is_the_deputy_though_a_seal_hides_the_word() -> None:
    page = Page(1, 210, 297, 200, (row("Nơi nhận:", 0.13, 0.60), row("TM. ỦY BAN NHÂN DÂN", 0.6, 0.58),
                                   row("KT. CHỦ TỊCH", 0.64, 0.60), row("CHỦ TỊCH", 0.68, 0.62)))
    (title,) = signer.find([page])[1]
    assert title.value == "TM. ỦY BAN NHÂN DÂN, KT. CHỦ TỊCH, PHÓ CHỦ TỊCH"
    assert title.evidence is not None
    assert title.evidence.text.endswith("KT. CHỦ TỊCH, CHỦ TỊCH"), "what was read stays what was read"
