"""A process is killed at every statement of taking a letter in, and out again: it is done whole or not at all."""
from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.document import Change, Stage
from gateway.steps.unpack import UnpackTools, unpack
from gateway.store.store import Query
from mail.parsing import parse_apart
from rules.routing import decide
from tests.faults.gather_process import do
from tests.gateway.letters import DRAFT, SCAN, letter, received
from tests.gateway.papers import Papers

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("gather_process.py")
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def two_letters(tmp_path: Path) -> Path:
    """A house with two letters of one sender, proposed."""
    papers = Papers.in_folder(tmp_path / "two")
    store = papers.store
    tools = UnpackTools(papers.vault, parse_apart, lambda slip: decide((), slip), store.directory.get, store.holders)
    for raw in (letter(("a.pdf", SCAN)), letter(("b.txt", DRAFT), subject="tiếp")):
        document = received(papers, raw)
        read, proposed = Change(what="read", to=Stage.READ), Change(what="proposed", to=Stage.PROPOSED)
        for change in (unpack(document, tools), read, proposed):
            document = papers.record(document, change)
    store.close()
    return tmp_path / "two"


def state(root: Path) -> list[tuple[object, ...]]:
    """Both letters with their files and journals, as anybody would find them after a start."""
    papers = Papers.in_folder(root)
    found = []
    for one in sorted(papers.store.find(Query()).documents, key=lambda one: one.id):
        assert all(papers.vault.has(file.sha256) for file in one.files), "every row has its file"
        journal = tuple((event.what, event.why) for event in papers.store.events(one.id))
        found.append((one.stage, one.version, one.reason, one.register_number, one.files, journal))
    assert not papers.store.journal.verify()
    papers.store.close()
    return found


def rows(root: Path) -> list[list[object]]:
    """What the database holds of them."""
    tables = ("documents", "files", "fields", "journal", "notices", "origins", "texts")
    with contextlib.closing(sqlite3.connect(root / "vanthu.db")) as database:
        return [database.execute(f"select * from {one} order by 1, 2").fetchall() for one in tables]


def test_a_letter_is_taken_in_and_out_whole_or_not_at_all(two_letters: Path, tmp_path: Path) -> None:
    root = two_letters
    for act in ("in", "out"):
        out = tmp_path / act
        out.mkdir()
        before = state(root)
        subprocess.run([sys.executable, str(SCRIPT), str(root), act, str(out)], check=True, timeout=200,
                       env=os.environ | {"PYTHONPATH": str(ROOT)})
        *killed, whole = sorted(out.iterdir(), key=lambda one: int(one.name))
        after = state(whole)
        assert after != before
        assert len(killed) > 10, "as many statements, and the commit"
        for house in killed:
            assert rows(house) == rows(root), house.name
        do(killed[-1], act)  # the same act again
        assert state(killed[-1]) == after
        root = whole
