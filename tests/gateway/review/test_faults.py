"""The desk in trouble that nobody has foreseen."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from tests.gateway.review.house import House


def test_what_nobody_has_foreseen_is_told_as_a_page_and_to_programs_as_json(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = house.store.tokens.make("may-quet", "H99.1", by="quan", at=house.clock())
    house.enter("lan")

    def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("no such host"))

    monkeypatch.setattr(house.store, "find", away)
    monkeypatch.setattr(house.store, "get", away)
    calm = TestClient(house.client.app, raise_server_exceptions=False, cookies=house.client.cookies)
    answer = calm.get("/?tab=confirm")
    assert (answer.status_code, answer.headers["x-frame-options"]) == (500, "DENY")
    assert "báo quản trị viên kèm giờ dưới đây" in answer.text
    assert "20/11/2026 09:00" in answer.text
    assert 'href="/d/abc"' in calm.get("/d/abc").text
    assert "trouble" in calm.get("/", headers={"Sec-Fetch-Dest": "empty"}).json()
    told = calm.get("/api/v1/documents/abc", headers={"Authorization": f"Bearer {token}"})
    assert (told.status_code, "Hãy gửi lại" in told.json()["trouble"]) == (500, True)
