"""The guides are pages of the desk: offline, under the same policy, for whoever is logged in."""

from __future__ import annotations

import re

from gateway.review.web import frame
from gateway.review.web.guide import DOCS, GUIDES
from tests.gateway.review.house import House


def test_every_guide_is_read_at_the_desk_with_its_pictures(house: House) -> None:
    house.enter("lan")
    assert [name for name in GUIDES if f'href="/help/{name}"' not in house.client.get("/help").text] == []
    for name in GUIDES:
        answer = house.client.get(f"/help/{name}")
        assert (answer.status_code, answer.headers["content-security-policy"]) == (200, frame.POLICY), name
        assert "<script>" not in answer.text
        assert not re.search(r'<(?!a )[a-z]+[^>]* (?:src|style)="(?!/static|screenshots/)', answer.text), name
        for picture in re.findall(r'src="(screenshots/[^"]+)"', answer.text):
            shown = house.client.get(f"/help/{picture}")
            assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png"), picture
        for link in re.findall(r'href="([\w-]+\.md)"', answer.text):
            assert house.client.get(f"/help/{link}").status_code == 200, link


def test_nothing_else_of_the_machine_is_read_there(house: House) -> None:
    house.enter("lan")
    for name in ("performance", "..%2FREADME", "screenshots/..%2F..%2FREADME.md", "%2e%2e%2fREADME.md"):
        assert house.client.get(f"/help/{name}").status_code == 404, name
    house.client.cookies.clear()
    assert house.client.get("/help/van-thu").status_code == 303


def test_the_desk_leads_to_its_guides(house: House) -> None:
    house.enter("lan")
    assert house.client.get("/").text.count('href="/help"') == 2
    assert sorted(GUIDES) == sorted(name for name in GUIDES if (DOCS / f"{name}.md").is_file())
