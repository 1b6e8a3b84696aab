"""The next paper is drawn into the open window: no page is built anew, nothing of a paper is kept on the disk."""

from __future__ import annotations

import socket

import pytest

from gateway.review.web import frame
from gateway.web_server import WebServer
from tests.gateway.review.house import House

sync_api = pytest.importorskip("playwright.sync_api")


@pytest.mark.browser
def test_confirming_draws_the_next_paper_into_the_same_window_and_back_leads_back(
        house: House, page: sync_api.Page) -> None:  # fmt: skip
    papers = []
    for number in range(3):
        papers.append(house.proposed(f"{number}.pdf"))
        house.clock.pass_(minutes=1)
    page.goto(f"/d/{papers[0].id}?tab=confirm")
    page.evaluate("window.mine = 1")
    page.wait_for_selector("[data-form]")
    page.click("[data-next]")
    page.wait_for_selector(f"[data-paper='{papers[1].id}']")
    page.click("[name=send][value='0']")
    page.keyboard.press("Shift+Control+Enter")
    page.wait_for_selector(f"[data-paper='{papers[0].id}']")
    assert page.evaluate("window.mine") == 1
    assert page.url.endswith(f"/d/{papers[0].id}?tab=confirm"), "the head of the queue is next"
    page.wait_for_function("document.activeElement.closest('[data-entries], .actions') !== null")
    page.focus("#f-symbol")
    page.locator("[data-sheet='1'] .spot").wait_for()  # the scan follows the cursor on the new paper too
    page.wait_for_function("document.querySelector('[data-sheet] img').naturalWidth > 0")
    page.go_back()
    page.wait_for_selector(f"[data-paper='{papers[1].id}']")


@pytest.mark.browser
def test_what_cannot_be_confirmed_says_so_and_keeps_what_was_typed(house: House, page: sync_api.Page) -> None:
    document = house.proposed()
    page.goto(f"/d/{document.id}?tab=confirm")
    page.fill("#f-symbol", "UBND-XYZ")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-trouble]")
    assert page.input_value("#f-symbol") == "UBND-XYZ"
    assert page.url.endswith(f"/d/{document.id}?tab=confirm")


@pytest.mark.browser
def test_a_session_that_has_ended_leads_to_the_login(house: House, page: sync_api.Page) -> None:
    document = house.proposed()
    house.clock.pass_(minutes=1)
    house.proposed("b.pdf")
    page.goto(f"/d/{document.id}?tab=confirm")
    page.wait_for_selector("[data-next][href]")
    page.context.clear_cookies()
    page.click("[data-next]")
    page.wait_for_selector("#password")


def test_scripts_may_be_kept_for_ever_and_pictures_never(house: House) -> None:
    document = house.proposed()
    house.enter("lan")
    page = house.client.get(f"/d/{document.id}")
    assert f'src="{frame.STATIC}/paper.js"' in page.text
    kept = {path: house.client.get(path).headers["cache-control"]
            for path in (f"{frame.STATIC}/paper.js", f"/d/{document.id}/pages/1.png", f"/d/{document.id}")}  # fmt: skip
    assert list(kept.values()) == ["public, max-age=31536000, immutable", "no-store, private", "no-store, private"]


def test_no_answer_waits_for_the_browsers_acknowledgement(house: House) -> None:
    from gateway.review.web import create_app

    server = WebServer(create_app(house.desk), "127.0.0.1", 0)
    server.start()
    with socket.create_connection(server._socket.getsockname()):
        assert server._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    server.stop()
