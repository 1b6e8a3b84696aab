"""Two hundred Documents through a storm: lost answers, cut connections, refusals, doubled and late statuses, an axis
that goes away.  Real engine, real steps, real sockets; every one arrives once and every status is right in the end."""
from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from gateway.document import Change, Mover, Recipient, Stage
from gateway.duties import tried
from gateway.errors import ExchangeDown, Stale
from gateway.exchange.edxml import read_message
from gateway.exchange.port import Body
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.vxp import Account, VxpExchange
from gateway.lanes import Pace
from gateway.legs import Legs, Patience
from gateway.lone_engine import LoneEngine
from gateway.pipeline import NET_LANE, READ_LANE, pipeline
from gateway.steps.collect import CollectTools, collect
from gateway.steps.recall import recall
from gateway.steps.send import SendTools, send
from gateway.store.store import Query
from tests.gateway.papers import Papers, now

HOME = Body("H99.1", "Ủy ban nhân dân xã Mẫu")
MANY = 200
ONE, TWO = (Recipient("H99.2", "Sở Nội vụ"),), (Recipient("H99.2", "Sở Nội vụ"), Recipient("H99.3", "Sở Tài chính"))
STORM = ("lose_answer", "http_500", "cut", "cut_body", "list_twice", "slow", "answer_twice", "answer_late",
         "office_refuses", "refuse")
GUSTS, GUST_S = 200, 0.05
STILL_S = 90
"""So long nothing may stand still before its end."""
ENDS = {Stage.DELIVERED, Stage.REFUSED, Stage.RECALLED}


class House:
    """Sandbox, adapter, engine and collector around one store."""

    def __init__(self, folder: Path) -> None:
        self.papers = Papers.in_folder(folder)
        self.sandbox = Sandbox(port=0, data=folder / "axis", system="s", secret="k", organs=[HOME.code],
                               register_after=0.1)
        self.sandbox.start()
        account = Account(endpoint=self.sandbox.url, system="s", secret="k", organ=HOME.code)
        self.exchange = VxpExchange(account, seconds=1.0)
        store = self.papers.store
        tools = SendTools(self.exchange, self.papers.vault, HOME, lambda _: None, partial(tried, store), now)
        tasks = pipeline(read=lambda _: None, propose=lambda _: None, send=lambda document: send(document, tools),
                         recall=lambda document: recall(document, tools, store.events), read_tries=3, send_tries=60)
        legs = Legs(store, tasks, Patience(first_s=0.2, longest_s=1.0, most_crashes=5))
        self.engine = LoneEngine(store, legs.run, tasks=tasks, pace=Pace({READ_LANE: 1, NET_LANE: 4}, heal_s=0.5))
        taking = CollectTools(self.exchange, store, self.papers.vault)
        self.collector = threading.Thread(target=self._collect, args=(taking,), daemon=True)
        self.ending = threading.Event()

    def _collect(self, taking: CollectTools) -> None:
        # Not gateway.loop: that waits ever longer after trouble, up to a minute.
        while not self.ending.wait(0.1):
            with suppress(ExchangeDown):
                collect(taking)

    @contextmanager
    def running(self) -> Iterator[None]:
        self.engine.start()
        self.collector.start()
        try:
            yield
        finally:
            self.ending.set()
            self.collector.join(10)
            self.engine.stop(10)
            self.exchange.close()
            self.sandbox.stop()
            self.papers.store.close()

    def release_refused(self, seen: set[str]) -> None:
        """The clerk's retry of what the axis itself has refused; nothing else may wait for a person."""
        for document in self.papers.store.find(Query(held=True, limit=MANY)).documents:
            assert document.held is not None
            assert document.held.code == "exchange_refused", document.held
            seen.add(document.id)
            self.papers.record(document, Change(what="retried", release=True))

    def ask_back(self, asked: set[str]) -> None:
        """A clerk asks for every tenth Document back while its receivers are still answering."""
        sent = self.papers.store.find(Query(stages=frozenset({Stage.SENT}), limit=MANY)).documents
        for document in sent:
            if int(document.name.removesuffix(".pdf")) % 10 == 5 and document.id not in asked:
                with suppress(Stale):  # an answer was faster: next time
                    self.papers.record(document, Change(what="recalling", to=Stage.RECALLING, by=Mover.CLERK,
                                                        reason="Gửi nhầm."))
                    asked.add(document.id)

    def open(self) -> int:
        """Documents of which some receiver has not said its last word."""
        found = self.papers.store.find(Query(limit=MANY)).documents
        said = self.said()
        return sum(document.stage not in ENDS or
                   any(to.state != said[document.parcel_id, to.code] for to in document.recipients)
                   for document in found)

    def standing(self) -> str:
        """Changes whenever any Document does."""
        found = self.papers.store.find(Query(limit=MANY)).documents
        return " ".join(f"{document.id}:{document.version}" for document in found)

    def said(self) -> dict[tuple[str, str], str]:
        """What the sandbox's offices have said at the utmost: (DocumentId, office) to code."""
        with sqlite3.connect(self.sandbox.state.data / "sandbox.db") as base:
            rows = base.execute("select document_id, sender, docid from packet where kind = 'status'").fetchall()
        highest: dict[tuple[str, str], str] = defaultdict(str)
        for document_id, sender, docid in rows:
            highest[document_id, sender] = max(highest[document_id, sender], docid.rpartition("-")[2])
        return highest


def blow(house: House, seed: int) -> None:
    """Orders one fault after the other, and takes the whole axis away for a while."""
    chance = random.Random(seed)
    for gust in range(GUSTS):
        time.sleep(GUST_S)
        house.sandbox.faults.order({chance.choice(STORM): 1})
        if gust % 100 == 50:
            house.sandbox.faults.order({"down_for": 0.7})


def test_a_storm_loses_nothing_doubles_nothing_and_every_status_is_right(tmp_path: Path) -> None:
    house, refused, asked = House(tmp_path), set[str](), set[str]()
    for place in range(MANY):
        house.papers.sealed(f"{place}.pdf", TWO if place % 10 == 0 else ONE)
    storm = threading.Thread(target=blow, args=(house, 7), daemon=True)
    with house.running():
        storm.start()
        moved, was = time.monotonic(), ""
        while house.open() or storm.is_alive():
            # On a busy machine it takes its time; that nothing moves any more is what must not be.
            if (now_ := house.standing()) != was or storm.is_alive():
                moved, was = time.monotonic(), now_
            assert time.monotonic() < moved + STILL_S, "the storm has left something behind"
            house.release_refused(refused)
            house.ask_back(asked)
            time.sleep(0.5)
        storm.join()
        arrived = Counter(_id(path) for path in (house.sandbox.state.data / "received").glob("*.edxml"))
        documents = house.papers.store.find(Query(limit=MANY)).documents
        assert set(arrived) == {document.parcel_id for document in documents}
        assert set(arrived.values()) == {1}
        assert house.sandbox.state.doubles() == 0
        assert not [document for document in documents if document.held]
        assert {document.stage for document in documents} == ENDS
        assert refused
        assert asked
        assert {document.id for document in documents if document.stage is Stage.RECALLED} == asked


def _id(path: Path) -> str:
    return read_message(path.read_bytes()).document_id
