"""The engine of several machines: DBOS runs short legs, rows are the truth.  The only module that imports dbos.

A leg (gateway.lanes) is put into the queue in the transaction that brought the Document to a machine stage; when it is
missing all the same (after a crash, a restore, or a command line that has no engine), the reconciler makes it again
from the rows.  No wait ever lives inside a leg: a later try is a new leg with a delay.
"""
from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowStatus, error
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.document import VN, Document, Stage
from gateway.lanes import Pace, Runner, leg_id, order
from gateway.pipeline import Task
from gateway.store.later import is_due
from gateway.store.store import Store

log = logging.getLogger(__name__)
LEGS = "legs-1"
"""Pinned by hand; grows only when what a queued leg means has changed.  DBOS touches legs of its own version only."""
KEEP = dt.timedelta(hours=24)
"""Finished legs are deleted after so long; the journal has what happened."""
_APP = "vanthu"
_LOST_AFTER_S = 60.0
_BATCH = 200
_FINISHED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


class Cure(StrEnum):
    """What the reconciler does about one Document's leg."""

    NOTHING = "nothing"
    ENQUEUE = "enqueue"
    """There is no such leg."""
    RESUME = "resume"
    """Its process is dead, or has lost it."""
    REPLACE = "replace"
    """It has ended, and the Document still waits."""


class Engine(Runner):
    """One per process (DBOS knows one application per process)."""

    def __init__(self, store: Store, url: str, run: Callable[[str, int], None], *, tasks: Mapping[Stage, Task],
                 pace: Pace) -> None:
        """`run(document_id, version)` does a leg."""
        super().__init__(run, tasks)
        self._store = store
        self._url = url
        self._pace = pace
        self.executor = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        """Never the same twice: two processes of one id would steal each other's legs."""
        self._quiet: bool | None = None
        self._waiting = 0
        self._stopping = threading.Event()
        self._healer = threading.Thread(target=self._heal, name="healer", daemon=True)
        self._client: DBOSClient | None = None

    def start(self) -> None:
        """Starts DBOS, then has every change of the store enqueue its leg; orphans are taken over before it returns."""
        global _current
        _current = self
        config: DBOSConfig = {
            "name": _APP, "system_database_url": self._url, "application_version": LEGS, "executor_id": self.executor,
            "serializer": DBOSPortableJSONSerializer(), "log_level": "WARNING",
        }
        DBOS(config=config)
        self._store.beat(self.executor)
        DBOS.launch()
        self._set_pace(quiet=False)
        self._client = DBOSClient(system_database_url=self._url, serializer=DBOSPortableJSONSerializer())
        self._store.on_leg = self.enqueue
        self.reconcile()
        self._healer.start()

    def _set_pace(self, *, quiet: bool) -> None:
        """Tells DBOS how wide each lane is, and how often it is to be looked at from now on."""
        if quiet is self._quiet:
            return
        for lane, width in self._pace.lanes.items():
            every = self._pace.poll_s * (2 if quiet or lane in self._pace.unhurried else 1)
            DBOS.register_queue(lane, worker_concurrency=width, polling_interval_sec=every, on_conflict="always_update")
        self._quiet = quiet

    def stop(self, grace_s: float) -> bool:
        """Takes no new legs and waits for the running ones; False when some still ran after `grace_s` seconds.

        Then only os._exit ends the process in time; what was cut off runs again at the next start.
        """
        self._store.on_leg = None
        self._stopping.set()
        ended = threading.Thread(target=self._destroy, args=(grace_s,), name="engine-stop", daemon=True)
        ended.start()
        ended.join(grace_s + 1.0)
        return not ended.is_alive() and not self._running

    def _destroy(self, grace_s: float) -> None:
        self._healer.join(grace_s)
        DBOS.destroy(workflow_completion_timeout_sec=max(1, int(grace_s)))
        if self._client is not None:
            self._client.destroy()

    def enqueue(self, connection: Connection, document: Document) -> None:
        """Puts the leg of this version of the Document into its lane, in the caller's transaction.

        What the leg of this thread goes on with gets none; should the process die first, the reconciler makes one.
        """
        task = self._tasks.get(document.stage)
        if task is None or self._client is None:
            return
        if self._goes_on(document, task):
            return
        self._client.enqueue_in_transaction(connection, _options(document, task), document.id, document.version)

    def reconcile(self) -> int:
        """Compares rows with legs and makes good what is missing; the number of cures.

        Raises:
            SQLAlchemyError: the database is away; the next round tries again.
        """
        waiting = self._store.waiting_for_machine(dt.datetime.now(VN))
        self._waiting = len(waiting)
        live = {self.executor, *self._store.live_executors(self._pace.dead_s)}
        return sum(self._cure(waiting[start:start + _BATCH], live) for start in range(0, len(waiting), _BATCH))

    def _cure(self, documents: Sequence[Document], live: Collection[str]) -> int:
        client = self._client
        assert client is not None
        ids = [leg_id(document.id, document.version) for document in documents]
        legs = {leg.workflow_id: leg for leg in client.list_workflows(workflow_ids=ids, load_input=False,
                                                                      load_output=False)} if ids else {}
        cures = 0
        for document, leg in zip(documents, ids, strict=True):
            task = self._tasks.get(document.stage)
            cure = self._diagnose(document, legs.get(leg), live)
            if task is None or cure is Cure.NOTHING:
                continue
            log.info("%s leg_%s stage=%s", document.id, cure.value, document.stage.value)
            cures += 1
            if cure is Cure.RESUME:
                client.resume_workflow(leg, queue_name=task.lane)
                continue
            if cure is Cure.REPLACE:
                client.delete_workflow(leg)
            client.enqueue(_options(document, task), document.id, document.version)
        return cures

    def _diagnose(self, document: Document, leg: WorkflowStatus | None, live: Collection[str]) -> Cure:
        if leg is None:
            return Cure.NOTHING if self._at_work(document.id) else Cure.ENQUEUE
        if leg.status in _FINISHED:
            # A recall that was asked has nothing left to do: the answers come through the exchange door.
            done = document.stage is Stage.RECALLING and leg.status == "SUCCESS"
            return Cure.NOTHING if done else Cure.REPLACE
        begun = leg.status == "PENDING"
        if begun and leg.executor_id not in live or not begun and leg.app_version not in (None, LEGS):
            # What an older release has left would never be taken by this one: a fresh leg from the row instead.
            return Cure.RESUME if leg.app_version in (None, LEGS) else Cure.REPLACE
        if not begun:
            return Cure.NOTHING
        with self._lock:
            mine = leg.executor_id == self.executor and leg.workflow_id not in self._running
        lost = mine and time.time() - (leg.updated_at or 0) / 1000 > _LOST_AFTER_S
        return Cure.RESUME if lost else Cure.NOTHING

    def _heal(self) -> None:
        swept, pause = 0.0, self._pace.heal_s
        while not self._stopping.wait(pause):
            try:
                self._store.beat(self.executor)
                begun = time.monotonic()
                self.reconcile()
                self._set_pace(quiet=not self._waiting)
                pause = self._pace.pause(time.monotonic() - begun)
                if time.monotonic() - swept > 600:
                    self._sweep()
                    swept = time.monotonic()
            except (error.DBOSException, SQLAlchemyError) as trouble:
                log.warning("- heal_failed error=%s", type(trouble).__name__)

    def _sweep(self) -> None:
        client = self._client
        assert client is not None
        before = (dt.datetime.now(dt.UTC) - KEEP).isoformat()
        old = client.list_workflows(status=list(_FINISHED), completed_before=before, limit=1000, load_input=False,
                                    load_output=False)
        if old:
            client.delete_workflows([leg.workflow_id for leg in old])


_current: Engine | None = None


@DBOS.workflow(name="leg")
def _leg(document_id: str, version: int) -> None:
    """What DBOS runs.  No DBOS step inside: a leg may be repeated, the store refuses what is out of date."""
    if _current is not None:
        _current.do(document_id, version)


def _options(document: Document, task: Task) -> EnqueueOptions:
    options: EnqueueOptions = {
        "workflow_name": "leg", "queue_name": task.lane, "workflow_id": leg_id(document.id, document.version),
        "priority": order(document, task),
    }
    again, now = document.next_try_at, dt.datetime.now(VN)
    if again is not None and not is_due(again, now):
        options["delay_seconds"] = (again - now).total_seconds()
    return options

