"""A Document at which the whole service dies of a fault, again and again, is held at the third start.

kill -9 at the same place counts less: nobody knows what it was about.
"""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from gateway.document import Document
from gateway.duties import began
from gateway.last_words import LastWords
from gateway.legs import DIED
from tests.gateway.papers import Papers, now

ROOT = Path(__file__).parents[2]
SERVICE = """
import datetime as dt, os, sys, threading, time
from pathlib import Path
from gateway.document import VN, Change, Stage
from gateway.lanes import Pace
from gateway.last_words import LastWords
from gateway.legs import Legs, Patience, blame
from gateway.lone_engine import LoneEngine
from gateway.pipeline import NET_LANE, READ_LANE, pipeline
from tests.gateway.papers import Papers

folder, end = Path(sys.argv[1]), sys.argv[2]
papers, begun = Papers.in_folder(folder), threading.Semaphore(0)

def read(document):
    begun.release()
    if document.name == "innocent.pdf":
        time.sleep(600)
    begun.acquire(), begun.acquire()  # both are at work
    exec(end)
    return Change(what="read", to=Stage.READ)

words = LastWords(folder / "faults")
for fallen in words.heard():
    blame(papers.store, fallen, dt.datetime.now(VN))
words.listen()
assert LastWords(folder / "faults").heard() == [], "this process lives"
tasks = pipeline(read=read, propose=read, send=read, recall=read, read_tries=3, send_tries=3)
legs = Legs(papers.store, tasks, Patience(0.1, 0.1, most_crashes=5), at=words.at)
engine = LoneEngine(papers.store, legs.run, tasks=tasks, pace=Pace({READ_LANE: 2, NET_LANE: 1}, heal_s=0.2))
engine.start()
while not any(papers.store.get(one).held for one in sys.argv[3:]):
    time.sleep(0.02)
os._exit(0)
"""
ABORT = "os.abort()"
FAULT = "import ctypes; ctypes.string_at(0)"
KILL = "os.kill(os.getpid(), 9)"


def lives(folder: Path, end: str, *documents: Document) -> int:
    """The exit status of one life of the service."""
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SERVICE, str(folder), end, *(one.id for one in documents)]
    return subprocess.run(command, env=environ, cwd=ROOT, timeout=120, check=False, capture_output=True).returncode


def test_what_kills_the_service_twice_is_held_at_the_third_start(tmp_path: Path) -> None:
    papers = Papers.in_folder(tmp_path)
    innocent, killer = papers.received("innocent.pdf"), papers.received("killer.pdf")

    assert lives(tmp_path, ABORT, killer, innocent) == -signal.SIGABRT
    assert lives(tmp_path, FAULT, killer, innocent) == -signal.SIGSEGV
    assert lives(tmp_path, ABORT, killer, innocent) == 0

    after = papers.store.get(killer.id)
    assert after.held is not None
    assert after.held.code == "crashed"
    assert after.held.reason.endswith("nếu tệp bình thường thì bấm thử lại.")
    assert [one.outcome for one in papers.store.attempts(killer.id)] == [DIED, DIED]
    assert papers.store.get(innocent.id).held is None
    assert {one.outcome for one in papers.store.attempts(innocent.id)} == {""}
    assert papers.vault.path(after.files[0]).exists()
    papers.store.close()


def test_kill_9_blames_nobody(tmp_path: Path) -> None:
    papers = Papers.in_folder(tmp_path)
    papers.received("innocent.pdf")
    paper = papers.received("b.pdf")
    assert lives(tmp_path, KILL, paper) == -signal.SIGKILL
    assert LastWords(tmp_path / "faults").heard() == []
    assert [one.outcome for one in papers.store.attempts(paper.id)] == [""]
    papers.store.close()


def test_the_smtp_process_heeds_one_of_the_many_signals_of_a_dying_gateway() -> None:
    script = """
import signal
from gateway.mail_doors import _stop_by_signal

class Door:
    def stop(self):
        print("stopped")
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)

_stop_by_signal(Door())
signal.raise_signal(signal.SIGTERM)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120, check=True, capture_output=True)
    assert done.stdout == b"stopped\n"


def test_a_parcel_whose_sending_died_may_have_arrived(tmp_path: Path) -> None:
    papers = Papers.in_folder(tmp_path)
    sealed = papers.sealed()
    first = papers.store.attempt(sealed.id, "send:7", at := now())
    papers.store.attempt_done(first, DIED, now())
    papers.store.attempt(sealed.id, "send:7", now())
    assert began(papers.store, sealed) == at
    papers.store.close()
