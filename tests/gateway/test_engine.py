"""Both engines over a real database (one in memory, one by DBOS): no Document that waits is forgotten."""
from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.document import VN, Change, Document, Mover, Stage
from gateway.engine import LEGS, Engine
from gateway.errors import ExchangeDown
from gateway.lanes import Pace, leg_id
from gateway.legs import Legs, Patience
from gateway.lone_engine import LoneEngine
from gateway.pipeline import NET_LANE, READ_LANE, Step, pipeline
from rules.field import Field, Name
from tests.gateway.papers import Papers
from tests.waiting import wait_for

PACE = Pace({READ_LANE: 2, NET_LANE: 2}, poll_s=0.1, heal_s=0.3)
STOP_S = 60.0
"""Long: DBOS is one for a process, and what an engine has left running would be run by the next test's."""
SLOW = Pace(PACE.lanes, heal_s=600.0)
"""Looks for nothing by itself."""
sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
postgres = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
both = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def papers(tmp_path: Path, url: str) -> Iterator[Papers]:
    papers = Papers.in_folder(tmp_path, url)
    yield papers
    papers.store.close()


def engine_of(papers: Papers, *, read: Step | None = None, send: Step | None = None,
              pace: Pace = PACE) -> Engine | LoneEngine:
    url = papers.store.engine.url.render_as_string(hide_password=False)
    tasks = pipeline(
        read=read or (lambda _: Change(what="read", to=Stage.READ)),
        propose=lambda _: Change(what="proposed", to=Stage.PROPOSED),
        send=send or (lambda _: Change(what="sent", to=Stage.SENT)),
        recall=lambda _: None, read_tries=3, send_tries=9)
    patience = Patience(first_s=0.2, longest_s=1.0, most_crashes=3)
    run = Legs(papers.store, tasks, patience).run
    if url.startswith("sqlite"):
        return LoneEngine(papers.store, run, tasks=tasks, pace=pace)
    return Engine(papers.store, url, run, tasks=tasks, pace=pace)


@pytest.fixture
def engine(papers: Papers) -> Iterator[Engine | LoneEngine]:
    engine = engine_of(papers)
    engine.start()
    yield engine
    engine.stop(STOP_S)


def stands(papers: Papers, document: Document, stage: Stage) -> Callable[[], bool]:
    return lambda: papers.store.get(document.id).stage is stage


def leg_rows(papers: Papers) -> dict[str, str]:
    with papers.store.engine.begin() as connection:
        rows = connection.execute(sa.text("select workflow_uuid, status from dbos.workflow_status"))
        return {row[0]: row[1] for row in rows}


def left_behind(papers: Papers, leg: str, status: str, release: str) -> None:
    """A leg as a killed process leaves it: begun, and nobody at it; or never begun."""
    row = {"leg": leg, "status": status, "release": release,
           "inputs": f'{{"positionalArgs":["{leg.partition(":")[0]}",1],"namedArgs":{{}}}}'}
    with papers.store.engine.begin() as connection:
        connection.execute(sa.text(
            "insert into dbos.workflow_status "
            "(workflow_uuid, status, name, executor_id, queue_name, application_version, inputs, "
            "created_at, updated_at, priority, serialization) "
            "select :leg, :status, 'leg', 'dead-1', 'read', :release, :inputs, 1, 1, 1, 'portable_json'"), row)


@both
def test_what_comes_in_is_read_and_proposed_by_itself(papers: Papers, engine: Engine | LoneEngine) -> None:
    document = papers.received()
    wait_for(stands(papers, document, Stage.PROPOSED))
    assert papers.store.get(document.id).version == 3


@both
def test_what_waited_before_the_start_is_found_in_the_rows(papers: Papers) -> None:
    document, sealed = papers.received("a.pdf"), papers.sealed("b.pdf")
    engine = engine_of(papers)
    engine.start()
    try:
        wait_for(stands(papers, document, Stage.PROPOSED))
        wait_for(stands(papers, sealed, Stage.SENT))
    finally:
        engine.stop(STOP_S)


@both
def test_a_move_that_is_rolled_back_leaves_no_leg(papers: Papers) -> None:
    ran: list[str] = []
    engine = engine_of(papers)
    engine._run = lambda document_id, _: ran.append(document_id)
    engine.start()
    try:
        enqueue = papers.store.on_leg
        assert enqueue is not None
        lost: list[str] = []

        def then_fail(connection: sa.Connection, document: Document) -> None:
            enqueue(connection, document)
            lost.append(document.id)
            raise ConnectionError

        papers.store.on_leg = then_fail
        with pytest.raises(ConnectionError):
            papers.received()
        papers.store.on_leg = enqueue
        kept = papers.received("b.pdf")
        wait_for(lambda: kept.id in ran)
        assert lost
        assert lost[0] not in ran
    finally:
        engine.stop(STOP_S)


@postgres
@pytest.mark.parametrize(("status", "release"), [("PENDING", LEGS), ("PENDING", "legs-0"), ("ENQUEUED", "legs-0")])
def test_a_leg_of_a_dead_process_or_an_older_release_is_taken_over(papers: Papers, status: str, release: str) -> None:
    first = engine_of(papers)
    first.start()
    first.stop(STOP_S)
    document = papers.received()
    left_behind(papers, leg_id(document.id, 1), status, release)
    second = engine_of(papers)
    second.start()
    try:
        wait_for(stands(papers, document, Stage.PROPOSED))
        wait_for(lambda: leg_rows(papers)[leg_id(document.id, 1)] == "SUCCESS")
    finally:
        second.stop(STOP_S)


@both
def test_a_leg_that_ended_without_a_result_is_made_again(papers: Papers) -> None:
    lost = threading.Event()
    engine = engine_of(papers)
    run = engine._run

    def lose_once(document_id: str, version: int) -> None:
        if not lost.is_set():
            lost.set()
            raise sa.exc.OperationalError("insert", {"text": "noi dung"}, Exception("disk full"))
        run(document_id, version)

    engine._run = lose_once
    engine.start()
    try:
        document = papers.received()
        wait_for(stands(papers, document, Stage.PROPOSED))
        assert lost.is_set()
    finally:
        engine.stop(STOP_S)


@postgres
def test_a_leg_goes_on_with_the_step_that_would_come_next(papers: Papers, engine: Engine | LoneEngine) -> None:
    document = papers.received()
    wait_for(stands(papers, document, Stage.PROPOSED))
    assert {one for one in leg_rows(papers) if one.startswith(document.id)} == {leg_id(document.id, 1)}


@both
def test_what_a_leg_could_not_go_on_with_gets_a_leg_of_its_own(papers: Papers) -> None:
    lost = threading.Event()
    engine = engine_of(papers)
    run = engine._run

    def lose_once(document_id: str, version: int) -> None:
        if version == 2 and not lost.is_set():
            lost.set()
            raise sa.exc.OperationalError("insert", {}, Exception("disk full"))
        run(document_id, version)

    engine._run = lose_once
    engine.start()
    try:
        document = papers.received()
        wait_for(stands(papers, document, Stage.PROPOSED))
        assert lost.is_set()
    finally:
        engine.stop(STOP_S)


@both
def test_a_later_try_is_a_leg_with_a_delay(papers: Papers) -> None:
    tried: list[float] = []

    def send(_: Document) -> Change:
        tried.append(time.monotonic())
        if len(tried) < 3:
            raise ExchangeDown
        return Change(what="sent", to=Stage.SENT)

    document = papers.sealed()
    engine = engine_of(papers, send=send)
    engine.start()
    try:
        wait_for(stands(papers, document, Stage.SENT))
        assert len(tried) == 3
        assert [event.what for event in papers.store.events(document.id)].count("delayed") == 2
    finally:
        engine.stop(STOP_S)


@both
def test_what_a_clock_that_ran_ahead_has_put_off_for_days_is_tried_at_once(papers: Papers) -> None:
    document = papers.received()
    ahead = dt.datetime.now(VN) + dt.timedelta(days=3)
    papers.record(document, Change(what="delayed", again_at=ahead))
    engine = engine_of(papers)
    engine.start()
    try:
        wait_for(stands(papers, document, Stage.PROPOSED))
    finally:
        engine.stop(STOP_S)


@both
def test_a_recall_that_was_asked_is_left_alone(papers: Papers) -> None:
    document = papers.sent()
    engine = engine_of(papers)
    engine.start()
    try:
        papers.record(document, Change(what="recalling", to=Stage.RECALLING, by=Mover.CLERK))
        wait_for(lambda: any(one.what.startswith("recall") and one.outcome
                             for one in papers.store.attempts(document.id)))
        wait_for(lambda: not engine._running)
        time.sleep(0.1)  # the leg's own end is written down
        assert engine.reconcile() == 0
    finally:
        engine.stop(STOP_S)


@sqlite
def test_a_stop_waits_for_a_running_leg_and_says_when_it_could_not(papers: Papers) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def read(_: Document) -> Change:
        begun.set()
        go_on.wait(20)
        return Change(what="read", to=Stage.READ)

    engine = engine_of(papers, read=read)
    engine.start()
    document = papers.received()
    assert begun.wait(60)
    threading.Timer(0.5, go_on.set).start()
    assert engine.stop(10.0)
    assert papers.store.get(document.id).stage is Stage.READ


@postgres
def test_two_engines_never_have_the_same_name(papers: Papers) -> None:
    first, second = engine_of(papers), engine_of(papers)
    assert isinstance(first, Engine)
    assert isinstance(second, Engine)
    assert first.executor != second.executor


@sqlite
def test_an_urgent_paper_goes_before_those_that_waited_longer(papers: Papers) -> None:
    sent: list[str] = []

    def send(document: Document) -> Change:
        sent.append(document.name)
        return Change(what="sent", to=Stage.SENT)

    for place in range(20):
        papers.sealed(f"{place}.pdf")
    for name, word in (("k.pdf", "Khẩn"), ("h.pdf", "Hỏa tốc")):
        document = papers.sealed(name)
        fields = {**document.fields, Name.URGENCY: Field(Name.URGENCY, word, 1.0, sure=True)}
        papers.record(document, Change(what="corrected", fields=fields))
    engine = engine_of(papers, send=send, pace=replace(PACE, lanes={READ_LANE: 1, NET_LANE: 1}))
    engine.start()
    try:
        wait_for(lambda: len(sent) == 22)
    finally:
        engine.stop(STOP_S)
    assert sent[:2] == ["h.pdf", "k.pdf"]


@postgres
def test_an_idle_house_looks_half_as_often(papers: Papers, engine: Engine | LoneEngine) -> None:
    def pace() -> float:
        with papers.store.engine.begin() as connection:
            return float(connection.scalar(sa.text("select polling_interval_sec from dbos.queues where name = 'read'")))

    wait_for(lambda: pace() == 2 * PACE.poll_s)
    document = papers.received()
    wait_for(stands(papers, document, Stage.PROPOSED))


@sqlite
def test_no_wait_is_slept_out_where_one_process_runs_the_legs(papers: Papers) -> None:
    tried: list[str] = []

    def send(document: Document) -> Change:
        tried.append(document.id)
        if len(tried) == 1:
            raise ExchangeDown
        return Change(what="sent", to=Stage.SENT)

    sealed = papers.sealed("b.pdf")
    engine = engine_of(papers, send=send, pace=SLOW)
    engine.start()
    try:
        document = papers.received()
        wait_for(stands(papers, document, Stage.PROPOSED), SLOW.heal_s / 10)
        wait_for(stands(papers, sealed, Stage.SENT))  # by a later try, at its time
    finally:
        engine.stop(STOP_S)


@sqlite
def test_what_another_process_has_changed_is_found_in_the_rows(papers: Papers, engine: LoneEngine) -> None:
    papers.store.on_leg = None  # a command line has no engine
    document = papers.received()
    wait_for(stands(papers, document, Stage.PROPOSED))
