"""Webhooks at the desk: an administrator puts an address in, sees how it stands, its key, and tries again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from gateway.errors import NotAllowed
from gateway.review.desk import Programs
from gateway.review.web import create_app
from tests.gateway.review.house import House

URL = "https://phan-mem.example.vn/nhan"


def only_known(url: str) -> str:
    if url != URL:
        raise NotAllowed("Máy chủ này không được phép. Hãy sửa lại.")
    return url


@pytest.fixture
def open_house(house: House) -> House:
    """With webhooks switched on, and an administrator at the desk."""
    programs = Programs(only_known, lambda hook: f"whsec_{hook.id}")
    app = create_app(replace(house.desk, programs=programs))
    opened = replace(house, client=TestClient(app, follow_redirects=False))
    opened.person("quan", "admin")
    opened.enter("quan")
    return opened


def test_an_address_is_put_in_its_key_shown_and_it_ends(open_house: House) -> None:
    status, page = open_house.answer("/webhooks", url=URL, unit="H99.1")
    assert (status, '<code class="secret">whsec_1</code>' in page) == (200, True)
    assert "whsec_" not in open_house.client.get("/webhooks").text
    assert "whsec_1" in open_house.answer("/webhooks/1/key")[1]
    assert open_house.post("/webhooks/1/end") == 303
    assert URL not in open_house.client.get("/webhooks").text
    assert open_house.post("/webhooks/1/end") == 404
    lines = [line.what for line in open_house.store.journal.recent(9) if line.what.startswith("hook_")]
    assert lines == ["hook_ended", "hook_key_shown", "hook_made"]


def test_what_cannot_be_is_refused_with_the_reason(open_house: House) -> None:
    assert "không được phép" in open_house.answer("/webhooks", url="http://a/", unit="H99.1")[1]
    assert open_house.answer("/webhooks", url=URL, unit="H00")[0] == 422
    assert open_house.store.hooks.open() == []


def test_what_was_given_up_is_seen_and_sent_again_at_a_button(open_house: House) -> None:
    store = open_house.store
    hook = store.hooks.make("H99.1", URL, by="quan", at=open_house.clock())
    document = open_house.proposed()
    (call,) = store.hooks.due(open_house.clock())
    now = open_house.clock()
    assert store.hooks.begin(call, now, now + dt.timedelta(minutes=1))
    store.hooks.failed(call, "phan-mem.example.vn trả lời mã 500. Hãy kiểm tra.", rests_until=now, again_at=None)
    page = open_house.client.get("/webhooks").text
    assert "trả lời mã 500" in page
    assert f'action="/webhooks/{hook.id}/again"' in page
    assert open_house.post(f"/webhooks/{hook.id}/again") == 303
    assert store.hooks.of(document.id)[0].state == "waiting"


def test_without_hosts_the_page_says_where_to_begin(house: House) -> None:
    house.person("quan", "admin")
    house.enter("quan")
    assert "webhooks.hosts" in house.client.get("/webhooks").text
    assert house.answer("/webhooks", url=URL, unit="H99.1")[0] == 422
