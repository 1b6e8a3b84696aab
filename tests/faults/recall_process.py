"""A house that asks receivers to give a paper back, in a process of its own, for tests that kill it:
`python recall_process.py ROOT AXIS [POINT]`.  With a point the process kills itself there.
"""
from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from gateway.duties import tried
from gateway.exchange.port import Body
from gateway.exchange.vxp import Account, VxpExchange
from gateway.lanes import Pace
from gateway.legs import Legs, Patience
from gateway.lone_engine import LoneEngine
from gateway.pipeline import NET_LANE, READ_LANE, pipeline
from gateway.steps.collect import CollectTools, collect
from gateway.steps.recall import recall
from gateway.steps.send import SendTools
from gateway.store.store import Store
from tests.faults.door_process import dying
from tests.gateway.papers import Papers, now
from tests.waiting import wait_for

HOME = Body("H99.1", "Ủy ban nhân dân xã Mẫu")
BEFORE, WRITTEN_DOWN, HEARD = "before", "written down", "heard"
"""Nothing done yet; the try stands in the rows; the axis has the first of the messages, its answer is not read."""
POINTS = (BEFORE, WRITTEN_DOWN, HEARD)


def lay_mine(point: str) -> None:
    """Makes the process die at that point."""
    def dies(*_: Any) -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    match point:
        case "before":
            setattr(Store, "attempt", dies)  # noqa: B010
        case "written down":
            setattr(Store, "attempt", dying(Store.attempt))  # noqa: B010
        case "heard":
            setattr(VxpExchange, "_request", dying(VxpExchange._request))  # noqa: B010


@contextmanager
def house(root: Path, axis: str) -> Iterator[tuple[Papers, CollectTools]]:
    """The engine at work; its papers, and what takes the answers in."""
    papers = Papers.in_folder(root)
    exchange = VxpExchange(Account(endpoint=axis, system="s", secret="k", organ=HOME.code))
    tools = SendTools(exchange, papers.vault, HOME, lambda _: None, partial(tried, papers.store), now)
    tasks = pipeline(read=lambda _: None, propose=lambda _: None, send=lambda _: None,
                     recall=lambda document: recall(document, tools, papers.store.events), read_tries=3, send_tries=9)
    legs = Legs(papers.store, tasks, Patience(first_s=0.1, longest_s=0.5, most_crashes=5))
    engine = LoneEngine(papers.store, legs.run, tasks=tasks, pace=Pace({READ_LANE: 1, NET_LANE: 2}, heal_s=0.1))
    engine.start()
    try:
        yield papers, CollectTools(exchange, papers.store, papers.vault)
    finally:
        engine.stop(30)
        exchange.close()
        papers.store.close()


def answered(papers: Papers, taking: CollectTools, document: str) -> bool:
    """Has every receiver of that Document answered?"""
    collect(taking)
    return all(to.state == "15" for to in papers.store.get(document).recipients)


def main(root: Path, axis: str, point: str) -> None:
    """Works until it dies."""
    lay_mine(point)
    with house(root, axis):
        wait_for(lambda: False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
