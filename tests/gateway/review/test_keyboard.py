"""The document page in Debian's Chromium, without a mouse: walk the doubts, choose a recipient, confirm, seal."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.document import Stage
from gateway.review.web import create_app
from rules.field import Name
from tests.gateway.review.house import PASSWORD, House

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def white_page() -> bytes:
    import cv2
    import numpy as np

    return bytes(cv2.imencode(".png", np.full((2263, 1600), 255, np.uint8))[1])


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """The desk on a real socket."""
    import uvicorn

    picture = white_page()
    app = create_app(replace(house.desk, picture=lambda path, page, width: picture))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def page(address: str) -> Iterator[sync_api.Page]:
    """A logged-in page at the size of an old office screen; any error on its console fails the test."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1366, "height": 768}, base_url=address)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/login")
        page.fill("#login", "lan")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/")
        yield page
        browser.close()
    assert complaints == []


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
    assert spot.is_visible()
    box, sheet = spot.bounding_box(), page.locator("[data-sheet='1']").bounding_box()
    assert box is not None
    assert sheet is not None
    assert box["x"] - sheet["x"] == pytest.approx(0.1 * sheet["width"], abs=8)
    assert page.evaluate("document.querySelector('[data-field=symbol] canvas').width") > 50


def test_an_open_inbox_learns_of_a_new_paper(house: House, page: sync_api.Page) -> None:
    assert page.locator("tr[data-id]").count() == 0

    document = house.proposed("moi.pdf")

    page.wait_for_selector(f"tr[data-id='{document.id}']", timeout=8000)
    assert page.text_content("[data-count=confirm]") == "1"


def test_an_open_page_tells_that_somebody_else_was_quicker(house: House, page: sync_api.Page) -> None:
    from gateway.document import Change

    document = house.proposed()
    page.goto(f"/d/{document.id}")
    page.fill("#f-subject", "đang gõ dở")

    house.store.record(document, Change(what="corrected"), who="hoa")

    page.wait_for_selector(".toast", timeout=8000)
    assert page.input_value("#f-subject") == "đang gõ dở"
