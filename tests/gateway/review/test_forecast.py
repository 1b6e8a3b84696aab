"""How long a paper still takes: said from this house's own history, and not at all without one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from gateway.document import Change, Stage
from gateway.review.forecast import (
    HOURS,
    MINUTES,
    SECONDS,
    SOON,
    SPAN,
    Span,
    history_of,
    while_read,
    while_waiting,
    words_of,
)
from gateway.review.web import create_app
from gateway.store.pace import ReadTook
from tests.gateway.review.house import House

TEN = [ReadTook(float(seconds), 2) for seconds in (10, 10, 10, 10, 10, 12, 12, 12, 30, 60)]


def test_few_papers_are_no_history() -> None:
    assert history_of(TEN[:4]) is None
    history = history_of(TEN)
    assert history is not None
    assert (history.page, history.paper) == (Span(5, 15), Span(10, 30))


def test_what_is_left_shrinks_with_the_time_but_not_below_the_pages_left() -> None:
    history = history_of(TEN)
    assert history is not None
    assert while_read(history, 0, None) == Span(10, 30)
    assert while_read(history, 20, (2, 10)) == Span(40, 130)
    assert while_read(history, 300, (8, 10)) == Span(10, 30)
    assert while_read(history, 300, (10, 10)) == Span(0, 0)
    assert while_waiting(history, ahead=6, readers=2) == Span(40, 120)


@pytest.mark.parametrize(("span", "said", "slots"), [
    (Span(1, 14), SOON, {}), (Span(5, 31), SECONDS, {"high": 40}), (Span(30, 60), MINUTES, {"high": 1}),
    (Span(61, 120), MINUTES, {"high": 2}), (Span(60, 150), SPAN, {"low": 1, "high": 3}),
    (Span(600, 7300), HOURS, {"high": 3})])  # fmt: skip
def test_it_is_said_as_people_say_it(span: Span, said: str, slots: dict[str, int]) -> None:
    assert words_of(span) == (said, slots)


def read_before(house: House, count: int, seconds: float) -> None:
    """Papers of two pages that were read."""
    for number in range(count):
        document = house.received(f"{number}.pdf")
        at = house.clock()
        attempt = house.store.attempt(document.id, f"read:{document.version}", at)
        house.store.record(document, Change(what="read", to=Stage.READ, pages=2), who="machine")
        house.store.attempt_done(attempt, "done", at + dt.timedelta(seconds=seconds))


def test_a_paper_that_waits_says_its_place_and_one_that_is_read_its_pages(house: House) -> None:
    read_before(house, 5, 60)
    begun = house.received("a.pdf")
    house.clock.pass_(seconds=1)
    waiting = house.received("b.pdf")
    house.store.attempt(begun.id, f"read:{begun.version}", house.clock())
    known = {begun.id: (1, 4)}
    desk = replace(house.desk, progress=known.get, in_work=lambda: tuple(known))
    with TestClient(create_app(desk), follow_redirects=False) as client:
        there = replace(house, client=client)
        there.enter("lan")
        rows = client.get("/?tab=confirm").text
        assert "đã đọc 1/4 trang, khoảng 2 phút nữa" in rows
        assert "còn 1 văn bản đọc trước, khoảng 2 phút nữa" in rows
        page = client.get(f"/d/{begun.id}").text
        assert 'value="1" max="4"' in page
        assert "khi đến lượt" in client.get(f"/d/{waiting.id}").text
        client.cookies.set("vanthu_lang", "en")
        assert "1 of 4 pages read, about 2 minutes more" in client.get(f"/d/{begun.id}").text


def test_without_a_history_nothing_is_promised(house: House) -> None:
    read_before(house, 4, 60)
    house.received("a.pdf")
    house.enter("lan")
    assert "phút nữa" not in house.client.get("/?tab=confirm").text
