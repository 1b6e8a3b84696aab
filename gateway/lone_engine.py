"""The engine of a house whose legs run in one process: rows are the truth, and what is to be done now lies in memory.

A leg is known from the commit that brought its Document to a machine stage, and begins as soon as its lane has room:
nothing is polled.  Whatever memory does not know (after a crash, a restore, or a command line that has no engine) the
reconciler finds in the rows.  Where several machines share the work, gateway.engine stands here instead.
"""
from __future__ import annotations

import datetime as dt
import heapq
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.document import VN, Document, Stage
from gateway.lanes import LegLost, Pace, Runner, leg_id, order
from gateway.pipeline import Task
from gateway.store.later import is_due
from gateway.store.store import Store

log = logging.getLogger(__name__)
_A_LITTLE_S = 0.01
"""After its time a later try is surely due by the database's figures too."""
_Leg = tuple[int, int, str, int, bool]
"""Order, number (what came first goes first), Document id, version, whether it is a recall."""


class LoneEngine(Runner):
    """One per database; gateway.lock sees to it."""

    def __init__(self, store: Store, run: Callable[[str, int], None], *, tasks: Mapping[Stage, Task],
                 pace: Pace) -> None:
        """`run(document_id, version)` does a leg."""
        super().__init__(run, tasks)
        self._store = store
        self._pace = pace
        self._ready: dict[str, list[_Leg]] = {lane: [] for lane in pace.lanes}
        self._threads = {lane: ThreadPoolExecutor(width, f"legs-{lane}") for lane, width in pace.lanes.items()}
        self._known: set[str] = set()
        """Legs that wait or run."""
        self._asked: set[str] = set()
        """Recalls that were asked and have nothing left to do: the answers come through the exchange door."""
        self._futures: set[Future[None]] = set()
        self._count = 0
        self._soon = _Soon()
        self._due: list[float] = []
        """When later tries are to be looked for, seconds since 1970."""
        self._wake = threading.Condition(self._lock)
        self._stopping = False
        self._healer = threading.Thread(target=self._heal, name="healer", daemon=True)

    def start(self) -> None:
        """Has every change of the store ask for its leg; what waits in the rows is taken up before it returns."""
        self._store.on_leg = self.enqueue
        self._store.tell_end(self._ended)
        self.reconcile()
        self._healer.start()

    def stop(self, grace_s: float) -> bool:
        """Takes no new legs and waits for the running ones; False when some still ran after `grace_s` seconds.

        Then only os._exit ends the process in time; what was cut off runs again at the next start.
        """
        self._store.on_leg = None
        with self._wake:
            self._stopping = True
            self._wake.notify()
        for pool in self._threads.values():
            pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            running = [one for one in self._futures if one.running()]
        left = wait(running, grace_s).not_done
        self._healer.join(1.0)
        return not left

    def enqueue(self, connection: Connection, document: Document) -> None:
        """Asks for the leg of this version of the Document once the caller's transaction is committed."""
        task = self._tasks.get(document.stage)
        if task is not None and not self._goes_on(document, task):
            self._soon.legs.append((document, task))

    def _ended(self, committed: bool) -> None:
        """This thread's transaction has ended."""
        if not self._soon.legs:
            return
        legs, self._soon.legs = self._soon.legs, []
        for document, task in legs if committed else ():
            self._put(document, task)

    def _put(self, document: Document, task: Task) -> bool:
        """Lays the leg into its lane; False when it is there already or its time has not come."""
        leg = leg_id(document.id, document.version)
        again = document.next_try_at
        with self._wake:
            if self._stopping or leg in self._known or leg in self._asked:
                return False
            if again is not None and not is_due(again, dt.datetime.now(VN)):
                heapq.heappush(self._due, again.timestamp() + _A_LITTLE_S)
                self._wake.notify()
                return False
            self._known.add(leg)
            self._count += 1
            recall = document.stage is Stage.RECALLING
            heapq.heappush(self._ready[task.lane],
                           (order(document, task), self._count, document.id, document.version, recall))
            future = self._threads[task.lane].submit(self._next, task.lane)
            self._futures.add(future)
        future.add_done_callback(self._done)
        return True

    def _next(self, lane: str) -> None:
        """Runs the leg that goes before all others of its lane now."""
        with self._lock:
            _, _, document_id, version, recall = heapq.heappop(self._ready[lane])
        leg = leg_id(document_id, version)
        try:
            self.do(document_id, version)
            if recall:
                with self._lock:
                    self._asked.add(leg)
        finally:
            with self._lock:
                self._known.discard(leg)

    def _done(self, future: Future[None]) -> None:
        with self._lock:
            self._futures.discard(future)
        if not future.cancelled() and (trouble := future.exception()) is not None:
            # The reconciler makes the leg again from the rows.
            log.warning("- leg_lost error=%s", trouble if isinstance(trouble, LegLost) else type(trouble).__name__)

    def reconcile(self) -> int:
        """Asks for the legs of all Documents that wait for the machine and have none; how many had none.

        Raises:
            SQLAlchemyError: the database is away; the next round tries again.
        """
        waiting = self._store.waiting_for_machine(dt.datetime.now(VN))
        with self._lock:
            self._asked &= {leg_id(document.id, document.version) for document in waiting}
        tasks = [(document, self._tasks[document.stage]) for document in waiting if document.stage in self._tasks]
        cures = 0
        for document, task in sorted(tasks, key=lambda one: order(*one)):  # the first to be laid down begins at once
            if not self._at_work(document.id) and self._put(document, task):
                log.info("%s leg_found stage=%s", document.id, document.stage.value)
                cures += 1
        return cures

    def _heal(self) -> None:
        pause = self._pace.heal_s
        while self._paused(pause):
            begun = time.monotonic()
            try:
                self.reconcile()
            except SQLAlchemyError as trouble:
                log.warning("- heal_failed error=%s", type(trouble).__name__)
            pause = self._pace.pause(time.monotonic() - begun)

    def _paused(self, seconds: float) -> bool:
        """Waits for so long, or until the next later try; False for the end."""
        until = time.monotonic() + seconds
        with self._wake:
            while not self._stopping:
                due = self._due[0] - time.time() if self._due else seconds
                left = min(until - time.monotonic(), due)
                if left > 0:
                    self._wake.wait(left)
                    continue
                while self._due and self._due[0] <= time.time():
                    heapq.heappop(self._due)
                return True
        return False


class _Soon(threading.local):
    """What the open transaction of this thread has asked for."""

    def __init__(self) -> None:
        self.legs: list[tuple[Document, Task]] = []
