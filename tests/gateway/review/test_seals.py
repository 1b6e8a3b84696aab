"""A list sealed in one act: what is ticked, counted and stated; each paper recorded alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from gateway.document import CopyKind, Document, Door, Role, Stage
from gateway.errors import ClockOff
from gateway.exchange.port import Body
from gateway.review.desk import Office
from tests.gateway.review.house import House, TestKey


def form(*documents: Document, **other: object) -> dict[str, object]:
    """The list as a sealer would send it, everything ticked and counted."""
    sent: dict[str, object] = {"compared": "1"}
    sent["shown"] = sent["d"] = [one.id for one in documents]
    for one in documents:
        sent |= {f"version.{one.id}": one.version, f"kind.{one.id}": "SAO Y", f"pages.{one.id}": "2"}
    return sent | other


def test_a_list_is_sealed_with_one_pin_and_each_paper_recorded_alone(house: House) -> None:
    papers = [house.confirmed(name) for name in ("a.pdf", "b.pdf", "c.pdf")]
    house.enter("lan")
    house.key.asks_pin = True
    sent = form(*papers, pin="1234") | {"d": [papers[0].id, papers[2].id], f"kind.{papers[2].id}": "TRÍCH SAO"}

    assert 'name="pin"' in house.client.get("/seal").text
    assert house.post("/seal", **sent) == 200

    now = [house.store.get(one.id) for one in papers]
    assert [one.stage for one in now] == [Stage.SEALED, Stage.CONFIRMED, Stage.SEALED]
    assert [one.copy_kind for one in now] == [CopyKind.SAO_Y, None, CopyKind.TRICH_SAO]
    assert (house.key.used, house.key.pins) == (2, ["1234", "1234"])
    assert len({one.parcel_id for one in now}) == 3
    sealings = [event.who for one in now for event in house.store.events(one.id) if event.what == "sealed"]
    assert sealings == ["lan", "lan"]


def test_one_that_fails_stops_no_other_and_says_why(house: House) -> None:
    papers = [house.confirmed(name) for name in ("a.pdf", "b.pdf", "c.pdf")]
    house.enter("lan")
    sent = form(*papers) | {f"pages.{papers[0].id}": "3", f"version.{papers[1].id}": "1"}

    status, text = house.answer("/seal", **sent)

    assert status == 200
    assert "khác số trang bản số hóa" in text
    assert "Người khác vừa sửa" in text
    assert [house.store.get(one.id).stage for one in papers] == [Stage.CONFIRMED, Stage.CONFIRMED, Stage.SEALED]


def test_a_taken_corner_in_a_list_is_a_question_of_its_own(house: House) -> None:
    document = house.confirmed()
    house.enter("lan")
    house.seal.taken = True

    status, text = house.answer("/seal", **form(document))

    assert "data-cover hidden" not in text
    assert house.store.get(document.id).stage is Stage.CONFIRMED
    assert house.post("/seal", **form(document), **{f"cover.{document.id}": "1"}) == 200
    assert house.store.get(document.id).stage is Stage.SEALED


def test_without_the_statement_or_a_tick_no_key_is_touched(house: House) -> None:
    document = house.confirmed()
    house.enter("lan")

    status, text = house.answer("/seal", **form(document, d=[]))
    assert (status, "Chưa chọn văn bản nào" in text) == (422, True)
    status, text = house.answer("/seal", **form(document, compared="0"))
    assert "Chưa xác nhận đã đối chiếu" in text
    assert house.key.used == 0


def test_the_list_shows_only_what_this_person_may_seal(house: House) -> None:
    mine, sent_on = house.confirmed("a.pdf"), house.confirmed("qua-thu.pdf", door=Door.SMTP, unit="H99.7")
    house.proposed("chua-xac-nhan.pdf")
    house.person("minh", "clerk")
    house.enter("lan")

    text = house.client.get("/seal").text
    assert text.count("data-row=") == 2
    assert "CHUYỂN TIẾP" in text.split(f'data-row="{sent_on.id}"')[1]
    assert house.client.get(f"/seal?d={mine.id}").text.count("data-row=") == 1
    house.enter("minh")
    assert house.client.get("/seal").status_code == 403
    assert house.post("/seal", **form(mine)) == 403
    assert house.store.get(mine.id) == mine


def test_a_list_without_this_sessions_word_is_refused(house: House) -> None:
    document = house.confirmed()
    house.enter("lan")

    answer = house.client.post("/seal", data=form(document) | {"word": "forged"})

    assert answer.status_code == 403
    assert house.store.get(document.id) == document


def test_only_the_very_bytes_that_were_read_are_sealed(house: House) -> None:
    """R-092: the copy is bound to its scan by hash; what was changed in the vault since is refused."""
    document = house.confirmed()
    house.enter("lan")
    archive = document.file(Role.ARCHIVE)
    assert archive is not None
    house.vault.path(archive).write_bytes(b"%PDF-1.7 somebody else's page")

    status, text = house.answer("/seal", **form(document))

    assert "Bản số hóa trong kho bị hỏng" in text
    assert (house.store.get(document.id), house.key.used) == (document, 0)


def test_what_was_scanned_says_by_whom_and_where(house: House) -> None:
    """R-092: door, device or operator, and the hash of what they brought stand in the journal from the first line."""
    document = house.confirmed(by="may-quet-tang-2")
    first = house.store.events(document.id)[0]

    assert (document.origin.door, document.by, first.what, first.who) == (
        Door.FOLDER, "may-quet-tang-2", "received", "may-quet-tang-2")  # fmt: skip
    original = document.file(Role.ORIGINAL)
    assert original is not None
    assert original.sha256 == hashlib.sha256(house.vault.path(original).read_bytes()).hexdigest()


def test_a_list_holds_the_papers_of_one_key_and_leads_to_those_of_the_others(house: House) -> None:
    """Two units' keys here: whoever types a PIN types it for one token."""
    house.client.app.state.desk = replace(house.desk, offices={  # type: ignore[attr-defined]
        **house.desk.offices, "H99.7": Office(Body("H99.7", "Ủy ban nhân dân xã Khác"), "Khác", TestKey())})
    ours, theirs = house.confirmed("a.pdf"), house.confirmed("b.pdf", unit="H99.7")
    house.enter("lan")

    page = house.client.get("/seal").text
    other = house.client.get("/seal?u=H99.7").text

    assert (ours.id in page, theirs.id in page) == (True, False)
    assert "/seal?u=H99.7" in page
    assert (ours.id in other, theirs.id in other) == (False, True)
    assert house.post("/seal", **form(theirs)) == 200
    assert house.store.get(theirs.id).parcel_id.startswith("H99.7,")


def test_by_a_wrong_clock_nothing_is_sealed(house: House) -> None:
    """R-165."""
    def wrong() -> None:
        raise ClockOff("Đồng hồ của máy lệch 90 giây. Hãy chỉnh đồng hồ rồi ký lại.")

    house.client.app.state.desk = replace(house.desk, clock_right=wrong)  # type: ignore[attr-defined]
    document = house.confirmed()
    house.enter("lan")

    _, text = house.answer("/seal", **form(document))

    assert "lệch 90 giây" in text
    assert house.store.get(document.id).stage is Stage.CONFIRMED
    assert house.key.used == 0
