"""Finding in fields and pages, with and without marks, by filters."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from gateway.document import Change, Document, Door, Mover, Role, Stage
from gateway.store.store import Query, Store
from rules.field import Field, Name, Secrecy
from tests.gateway.store.making import NOON, file, proposed, receive
from tests.gateway.store.test_beside import _all_bytes

PAGE = "Thực hiện bản kế hoạch; bán hàng lưu động tại xã Bình Minh"


def lines(document: Document) -> Iterable[str]:
    return [PAGE] if document.file(Role.WORDS) else []


@pytest.mark.parametrize(("text", "exact", "hit"), [
    ("luu dong", False, True), ("lưu động", False, True), ("lưu đông", False, False), ("bình min", False, True),
    ("ban", False, True), ("bản", True, True), ("bạn", False, False), ("ban", True, False), ("hang", True, False),
    ("bình min", True, False), ("hòa giải bán hàng", True, True),
])
def test_the_words_of_the_pages_are_found_once_they_have_been_read(store: Store, text: str, exact: bool,
                                                                   hit: bool) -> None:
    document = proposed(store)
    receive(store, "unread")
    assert store.find(Query(text="luu dong")).total == 0

    assert store.texts.read_next(lines) == 1
    assert store.texts.read_next(lines) == 0
    found = store.find(Query(text=text, exact=exact))
    assert [one.id for one in found.documents] == [document.id] * hit


def test_a_correction_is_found_and_what_it_replaced_is_not(store: Store) -> None:
    document = proposed(store)
    store.texts.read_next(lines)
    subject = {Name.SUBJECT: Field(Name.SUBJECT, "phòng chống lụt bão", 1.0, sure=True)}
    store.record(document, Change(what="corrected", fields=dict(document.fields) | subject), who="lan")
    assert store.find(Query(text="lut bao luu dong")).total == 1
    assert store.find(Query(text="hoa giai")).total == 0


def test_another_paper_of_the_letter_is_read_anew(store: Store) -> None:
    document = proposed(store)
    store.texts.read_next(lines)
    document = store.record(document, Change(what="chosen", files=(file("other", Role.PAPER),)), who="lan")
    assert store.texts.read_next(lambda _: ["khác hẳn"]) == 1
    assert store.find(Query(text="luu dong")).total == 0
    assert store.find(Query(text="khac han")).total == 1


def test_filters_narrow_a_search(store: Store) -> None:
    for n, (kind, date) in enumerate((("Công văn", "2026-11-01"), ("Quyết định", "2026-11-10"), ("Quyết định", ""))):
        document = proposed(store, f"p{n}")
        values = {Name.DOC_TYPE: kind, Name.DATE: date, Name.SUBJECT: f"rà soát {n}"}
        fields = {name: Field(name, value, 1.0, sure=True) for name, value in values.items() if value}
        store.record(document, Change(what="corrected", fields=fields), who="lan")

    def names(**filters: object) -> list[str]:
        return sorted(one.name for one in store.find(Query(**filters)).documents)  # type: ignore[arg-type]

    assert names(doc_type="Quyết định") == ["p1.pdf", "p2.pdf"]
    assert names(doc_type="Quyết định", dated_from="2026-11-05") == ["p1.pdf"]
    assert names(text="ra soat", dated_to="2026-11-05") == ["p0.pdf"]
    assert names(text="soat", door=Door.IMAP) == []
    assert names(text="??") == []


def test_no_searched_word_of_a_stopped_letter_is_left_in_the_index(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/vanthu.db", clock=lambda: NOON)
    store.on_erase = lambda sha256: None
    for n in range(20):
        receive(store, f"other{n}")
    document = proposed(store, "secret")
    store.texts.read_next(lambda _: ["kanarienvogel singt"])
    assert "kanarienvogel" in _all_bytes(tmp_path)
    stop = Change(what="stopped", to=Stage.STOPPED, by=Mover.CLERK, secrecy=Secrecy.MARKED)
    store.record(document, stop, who="lan")
    assert store.texts.read_next(lambda _: ["kanarienvogel"]) == 0
    assert store.find(Query(text="kanarienvogel")).total == 0
    assert "kanarienvogel" not in _all_bytes(tmp_path)
    store.close()
