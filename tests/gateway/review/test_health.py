"""What machines ask: health, metrics; and the figures behind the overview's charts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from fastapi.testclient import TestClient

from gateway.document import Change, Door, Mover, Recipient, Stage
from gateway.review.desk import HealthLine
from gateway.review.web import create_app
from gateway.review.web.charts import stacked
from tests.gateway.review.house import House


def test_health_is_200_when_all_is_well_and_503_when_not(house: House) -> None:
    line = HealthLine("Thư mục máy quét", True, "20/11/2026 09:00.")
    for ok, status in ((True, 200), (False, 503)):
        desk = replace(house.desk, health=lambda ok=ok: [replace(line, ok=ok)])  # type: ignore[misc]
        with TestClient(create_app(desk)) as client:
            answer = client.get("/health.json")
        assert (answer.status_code, answer.json()["ok"]) == (status, ok)
        assert answer.json()["parts"][0]["name"] == "Thư mục máy quét"


def test_metrics_name_no_letter_and_answer_nobody_from_elsewhere(house: House) -> None:
    house.proposed()
    house.store.door_seen('im"ap\n', house.clock(), "Không kết nối được.")
    house.clock.pass_(hours=4)
    text = house.client.get("/metrics").text
    assert 'vanthu_documents{stage="proposed"} 1' in text
    assert "vanthu_late 1" in text
    assert 'vanthu_door_trouble{door="im\\"ap "} 1' in text
    assert all(line.startswith("#") or len(line.rsplit(" ", 1)) == 2 for line in text.splitlines())
    assert "UBND" not in text
    for address in ("/metrics", "/health.json"):
        assert house.client.get(address, headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404
        with TestClient(create_app(house.desk), client=("192.0.2.1", 999)) as far:
            assert far.get(address).status_code == 404


def test_figures_count_what_came_was_right_and_was_late(house: House) -> None:
    house.enter("lan")
    on_time, late = house.confirmed("a.pdf"), house.confirmed("b.pdf", door=Door.IMAP)
    corrected = house.proposed("c.pdf", unit="H99.9")
    to = (Recipient("H99.2", "Sở"),)
    house.store.record(corrected, Change(what="confirmed", why="Sửa: số.", to=Stage.CONFIRMED, by=Mover.CLERK,
                                         recipients=to), who="lan")  # fmt: skip
    for document in (on_time, late):
        sealed = Change(what="sealed", to=Stage.SEALED, by=Mover.CLERK, parcel_id=document.id)
        house.store.record(house.store.record(document, sealed, who="lan"), Change(what="sent", to=Stage.SENT),
                           who="machine")  # fmt: skip
        house.clock.pass_(days=1)
    *_, first, second = house.store.figures.days(dt.date(2026, 11, 21), 30)
    assert first.by_door == {Door.FOLDER: 2, Door.IMAP: 1}
    assert (first.confirmed, first.corrected, first.sent, first.late) == (3, 1, 1, 0)
    assert (second.sent, second.late) == (1, 1)
    assert house.store.figures.days(dt.date(2026, 11, 20), 1, frozenset({"H99.9"}))[0].by_door == {Door.FOLDER: 1}
    house.enter("lan")
    page = house.client.get("/overview").text
    assert page.count('<svg viewBox="0 0 420 120"') == 3
    assert "<title>Thư mục quét, 20/11: 2</title>" in page


def test_a_chart_stacks_its_series_and_an_empty_one_is_empty() -> None:
    chart = stacked(["1", "2"], [[1, 0], [3, 4]])
    assert [(bar.series, bar.said) for bar in chart.bars] == [(0, "1: 1"), (1, "1: 3"), (1, "2: 4")]
    assert chart.bars[0].y + chart.bars[0].height == 104
    assert chart.bars[1].y + chart.bars[1].height == chart.bars[0].y
    assert stacked([], []).bars == ()


def test_what_became_of_our_notices_stands_on_the_papers_page(house: House) -> None:
    document = house.received("a.pdf", door=Door.IMAP, by="van-thu@xa.example")
    owed = house.store.notices.of(document.id)[0]
    house.store.notices.begin(owed)
    house.store.notices.end(owed, "given_up", house.clock(), trouble="Hộp thư không có.")
    house.enter("lan")
    page = house.client.get(f"/d/{document.id}").text
    assert "không gửi được thư" in page
    assert "Hộp thư không có." in page
