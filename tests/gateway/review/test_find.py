"""Finding: filters, the exact mode, saved views, the list as a spreadsheet."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from gateway.document import Change, Document
from gateway.store.views import MOST
from rules.field import Field, Name
from tests.gateway.review.house import House, proposal

if TYPE_CHECKING:
    from playwright.sync_api import Page


def about(house: House, name: str, subject: str, **values: str) -> Document:
    fields = proposal(True) | {Name.SUBJECT: Field(Name.SUBJECT, subject, 0.99, sure=True)}
    fields |= {Name(key): Field(Name(key), value, 0.99, sure=True) for key, value in values.items()}
    return house.store.record(house.proposed(name), Change(what="corrected", fields=fields), who="machine")


def found(house: House, query: str) -> list[str]:
    page = house.client.get(f"/?{query}")
    assert page.status_code == 200
    return sorted(part.split('"', 1)[0] for part in page.text.split('data-name="')[1:])


def test_words_filters_and_the_exact_mode_narrow_the_list(house: House) -> None:
    house.enter("lan")
    about(house, "x1.pdf", "mua sắm bàn ghế", doc_type="Kế hoạch", date="2026-11-02")
    about(house, "x2.pdf", "múa hát mừng xuân", date="2026-11-10")

    assert found(house, "q=mua") == ["x1.pdf", "x2.pdf"]
    assert found(house, "q=mua&exact=1") == ["x1.pdf"]
    assert found(house, f"q={quote('múa')}&exact=1") == ["x2.pdf"]
    assert found(house, f"type={quote('Kế hoạch')}") == ["x1.pdf"]
    assert found(house, "from=05/11/2026&to=30/11/2026") == ["x2.pdf"]
    assert found(house, "q=mua&door=imap") == []
    assert found(house, "q=mua&tab=sent") == []


@pytest.mark.parametrize("query", ["offset=-1", "offset=9x", "door=nowhere", "from=99/99/9999", "type=%00", "q=%22*"])
def test_what_no_filter_understands_is_left_out(house: House, query: str) -> None:
    house.enter("lan")
    assert house.client.get(f"/?{query}").status_code == 200
    assert house.client.get(f"/rows?{query}").status_code == 200


def test_a_list_is_exported_as_text_and_dates_never_as_formulas(house: House) -> None:
    house.enter("lan")
    about(house, "a.pdf", "=HYPERLINK(1)")
    house.proposed("b.pdf", unit="H99.9")
    house.person("binh", "clerk", units=frozenset({"H99.1"}))
    house.enter("binh")

    answer = house.client.get(f"/export.xlsx?type={quote('Công văn')}")

    book = zipfile.ZipFile(io.BytesIO(answer.content))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=HYPERLINK(1)" in sheet + book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count("<row ") == 2, "the heads and the one paper of the clerk's unit"
    assert "no-store" in answer.headers["cache-control"]
    assert [(one.what, one.who, one.why) for one in house.store.journal.recent(1)] == [("exported", "binh", "1.")]


def test_a_list_is_saved_under_a_name_and_belongs_to_its_owner(house: House) -> None:
    house.enter("lan")
    query = "q=ban&from=2026-11-01"
    assert house.post("/views", name="  Tháng   11 ", query=query) == 303
    assert 'href="/?q=ban&amp;from=2026-11-01"' in house.client.get("/?find=1").text
    house.person("binh", "clerk")
    house.enter("binh")
    assert "Tháng 11" not in house.client.get("/?find=1").text

    house.enter("lan")
    for n in range(MOST + 1):
        house.post("/views", name=f"v{n}", query=query)
    assert len(house.store.views.of("lan")) == MOST
    house.post("/views", drop="Tháng 11", query=query)
    assert "Tháng 11" not in {one.name for one in house.store.views.of("lan")}


def test_a_saved_view_leads_nowhere_but_to_the_list(house: House) -> None:
    house.enter("lan")
    house.post("/views", name="x", query="q=a&next=//evil.example&onload=1")
    assert [one.query for one in house.store.views.of("lan")] == ["q=a"]


@pytest.mark.browser
def test_a_list_is_filtered_saved_and_opened_again_by_keyboard(house: House, page: Page) -> None:
    about(house, "a.pdf", "phòng chống lụt bão")
    page.goto("/")
    page.wait_for_selector("tr[data-id].at")

    page.keyboard.press("f")
    page.wait_for_selector(".filters [name=q]:focus")
    page.keyboard.type("lut bao")
    page.keyboard.press("Enter")
    page.wait_for_selector("tr[data-id]")
    page.fill("#view-name", "Lụt bão")
    page.keyboard.press("Enter")
    page.wait_for_selector(".views .chip a[aria-current]")

    assert page.inner_text(".views .chip a") == "Lụt bão"
