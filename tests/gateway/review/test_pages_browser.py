"""Pages put in order in a real browser, by keys alone, over a real scan that is read again by the real step."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from gateway.document import Change, Document, Door, Role, Stage
from gateway.recipe import Leaf
from gateway.review.rearrange import present
from gateway.steps.pages import PageTools
from gateway.steps.read import ReadTools, read
from ocr.child import ReaderPool
from tests.gateway.letters import SCAN, letter
from tests.gateway.review.conftest import serving, white_page
from tests.gateway.review.house import House
from tests.gateway.review.test_access import RULES, cut_off, violations
from tests.gateway.review.test_letter_page import proposed
from tests.ocr import drawing, stacks
from tests.verapdf import broken_rules

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
SAMPLES = Path(__file__).parents[3] / "samples"
SHOTS = Path(__file__).parents[3] / "docs" / "screenshots"
DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "application/pdf" }));
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def address(house: House, pool: ReaderPool) -> Iterator[str]:
    """The desk with the real drawing of pages; what only stands for a scan is white."""
    white = white_page()

    def picture(path: Path, page: int, width: int) -> bytes:
        return white if path.stat().st_size < 200 else pool.picture(path, page, width / 8.27)

    def scan_again(document: Document, text: str) -> Callable[[], None]:
        house.vault.work_folder().joinpath("note.txt").write_text(text, "utf-8")
        return lambda: None

    with serving(replace(house.desk, picture=picture, scan_again=scan_again)) as one:
        yield one


def tools(house: House, pool: ReaderPool) -> ReadTools:
    def opened(document: Document) -> Change:
        raise AssertionError("this is no letter")

    return ReadTools(pool, house.vault, lambda *_: None, opened,
                     pages=PageTools(house.vault, pool.assemble, pool.survey))  # fmt: skip


def read_now(house: House, pool: ReaderPool, document: Document) -> Document:
    document = house.store.record(document, read(document, tools(house, pool)), who="machine")
    return house.store.record(document, Change(what="proposed", to=Stage.PROPOSED), who="machine")


def scan() -> bytes:
    """Two letters in one scan, the second lying on its head, a blank page between them."""
    drawn = []
    for name in ("giay-moi-hop", "quyet-dinh-to-cong-tac"):
        with pypdfium2.PdfDocument(SAMPLES / f"{name}.pdf") as sample:
            drawn.append(sample[0].render(scale=150 / 72).to_pil().convert("RGB"))
    pages = [drawn[0], stacks.scanned(drawing.blank(150)), drawn[1].rotate(180)]
    return drawing.scan_pdf(pages, 150)


def test_pages_are_turned_split_and_had_back_by_keys(house: House, page: Page, pool: ReaderPool) -> None:
    page.goto("/?tab=confirm")
    with page.expect_navigation():
        page.evaluate(DROP, ["hai-van-ban.pdf", base64.b64encode(scan()).decode()])
    (document,) = uploaded(house)
    document = read_now(house, pool, document)
    assert (document.pages, kept(house, document)) == (2, [0, 2]), "the blank page is left out"

    page.goto(f"/d/{document.id}")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    page.wait_for_url("**/pages")
    page.wait_for_selector("[data-leaf] >> nth=2")
    assert page.locator(".leaf.out .pill").inner_text() == "Trang trắng"
    assert violations(page, RULES) == []
    assert cut_off(page) == []

    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")  # the blank page is in again
    page.wait_for_selector(".leaf:nth-child(2):not(.out)")
    page.keyboard.press("x")  # and out
    page.wait_for_selector(".leaf.out:nth-child(2)")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("r")
    page.wait_for_selector(".leaf:nth-child(3) img.turn-270")  # from where the machine had turned it
    page.keyboard.press("l")
    page.wait_for_selector(".leaf:nth-child(3) img.turn-180")
    page.keyboard.press("s")
    page.wait_for_selector(".leaf.cut-here:nth-child(3)")
    shoot(page)
    assert violations(page, RULES) == []
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/d/{document.id}")

    first = house.store.get(document.id)
    (second,) = house.store.kin.of(first)
    assert (kept(house, first), kept(house, second)) == ([0], [2])
    second = read_now(house, pool, second)
    archive = second.file(Role.ARCHIVE)
    assert archive is not None
    assert broken_rules(house.vault.path(archive), "2b") == []

    page.goto(f"/d/{document.id}/pages")
    page.keyboard.press("Control+z")
    page.wait_for_url(f"**/d/{document.id}")
    whole = house.store.get(document.id)
    assert present(house.desk, whole).leaves == tuple(
        Leaf(whole.files[0].sha256, index, dropped="blank" if index == 1 else "") for index in range(3))  # fmt: skip
    assert house.store.get(second.id).stage is Stage.REJECTED


def uploaded(house: House) -> list[Document]:
    from gateway.store.store import Query

    return list(house.store.find(Query(door=Door.DESK)).documents)


def kept(house: House, document: Document) -> list[int]:
    return [leaf.index for leaf in present(house.desk, document).recipe.kept]


def shoot(page: Page) -> None:
    """A picture for the guide, when somebody has asked for pictures."""
    if os.environ.get("VANTHU_SCREENSHOTS"):
        page.wait_for_timeout(600)
        page.screenshot(path=SHOTS / "pages.png")


def test_the_next_scan_folds_in_by_keys_and_out_and_in_again(house: House, page: Page) -> None:
    fronts = house.proposed("truoc.pdf")
    house.clock.pass_(seconds=9)
    backs = house.proposed("sau.pdf")
    page.goto(f"/d/{fronts.id}/pages")
    page.locator("details.more summary").focus()
    page.keyboard.press("Enter")
    assert violations(page, RULES) == []
    page.locator("button[value=collate]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/d/{fronts.id}")
    assert house.store.get(fronts.id).pages == 4
    assert house.store.get(backs.id).stage is Stage.REJECTED
    for keys, count, alone in (("Control+z", 2, 1), ("Control+y", 4, 0)):
        page.goto(f"/d/{fronts.id}/pages")
        page.wait_for_selector("[data-leaf]")
        page.keyboard.press(keys)
        page.wait_for_url(f"**/d/{fronts.id}")
        first = house.store.get(fronts.id)
        others = [one for one in house.store.kin.of(first) if one.stage is Stage.RECEIVED]
        assert (first.pages, len(others)) == (count, alone), keys


def test_a_letter_is_taken_in_and_out_again_by_keys(house: House, page: Page) -> None:
    first = proposed(house, letter(("a.pdf", SCAN)))
    other = proposed(house, letter(("phụ lục.pdf", SCAN + b"\n"), subject="tiếp"))
    page.goto(f"/d/{first.id}")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("m")
    page.wait_for_selector("details.beside[open]")
    page.get_by_role("button", name="Gộp thư này vào").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert len(house.store.get(first.id).attachments) == 1
    back = page.get_by_role("button", name=f"Tách thư {other.name} ra")
    assert "trở lại ngăn Chờ xác nhận" in page.locator("tbody.gathered").inner_text()
    assert violations(page, RULES) == []
    assert cut_off(page) == []
    back.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert house.store.get(first.id).attachments == ()
    assert house.store.get(other.id).stage is Stage.PROPOSED
    assert page.locator("details.beside").count() == 1, "it may be taken in again"


def test_a_new_scan_is_asked_for_by_keys(house: House, page: Page) -> None:
    document = house.proposed()
    page.goto(f"/d/{document.id}")
    page.locator("footer details.more summary").focus()
    page.keyboard.press("Enter")
    page.locator("[data-open=rescan]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog#rescan[open]")
    assert violations(page, RULES) == []
    page.keyboard.press("ArrowDown")  # blurred
    page.keyboard.press("Tab")
    page.keyboard.type("trang 2")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    ended = house.store.get(document.id)
    assert (ended.stage, "bị mờ" in ended.reason, "trang 2" in ended.reason) == (Stage.REJECTED, True, True)
    assert "Scan again" in house.vault.work_folder().joinpath("note.txt").read_text("utf-8")
