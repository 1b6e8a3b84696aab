"""The document page in Debian's Chromium, without a mouse: walk the doubts, choose a recipient, confirm, seal."""

from __future__ import annotations

import pytest

from gateway.document import Stage
from rules.field import Name
from tests.gateway.review.house import House

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser


def test_a_paper_goes_from_inbox_to_sealed_without_a_mouse(house: House, page: sync_api.Page) -> None:
    document = house.proposed(sure=False)
    page.wait_for_selector(f"tr[data-id='{document.id}'].at")

    page.keyboard.press("Enter")
    page.wait_for_selector("[data-field=number].at")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#f-number") == "175"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.is_checked("[data-field=number] [data-check]")
    page.keyboard.type("so noi vu")
    page.wait_for_selector("#found [role=option]")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-stage=confirmed] [data-main]:focus")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("dialog#seal[open] #seal-pages:focus")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-stage=sealed]")

    now = house.store.get(document.id)
    assert (now.stage, now.fields[Name.NUMBER].value) == (Stage.SEALED, "125")


def test_the_evidence_box_follows_the_cursor(house: House, page: sync_api.Page) -> None:
    document = house.proposed()
    page.goto(f"/d/{document.id}")

    page.focus("#f-symbol")

    spot = page.locator("[data-sheet='1'] .spot")
    spot.wait_for()
    box, sheet = spot.bounding_box(), page.locator("[data-sheet='1']").bounding_box()
    assert box is not None
    assert sheet is not None
    assert box["x"] - sheet["x"] == pytest.approx(0.1 * sheet["width"], abs=8)
    page.wait_for_function("document.querySelector('[data-field=symbol] canvas').width > 50")


def test_an_open_inbox_learns_of_a_new_paper(house: House, page: sync_api.Page) -> None:
    assert page.locator("tr[data-id]").count() == 0

    document = house.proposed("moi.pdf")

    page.wait_for_selector(f"tr[data-id='{document.id}']")
    page.wait_for_function("document.querySelector('[data-count=confirm]').textContent === '1'")


def test_an_open_page_tells_that_somebody_else_was_quicker(house: House, page: sync_api.Page) -> None:
    from gateway.document import Change

    document = house.proposed()
    page.goto(f"/d/{document.id}")
    page.fill("#f-subject", "đang gõ dở")

    house.store.record(document, Change(what="corrected"), who="hoa")

    page.wait_for_selector(".toast")
    assert page.input_value("#f-subject") == "đang gõ dở"
