"""kill -9 of a house that is about to ask a paper back, or has just asked: every receiver hears it once, or once more
in the very same words, and the paper ends as given back."""
from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gateway.document import Change, Mover, Stage
from gateway.exchange.edxml import StatusMessage, read_message
from gateway.exchange.sandbox import Sandbox
from gateway.steps.recall import ASKED, BEGUN
from tests.faults.recall_process import BEFORE, HEARD, HOME, POINTS, answered, house
from tests.gateway.papers import BODIES, Papers
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("recall_process.py")


class Axis(Sandbox):
    """Remembers what it has heard; it lives on while houses die."""

    def __init__(self, folder: Path) -> None:
        super().__init__(port=0, data=folder, system="s", secret="k", organs=[HOME.code])
        self.heard: list[bytes] = []

    def take(self, message: bytes, sender: str) -> str:
        self.heard.append(message)
        return super().take(message, sender)


def asked_back(folder: Path) -> str:
    """A paper that a clerk has asked back a moment ago; its id."""
    papers = Papers.in_folder(folder)
    document = papers.record(papers.sent(), Change(what=BEGUN, to=Stage.RECALLING, by=Mover.CLERK, reason="Gửi nhầm."))
    papers.store.close()
    return document.id


@pytest.mark.parametrize("point", POINTS)
def test_a_recall_whose_house_is_killed_is_asked_once(tmp_path: Path, point: str) -> None:
    axis, document = Axis(tmp_path / "axis"), asked_back(tmp_path)
    axis.start()
    try:
        died = subprocess.run([sys.executable, str(SCRIPT), str(tmp_path), axis.url, point], check=False, timeout=120,
                              env=os.environ | {"PYTHONPATH": str(ROOT)})
        assert died.returncode == -9
        assert len(axis.heard) == (point == HEARD)
        assert tries(tmp_path, document) == ([] if point == BEFORE else [""])
        with house(tmp_path, axis.url) as (papers, taking):
            wait_for(lambda: answered(papers, taking, document))
            store = papers.store
            assert store.get(document).stage is Stage.RECALLED
            assert store.get(document).held is None
            assert [event.what for event in store.events(document)].count(ASKED) == 1
            assert store.journal.verify() == []
    finally:
        axis.stop()
    told = Counter(axis.heard)
    # Of a request whose answer was never read nobody here can know; it goes out again as the same message, to the byte.
    assert sorted(told.values()) == ([1, 2] if point == HEARD else [1, 1])
    assert {to_of(message) for message in told} == {to.code for to in BODIES}


def tries(folder: Path, document: str) -> list[str]:
    """How each try ended; "" for one that was cut off."""
    store = Papers.in_folder(folder).store
    found = [one.outcome for one in store.attempts(document)]
    store.close()
    return found


def to_of(message: bytes) -> str:
    """Who is asked to give a paper back."""
    read = read_message(message)
    assert isinstance(read, StatusMessage)
    assert read.receipt.code == "13"
    return read.to_code
