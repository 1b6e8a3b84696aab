"""For everybody: on every page axe-core finds nothing in light and dark, at 200 % and on a phone nothing is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest

from tests.gateway.review.house import PASSWORD, House
from tests.gateway.review.walk import addresses

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLORS = {"type": "rule", "values": ["color-contrast"]}
"""What dark mode changes."""
WIDE, ENLARGED, PHONE = (1366, 768), (683, 384), (390, 844)
"""1366x768 at 200 % has half as many CSS pixels each way."""


def enter(page: Page) -> None:
    page.goto("/login")
    page.fill("#login", "toan")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    found = axe.Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for one in found.response["violations"] for node in one["nodes"]]  # fmt: skip


def cut_off(page: Page) -> list[str]:
    """Widths at which the page has to be scrolled sideways."""
    found = []
    for width, height in (ENLARGED, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{over} pixels too wide for {width}"] if over > 1 else []
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    return found


def test_every_page_is_for_everybody(house: House, page: Page) -> None:
    everywhere = addresses(house)
    enter(page)
    found, doubted = {}, next(one for one in everywhere if one.startswith("/d/"))
    for address in [*everywhere, "?"]:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if address == "?":
            page.goto("/?tab=confirm")
            page.keyboard.press("?")
            page.wait_for_selector("dialog#help[open]")
        else:
            page.goto(address)
        said = violations(page, RULES)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        said += [f"dark: {one}" for one in violations(page, COLORS)]
        if address == doubted:
            page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
            said += [f"phone: {one}" for one in violations(page, RULES)]
        if said := said + cut_off(page):
            found[address] = said
    assert found == {}, "\n".join(f"{address}: {said}" for address, said in found.items())


def test_print_shows_the_paper_and_not_the_tools(house: House, page: Page) -> None:
    document = house.confirmed()
    page.goto(f"/d/{document.id}")
    page.emulate_media(media="print")
    shown = page.evaluate(
        "['.top', '.acts', '.bar'].filter((one) => document.querySelector(one)?.checkVisibility())"
    )
    assert shown == []
    assert page.locator("[data-sheet='1'] img").is_visible()
    assert "không thay bản chính" in page.locator(".print-mark").inner_text()
    page.wait_for_function("[...document.images].every((one) => { one.loading = 'eager'; return one.complete; })")
    printed = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    assert len(printed) == 3, "each of its two pages on one sheet, then what is known of it"
