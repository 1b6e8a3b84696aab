"""For everybody: axe-core finds nothing in light and dark, at 200 % nothing is cut off; print is whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from gateway.document import Change, Held
from tests.gateway.review.house import PASSWORD, House

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
axe = pytest.importorskip("axe_playwright_python.sync_playwright")


def addresses(house: House) -> Iterator[str]:
    """One of each kind of page."""
    unsure, sealable, held = house.proposed(sure=False), house.confirmed("b.pdf"), house.proposed("c.pdf")
    house.store.record(held, Change(what="held", held=Held("clerk", "Chờ bản giấy.")), who="lan")
    yield from ("/?tab=confirm", "/?tab=seal", "/?q=125&find=1", "/?tab=sent", "/bulk", "/seal", "/overview", "/me",
                "/people", "/tokens", "/alarms", "/journal", "/bodies?q=so&code=H99.2")  # fmt: skip
    yield from (f"/d/{one.id}?tab=confirm" for one in (unsure, sealable, held))
    yield f"/d/{unsure.id}/pages"


def everybody(house: House) -> None:
    """One person who may see every page, as the first user may."""
    house.person("toan", "clerk", "sealer", "head", "auditor", "admin")


def enter(page: Page) -> None:
    page.goto("/login")
    page.fill("#login", "toan")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")


def violations(page: Page) -> list[str]:
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for one in found.response["violations"] for node in one["nodes"]]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(house: House, page: Page, scheme: str) -> None:
    everybody(house)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto("/login")
    found = {"/login": violations(page)}
    enter(page)
    for address in addresses(house):
        page.goto(address)
        page.wait_for_load_state("load")
        found[address] = violations(page)
    page.goto("/?tab=confirm")
    page.keyboard.press("?")
    page.wait_for_selector("dialog#help[open]")
    found["help"] = violations(page)
    assert {address: said for address, said in found.items() if said} == {}


def test_at_200_percent_and_on_a_phone_nothing_is_cut_off(house: House, page: Page) -> None:
    everybody(house)
    enter(page)
    wide, everywhere = {}, list(addresses(house))
    for width, height in ((683, 384), (390, 844)):  # 1366x768 at 200 % has that many CSS pixels
        page.set_viewport_size({"width": width, "height": height})
        for address in everywhere:
            page.goto(address)
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 1:
                wide[f"{address} {width}"] = over
    assert wide == {}


def test_print_shows_the_paper_and_not_the_tools(house: House, page: Page) -> None:
    document = house.confirmed()
    page.goto(f"/d/{document.id}")
    page.emulate_media(media="print")
    shown = page.evaluate(
        "['.top', '.acts', '.bar'].filter((one) => document.querySelector(one)?.checkVisibility())"
    )
    assert shown == []
    assert page.locator("[data-sheet='1'] img").is_visible()
