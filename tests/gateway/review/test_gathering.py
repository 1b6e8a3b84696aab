"""One paper mailed in two letters: put together, and taken apart again as if nothing had been."""
from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from gateway.document import Change, Document, Held, Mover, Role, Stage
from gateway.errors import Stale, WrongStage
from gateway.review.gather import gather, gathered, let_go, letters_beside
from rules.field import Secrecy
from tests.gateway.letters import DRAFT, PICTURE, SCAN, letter
from tests.gateway.review.house import House, proposal
from tests.gateway.review.test_letter_page import FILES, LAN, proposed, unpacked

OUT = "Tách thư này ra"


@pytest.fixture
def lan(house: House) -> House:
    house.enter("lan")
    return house


def annex(house: House, *files: tuple[str, bytes]) -> Document:
    return proposed(house, letter(*files, subject="tiếp"))


def corrected(house: House, document: Document) -> Document:
    return house.store.record(document, Change(what="corrected", fields=proposal(True)), who="lan")


def taken_in(house: House, document: Document, *others: Document) -> Document:
    for other in others:
        document = house.store.record(document, gather(document, other, who=LAN), who="lan")
    return document


def out(house: House, document: Document, other: Document) -> Document:
    return house.store.record(document, let_go(house.desk, document, other.id, who=LAN), who="lan")


def names(document: Document) -> list[str]:
    return [one.name for one in document.attachments]


def test_a_paper_mailed_in_two_letters_is_put_together_and_both_letters_stay(lan: House) -> None:
    first = proposed(lan, letter(*FILES))
    second = annex(lan, ("phụ lục 2.txt", DRAFT + b"2"))
    other = proposed(lan, letter(("khác.pdf", SCAN + b"\n"), subject="đơn vị khác"))
    page = lan.client.get(f"/d/{first.id}").text
    assert 'data-gather title="M">Gộp thư khác của người gửi này (2)' in page
    sent = {"version": first.version, "other": second.id, "other_version": second.version}
    assert lan.post(f"/d/{first.id}/gather", **sent | {"other_version": 99}) == 409
    assert lan.post(f"/d/{first.id}/gather", **sent) == 303
    whole, ended = lan.store.get(first.id), lan.store.get(second.id)
    assert names(whole) == ["Phụ lục.txt", "phụ lục 2.txt"]
    assert (whole.stage, whole.paper, ended.stage, first.id in ended.reason) == (
        Stage.PROPOSED, first.paper, Stage.REJECTED, True)
    assert ended.file(Role.ORIGINAL) == second.file(Role.ORIGINAL)
    assert "rejected" not in [one.event for one in lan.store.notices.of(second.id)], "its sender hears of the paper"
    added = whole.attachments[-1]
    assert lan.client.get(f"/d/{first.id}/parts/{added.sha256}").content == DRAFT + b"2"
    assert f'href="/d/{first.id}"' in lan.client.get(f"/d/{second.id}").text, "where its files are"
    lan.store.record(other, Change(what="held", held=Held("sender_forged", "x")), who="machine")
    assert letters_beside(lan.store, whole, LAN) == []


def test_a_letter_is_taken_out_again_and_both_are_as_they_were(lan: House) -> None:
    first = corrected(lan, proposed(lan, letter(*FILES)))
    second = corrected(lan, annex(lan, ("b.pdf", SCAN + b"b"), ("c.txt", DRAFT + b"c")))
    third = unpacked(lan, letter(subject="chỉ có lời"))
    assert third.held is not None
    whole = taken_in(lan, first, second, third)
    page = lan.client.get(f"/d/{first.id}").text
    assert page.count(OUT) == 2
    assert "ngăn Chờ xác nhận. Các trường đã nhập ở hai văn bản giữ nguyên." in page
    sent = {"version": whole.version, "other": second.id}
    assert lan.post(f"/d/{first.id}/let_go", **sent | {"version": first.version}) == 409
    assert lan.post(f"/d/{first.id}/let_go", **sent) == 303
    whole = lan.store.get(first.id)
    assert names(whole) == names(first)
    assert lan.store.get(second.id) == replace(second, version=second.version + 2)
    assert lan.post(f"/d/{first.id}/let_go", version=whole.version, other=second.id) == 409, "it is not in any more"
    assert out(lan, whole, third) == replace(first, version=first.version + 4)
    assert lan.store.get(third.id) == replace(third, version=third.version + 2), "held again"
    done = [one.what for one in lan.store.events(first.id) if one.what in ("gathered", "let_go")]
    assert done == ["gathered", "gathered", "let_go", "let_go"]
    told = [(one.what, one.from_stage, one.to_stage) for one in lan.store.events(second.id)][-2:]
    assert told == [("merged", Stage.PROPOSED, Stage.REJECTED), ("let_go", Stage.REJECTED, Stage.PROPOSED)]
    assert [one.event for one in lan.store.notices.of(second.id)] == ["received"], "its sender hears nothing of it"
    again = taken_in(lan, lan.store.get(first.id), lan.store.get(second.id))
    assert names(again) == ["Phụ lục.txt", "b.pdf", "c.txt"]


def test_a_file_that_another_letter_brought_too_stays(lan: House) -> None:
    first = proposed(lan, letter(*FILES))
    both, own = ("chung.txt", DRAFT + b"both"), ("Phụ lục.txt", DRAFT)
    second, third = annex(lan, both, own), annex(lan, both, ("riêng.txt", DRAFT + b"third"))
    whole = out(lan, taken_in(lan, first, second, third), second)
    assert names(whole) == ["Phụ lục.txt", "chung.txt", "riêng.txt"]
    assert names(out(lan, whole, third)) == ["Phụ lục.txt"]


def test_a_letter_that_comes_again_while_it_is_in_is_no_new_document(lan: House) -> None:
    first, second = proposed(lan, letter(*FILES)), annex(lan, ("phụ lục 2.txt", DRAFT + b"2"))
    taken_in(lan, first, second)
    original = second.file(Role.ORIGINAL)
    assert original is not None
    again = lan.store.receive(replace(second.origin, key="again"), original, unit=second.unit, name=second.name,
                              by=second.by, at=lan.clock())
    assert (again.fresh, again.document.id) == (False, first.id)


def test_where_the_paper_leaves_the_one_before_it_counts_again(lan: House) -> None:
    first, second = proposed(lan, letter(("a.jpg", PICTURE))), proposed(lan, letter(("b.jpg", PICTURE + b"\0")))
    empty = unpacked(lan, letter(subject="chỉ có lời"))
    assert second.paper is not None
    for document in (first, empty):
        document = taken_in(lan, document, lan.store.get(second.id))
        assert lan.client.get(f"/d/{document.id}").text.count('name="file"') == len(document.attachments)
        assert lan.post(f"/d/{document.id}/choose", version=document.version, file=second.paper.sha256) == 303
        made = (replace(second.paper, role=Role.ARCHIVE),)
        chosen = lan.store.get(document.id)
        for change in (Change(what="read", to=Stage.READ, files=made, kind="scan", pages=1),
                       Change(what="proposed", to=Stage.PROPOSED, fields=proposal(True))):
            chosen = lan.store.record(chosen, change, who="machine")
        assert "nên máy đọc lại tệp trước" in lan.client.get(f"/d/{document.id}").text
        back, before = out(lan, chosen, second), first if document.id == first.id else empty
        assert (back.paper, back.files, back.stage, back.held, back.pages, dict(back.fields)) == (
            before.paper, before.files, Stage.RECEIVED, before.held, 0, {})


def test_what_is_confirmed_keeps_its_letters_until_it_is_given_back(lan: House) -> None:
    first, second = proposed(lan, letter(*FILES)), annex(lan, ("phụ lục 2.txt", DRAFT + b"2"))
    confirmed = lan.store.record(taken_in(lan, first, second), Change(
        what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, take_register_number=True), who="lan")
    page = lan.client.get(f"/d/{first.id}").text
    assert OUT not in page
    assert "hãy trả văn bản lại để sửa" in page
    with pytest.raises(WrongStage):
        let_go(lan.desk, confirmed, second.id, who=LAN)
    reopened = lan.store.record(confirmed, Change(what="reopened", to=Stage.PROPOSED, by=Mover.CLERK), who="lan")
    assert out(lan, reopened, second).register_number == confirmed.register_number != ""
    assert lan.store.get(second.id).register_number == ""


def test_of_two_clerks_one_takes_it_out_and_the_other_is_told(lan: House) -> None:
    first, second = proposed(lan, letter(*FILES)), annex(lan, ("phụ lục 2.txt", DRAFT + b"2"))
    whole = taken_in(lan, first, second)
    change, start, ends = let_go(lan.desk, whole, second.id, who=LAN), threading.Barrier(2), []

    def clerk() -> None:
        start.wait(60)
        try:
            ends.append(lan.store.record(whole, change, who="lan").version)
        except Stale:
            ends.append(0)

    clerks = [threading.Thread(target=clerk) for _ in range(2)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join(60)
    assert sorted(ends) == [0, whole.version + 1]
    assert [one.what for one in lan.store.events(second.id)].count("let_go") == 1


def test_a_paper_with_a_secrecy_mark_takes_the_letters_with_it_that_are_in_it(lan: House) -> None:
    first, second = proposed(lan, letter(*FILES)), annex(lan, ("phụ lục 2.txt", DRAFT + b"2"))
    lan.store.on_erase = lan.vault.erase
    whole = taken_in(lan, first, second)
    assert [one.letter.id for one in gathered(lan.desk, whole)] == [second.id]
    lan.store.record(whole, Change(what="stopped", to=Stage.STOPPED, by=Mover.CLERK, secrecy=Secrecy.MARKED), who="lan")
    ended = lan.store.get(second.id)
    assert (ended.stage, ended.files) == (Stage.REJECTED, ())
    assert not any(lan.vault.has(file.sha256) for file in second.files)
