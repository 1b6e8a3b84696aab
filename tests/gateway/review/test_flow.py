"""The clerk's flow: what is offered next, several papers at once, one matter come in two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.document import Change, Document, Door, Stage
from rules.field import Field, Name
from tests.gateway.review.house import House, proposal

if TYPE_CHECKING:
    from playwright.sync_api import Page


def other_number(house: House, name: str, number: str, *, sure: bool = True, urgency: str = "") -> Document:
    house.clock.pass_(minutes=1)
    fields = proposal(sure) | {Name.NUMBER: Field(Name.NUMBER, number, 0.99, sure=sure)}
    if urgency:
        fields[Name.URGENCY] = Field(Name.URGENCY, urgency, 0.99, sure=True)
    return house.store.record(house.proposed(name), Change(what="corrected", fields=fields), who="machine")


def test_the_queue_begins_with_the_urgent_paper_and_goes_on_to_it(house: House) -> None:
    house.enter("lan")
    first = other_number(house, "a.pdf", "1")
    urgent = other_number(house, "b.pdf", "2", urgency="Hỏa tốc")

    page = house.client.get("/?tab=confirm").text
    assert page.index(urgent.id) < page.index(first.id)
    assert "20/11 11:30" in page or "11:30" in page, "signed on Thursday, so due on Friday morning"
    next_ = house.client.get(f"/d/{urgent.id}?tab=confirm").text
    assert f'href="/d/{first.id}?tab=confirm" data-next' in next_


def test_an_overdue_paper_says_so(house: House) -> None:
    house.enter("lan")
    document = house.proposed()
    house.clock.pass_(hours=4)

    assert "Quá hạn gửi từ 20/11/2026 11:30" in house.client.get(f"/d/{document.id}").text
    assert "c-due num late" in house.client.get("/?tab=confirm").text


def test_only_papers_without_any_doubt_are_offered_for_bulk_confirming(house: House) -> None:
    house.enter("lan")
    sure, unsure = house.proposed("sure.pdf"), other_number(house, "unsure.pdf", "9", sure=False)
    optional = other_number(house, "optional.pdf", "10")
    signer = dict(optional.fields) | {Name.SIGNER: Field(Name.SIGNER, "Trần Văn Hòa", 0.5, sure=False)}
    house.store.record(optional, Change(what="corrected", fields=signer), who="machine")

    page = house.client.get("/bulk").text

    assert f"{sure.id} {sure.version}" in page
    assert unsure.id not in page
    assert optional.id not in page, "an unsure field that nobody has looked at is vouched for by nobody"


def test_bulk_confirming_keeps_the_persons_name_for_each_paper_and_field(house: House) -> None:
    house.enter("lan")
    papers = [other_number(house, f"{n}.pdf", str(n)) for n in (1, 2)]
    ticked = [f"{one.id} {one.version}" for one in papers]

    status = house.post("/bulk", paper=ticked, send="1", **{f"to.{one.id}": "H99.2" for one in papers})

    assert status == 303
    for one in papers:
        now, event = house.store.get(one.id), house.store.events(one.id)[-1]
        assert (now.stage, now.confirmed_by, now.recipients[0].code) == (Stage.CONFIRMED, "lan", "H99.2")
        assert (event.what, event.who) == ("confirmed", "lan")
        assert event.why.startswith("Đúng như máy đọc: số, ký hiệu, ngày ban hành")


def test_a_forged_or_stale_bulk_choice_confirms_nothing(house: House) -> None:
    house.enter("lan")
    stale, unsure = house.proposed("a.pdf"), other_number(house, "b.pdf", "9", sure=False)
    house.store.record(stale, Change(what="corrected"), who="hoa")
    ticked = [f"{stale.id} {stale.version}", f"{unsure.id} {unsure.version}", "nobody 1", "x"]

    status, _ = house.answer("/bulk", paper=ticked, send="0")

    assert status == 303
    assert {house.store.get(one.id).stage for one in (stale, unsure)} == {Stage.PROPOSED}
    house.person("kim", "auditor")
    house.enter("kim")
    assert house.client.get("/bulk").status_code == 403


def test_a_paper_without_receiver_is_not_sent_in_bulk_but_can_be_registered(house: House) -> None:
    house.enter("lan")
    document = house.proposed()
    ticked = f"{document.id} {document.version}"

    house.post("/bulk", paper=ticked, send="1")
    assert house.store.get(document.id).stage is Stage.PROPOSED
    house.post("/bulk", paper=ticked, send="0")
    assert house.store.get(document.id).stage is Stage.CONFIRMED


@pytest.mark.parametrize("send", ["1", "0"])
def test_what_came_over_the_exchange_is_registered_and_handed_on_in_bulk(house: House, send: str) -> None:
    house.enter("lan")
    paper, scan = house.proposed("a.pdf", door=Door.EXCHANGE), other_number(house, "b.pdf", "9")
    ticked = [f"{one.id} {one.version}" for one in (paper, scan)]

    house.post("/bulk", paper=ticked, send=send, **{f"to.{one.id}": "H99.2" for one in (paper, scan)})

    paper, scan = house.store.get(paper.id), house.store.get(scan.id)
    assert (paper.stage, paper.recipients, bool(paper.register_number)) == (Stage.FILED, (), True)
    assert scan.stage is Stage.CONFIRMED
    assert [one.code for one in house.store.answers.of(paper.id)] == ["03"], "its sender hears that it is registered"
    assert paper.id not in house.client.get("/?tab=seal").text, "nobody here seals it"


def test_one_paper_from_two_doors_is_shown_as_one_matter_with_two_carriers(house: House) -> None:
    house.enter("lan")
    scanned, mailed = house.proposed("a.pdf"), house.proposed("b.pdf", door=Door.IMAP)
    house.proposed("c.pdf", unit="H99.9")

    page = house.client.get(f"/d/{scanned.id}").text
    assert f'href="/d/{mailed.id}"' in page
    assert page.count("data-twins") == 1
    assert "+ " in house.client.get("/?tab=confirm").text
    house.post(f"/d/{mailed.id}/reject", reason="trùng", version=mailed.version)
    assert "data-twins" not in house.client.get(f"/d/{scanned.id}").text


@pytest.mark.browser
def test_several_papers_are_confirmed_without_a_mouse(house: House, page: Page) -> None:
    papers = [other_number(house, f"{n}.pdf", str(n)) for n in (1, 2, 3)]
    page.goto("/")
    page.wait_for_selector("tr[data-id].at")

    page.keyboard.press("b")
    page.wait_for_selector("[data-tick]:focus")
    page.keyboard.press("Space")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/bulk?done=2&left=0")

    assert [house.store.get(one.id).stage for one in papers] == [Stage.CONFIRMED, Stage.CONFIRMED, Stage.PROPOSED]


@pytest.mark.browser
def test_a_sure_paper_without_receiver_waits_at_the_receivers(house: House, page: Page) -> None:
    document = house.proposed()
    page.goto(f"/d/{document.id}?tab=confirm")
    page.wait_for_selector("[data-seek]:focus")
    page.keyboard.type("so noi vu")
    page.wait_for_selector("#found [role=option]")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Control+Enter")
    page.wait_for_url("**/?tab=confirm")
    assert house.store.get(document.id).stage is Stage.CONFIRMED
