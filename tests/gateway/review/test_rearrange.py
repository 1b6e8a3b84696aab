"""Pages put in order at the desk: nothing is lost, nothing is doubled, every step leads back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.document import Change, Document, Door, Held, Mover, Origin, Role, Stage
from gateway.errors import NotAllowed, Stale, WrongStage
from gateway.recipe import Leaf, dropped, moved, turned
from gateway.review import acts
from gateway.review.acts import Act, Person
from gateway.review.rearrange import apply_pages, merge_pages, partner, present
from gateway.review.rescan import FAULTS
from gateway.review.undoing import redo_pages, undo_pages
from rules.field import Secrecy
from tests.gateway.review.house import House, word_in

LAN = Person("lan", "Lan", frozenset({"clerk"}))
NONE: frozenset[int] = frozenset()


def pages(house: House, document: Document) -> list[tuple[int, int | None, str]]:
    return [(leaf.index, leaf.turn, leaf.dropped) for leaf in present(house.desk, document).leaves]


def leaves(house: House, document: Document) -> tuple[Leaf, ...]:
    return present(house.desk, document).leaves


def scans(house: House, *names: str) -> list[Document]:
    """One after the other from the same scanner."""
    found = []
    for name in names:
        house.clock.pass_(seconds=5)
        found.append(house.proposed(name))
    return found


def dropped_again(house: House, document: Document, key: str) -> str:
    """The same file falls into the folder once more; whose it is."""
    taken = house.store.receive(Origin(Door.FOLDER, key), document.files[0], unit=document.unit, name="z.pdf",
                                by="may-quet", at=house.clock())  # fmt: skip
    return taken.document.id


def test_a_changed_order_goes_back_to_reading_and_keeps_the_original(house: House) -> None:
    document = house.proposed()
    changed = apply_pages(house.desk, document, turned(moved(leaves(house, document), 1, 0), 0, 90), NONE, who=LAN)
    assert (changed.stage, changed.pages, dict(changed.fields)) == (Stage.RECEIVED, 2, {})
    assert pages(house, changed) == [(1, 90, ""), (0, None, "")]
    assert changed.file(Role.ORIGINAL) == document.file(Role.ORIGINAL)
    event = house.store.events(document.id)[-1]
    assert (event.who, event.what) == ("lan", "edit")
    assert "Xoay 1 trang" in event.why
    assert "đổi thứ tự" in event.why


def test_undo_gives_exactly_the_recipe_before_step_by_step(house: House) -> None:
    document = house.proposed()
    seen = [pages(house, document)]
    for place in (0, 1, 0):
        document = apply_pages(house.desk, document, turned(leaves(house, document), place, 90), NONE, who=LAN)
        seen.append(pages(house, document))
    files = [one.sha256 for one in document.files if one.role is Role.RECIPE]
    for at in (2, 1, 0):
        document = undo_pages(house.desk, document, who=LAN)
        assert pages(house, document) == seen[at]
        newest = document.file(Role.RECIPE)
        assert newest is not None
        assert newest.sha256 == files[at], "the very same recipe"
    with pytest.raises(WrongStage, match="hoàn tác"):
        undo_pages(house.desk, document, who=LAN)
    for at in (1, 2):
        document = redo_pages(house.desk, document, who=LAN)
        assert pages(house, document) == seen[at], "and forward again"
    document = redo_pages(house.desk, undo_pages(house.desk, document, who=LAN), who=LAN)
    house.enter("lan")
    assert 'value="redo" data-redo' in house.client.get(f"/d/{document.id}/pages").text
    document = apply_pages(house.desk, document, turned(leaves(house, document), 1, 90), NONE, who=LAN)
    with pytest.raises(WrongStage, match="làm lại"):
        redo_pages(house.desk, document, who=LAN)
    assert "data-redo" not in house.client.get(f"/d/{document.id}/pages").text


def test_a_split_names_the_parents_scan_and_can_be_taken_back(house: House) -> None:
    document = house.proposed()
    first = apply_pages(house.desk, document, leaves(house, document), frozenset({1}), who=LAN)
    (second,) = house.store.kin.of(first)
    assert pages(house, first) == [(0, None, "")]
    assert pages(house, second) == [(1, None, "")]
    assert second.file(Role.ORIGINAL) == first.file(Role.ORIGINAL)
    assert (second.stage, second.unit, second.by, second.received_at) == (
        Stage.RECEIVED, first.unit, first.by, first.received_at)  # fmt: skip
    assert first.id in house.store.events(second.id)[0].why
    assert dropped_again(house, document, "x") == first.id, "the same bytes again are the first paper"
    whole = undo_pages(house.desk, first, who=LAN)
    assert pages(house, whole) == [(0, None, ""), (1, None, "")]
    second = house.store.get(second.id)
    assert (second.stage, first.id in second.reason) == (Stage.REJECTED, True)
    first = redo_pages(house.desk, whole, who=LAN)
    (third,) = (one for one in house.store.kin.of(first) if one.stage is Stage.RECEIVED)
    assert (pages(house, first), pages(house, third)) == ([(0, None, "")], [(1, None, "")])
    assert undo_pages(house.desk, first, who=LAN).pages == 2
    assert house.store.get(third.id).stage is Stage.REJECTED


def test_a_bringer_by_mail_is_not_told_that_a_part_was_taken_back(house: House) -> None:
    document = house.proposed(door=Door.SMTP, by="vanthu@xa.example")
    first = apply_pages(house.desk, document, leaves(house, document), frozenset({1}), who=LAN)
    (second,) = house.store.kin.of(first)
    undo_pages(house.desk, first, who=LAN)
    assert house.store.get(second.id).stage is Stage.REJECTED
    assert [one.event for one in house.store.notices.of(second.id)] == []


def test_until_they_are_read_the_pages_of_a_part_are_shown_and_no_others(house: House) -> None:
    document = house.proposed()
    first = apply_pages(house.desk, document, leaves(house, document), frozenset({1}), who=LAN)
    (second,) = house.store.kin.of(first)
    drawn: list[int] = []

    def picture(path: Path, page: int, width: int) -> bytes:
        drawn.append(page)
        return b"png"

    object.__setattr__(house.desk, "picture", picture)
    house.enter("lan")
    assert house.client.get(f"/d/{second.id}/pages/1.png").status_code == 200
    assert house.client.get(f"/d/{first.id}/pages/1.png").status_code == 200
    assert house.client.get(f"/d/{second.id}/pages/2.png").status_code == 404
    assert drawn == [2, 1]


def test_a_part_that_has_gone_on_is_not_taken_back(house: House) -> None:
    document = house.proposed()
    first = apply_pages(house.desk, document, leaves(house, document), frozenset({1}), who=LAN)
    (second,) = house.store.kin.of(first)
    apply_pages(house.desk, second, turned(leaves(house, second), 0, 90), NONE, who=LAN)
    with pytest.raises(WrongStage, match="xử lý tiếp"):
        undo_pages(house.desk, first, who=LAN)
    assert pages(house, house.store.get(first.id)) == [(0, None, "")]


def test_the_next_scan_is_taken_in_and_let_go_again(house: House) -> None:
    first, second = scans(house, "a.pdf", "b.pdf")
    assert partner(house.desk, first, LAN) == second
    merged = merge_pages(house.desk, first, second, fold=False, who=LAN)
    ended = house.store.get(second.id)
    assert (ended.stage, first.id in ended.reason) == (Stage.REJECTED, True)
    assert merged.pages == 4
    assert len({leaf.sha256 for leaf in leaves(house, merged)}) == 2
    assert dropped_again(house, second, "x") == merged.id, "its bytes have a paper already"
    back = undo_pages(house.desk, merged, who=LAN)
    assert back.pages == 2
    again = next(one for one in house.store.kin.of(back) if one.stage is Stage.RECEIVED)
    assert (again.name, again.pages, again.file(Role.ORIGINAL)) == ("b.pdf", 2, second.file(Role.ORIGINAL))
    assert dropped_again(house, second, "y") == again.id
    merged = redo_pages(house.desk, back, who=LAN)
    assert (merged.pages, house.store.get(again.id).stage) == (4, Stage.REJECTED)
    assert undo_pages(house.desk, merged, who=LAN).pages == 2


def test_a_part_can_be_put_back_by_merging_and_stands_alone_again_after_undo(house: House) -> None:
    document = house.proposed()
    first = apply_pages(house.desk, document, leaves(house, document), frozenset({1}), who=LAN)
    (second,) = house.store.kin.of(first)
    assert partner(house.desk, first, LAN) == second
    whole = merge_pages(house.desk, first, second, fold=False, who=LAN)
    assert pages(house, whole) == [(0, None, ""), (1, None, "")]
    assert whole.file(Role.SOURCE) is None, "it is the same scan"
    with pytest.raises(WrongStage):
        merge_pages(house.desk, whole, house.store.get(second.id), fold=False, who=LAN)
    first = undo_pages(house.desk, whole, who=LAN)
    (again,) = (one for one in house.store.kin.of(first) if one.stage is Stage.RECEIVED)
    assert (pages(house, first), pages(house, again)) == ([(0, None, "")], [(1, None, "")])


def test_fronts_and_backs_fold_and_blank_backs_keep_their_place(house: House) -> None:
    fronts, backs = scans(house, "mat-truoc.pdf", "mat-sau.pdf")
    backs = apply_pages(house.desk, backs, dropped(leaves(house, backs), 1), NONE, who=LAN)
    folded = merge_pages(house.desk, fronts, backs, fold=True, who=LAN)
    assert pages(house, folded) == [(0, None, ""), (1, None, "hand"), (1, None, ""), (0, None, "")]
    odd = house.proposed("c.pdf")
    with pytest.raises(WrongStage, match="mặt sau"):
        merge_pages(house.desk, folded, odd, fold=True, who=LAN)
    assert house.store.get(odd.id).stage is Stage.PROPOSED, "nothing is lost"


def test_two_clerks_do_not_overwrite_each_other(house: House) -> None:
    first, second = scans(house, "a.pdf", "b.pdf")
    house.store.record(second, Change(what="corrected"), who="hoa")
    with pytest.raises(Stale):
        merge_pages(house.desk, first, second, fold=False, who=LAN)
    assert house.store.get(first.id).version == first.version, "both or none"
    apply_pages(house.desk, first, turned(leaves(house, first), 0, 90), NONE, who=LAN)
    with pytest.raises(Stale):
        apply_pages(house.desk, first, turned(leaves(house, first), 1, 90), NONE, who=LAN)


def test_only_an_unsigned_scan_before_confirming_may_be_touched(house: House) -> None:
    document = house.proposed()
    record = house.store.record
    signed = record(house.proposed("b.pdf"), Change(what="read", kind="signed"), who="machine")
    secret = record(house.proposed("c.pdf"), Change(what="held", secrecy=Secrecy.UNSURE,
                                                    held=Held("secrecy_unsure", "?")), who="machine")  # fmt: skip
    held = record(house.proposed("d.pdf"), acts.hold(document, "Chờ.", who=LAN), who="lan")
    for other in (house.confirmed("e.pdf"), signed, secret, held, house.received("f.pdf")):
        assert Act.PAGES not in acts.offered(other, LAN)
        with pytest.raises(WrongStage):
            apply_pages(house.desk, other, (), NONE, who=LAN)
    with pytest.raises(NotAllowed):
        apply_pages(house.desk, document, (), NONE, who=Person("a", "A", frozenset({"auditor"})))
    with pytest.raises(Stale, match="người khác"):
        apply_pages(house.desk, document, leaves(house, document)[:1], NONE, who=LAN)
    with pytest.raises(WrongStage, match="Chưa có gì"):
        apply_pages(house.desk, document, leaves(house, document), NONE, who=LAN)


def values(page: str) -> list[str]:
    return re.findall(r'name="leaf" value="([^"]+)"', page)


def test_the_page_works_without_a_script_and_records_only_when_applied(house: House) -> None:
    document = house.proposed()
    house.enter("lan")
    address = f"/d/{document.id}/pages"
    page = house.client.get(address).text
    assert "data-undo disabled" in page
    for do in ("right:0", "drop:1", "up:1", "cut:1"):
        form = {"word": word_in(page), "version": str(document.version), "leaf": values(page), "do": do}
        page = house.client.post(address, data=form).text
    assert values(page) == ["0.1.-.hand.0", "0.0.90.-.1"]
    assert house.store.get(document.id).version == document.version, "a draft is nothing yet"
    form = {"word": word_in(page), "version": str(document.version), "leaf": values(page), "do": "apply"}
    assert house.client.post(address, data=form).status_code == 303
    changed = house.store.get(document.id)
    assert pages(house, changed) == [(1, None, "hand"), (0, 90, "")], "a part without a page that is in is none"
    form["version"] = "1"
    assert house.client.post(address, data=form | {"leaf": values(page)}).status_code == 409
    for bad in ("9.0.-.-.0", "0.7.-.-.0", "x", "0.-1.-.-.0"):
        assert house.client.post(address, data=form | {"leaf": [bad], "do": "right:0"}).status_code == 409
    assert house.client.post(address, data=form | {"do": "right:99"}).status_code == 409


def test_a_new_scan_is_asked_for_with_a_note_beside_the_scanner(house: House) -> None:
    notes: list[str] = []

    def write(document: Document, text: str) -> Callable[[], None]:
        notes.append(text)
        return notes.clear

    object.__setattr__(house.desk, "scan_again", write)
    document = house.proposed()
    house.enter("lan")
    form = {"version": str(document.version), "fault": "missing", "reason": "thiếu trang 2"}
    assert house.post(f"/d/{document.id}/rescan", **form) == 303
    ended = house.store.get(document.id)
    assert (ended.stage, "thiếu trang 2" in ended.reason) == (Stage.REJECTED, True)
    assert FAULTS["missing"].en in notes[0]
    assert FAULTS["missing"].vi in notes[0]
    assert "scan_again" in [event.what for event in house.store.events(document.id)]
    again = house.proposed("b.pdf")
    assert house.post(f"/d/{again.id}/rescan", version=str(again.version), fault="?") == 422
    assert house.store.get(again.id).stage is Stage.PROPOSED


def test_the_separator_sheet_can_be_printed(house: House) -> None:
    house.enter("lan")
    answer = house.client.get("/separator.pdf")
    assert (answer.headers["content-type"], answer.content[:5]) == ("application/pdf", b"%PDF-")


def test_moves_of_the_table(house: House) -> None:
    document = house.store.record(house.received(), Change(what="read", to=Stage.READ, kind="scan", pages=2), who="m")
    assert document.move(Stage.RECEIVED, Mover.CLERK).stage is Stage.RECEIVED
    changed = apply_pages(house.desk, document, turned(leaves(house, document), 0, 90), NONE, who=LAN)
    again = apply_pages(house.desk, changed, turned(leaves(house, changed), 0, 90), NONE, who=LAN)
    assert (again.stage, pages(house, again)[0]) == (Stage.RECEIVED, (0, 180, "")), "before the machine has read it"
