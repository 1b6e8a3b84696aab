"""A process is killed at every write of an act on pages: it is done whole or not at all, and can be done again."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.document import Change, FileRef, Role, Stage
from gateway.recipe import archive_stands, working_file
from gateway.store.recipes import recipe_of
from gateway.store.store import Query
from tests.faults.pages_process import main
from tests.gateway.papers import Papers
from tests.ocr import drawing, stacks

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("pages_process.py")
pytestmark = pytest.mark.timeout(240)


def start(root: Path, act: str, write: str) -> int:
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, str(SCRIPT), str(root), act, write], env=environ, timeout=120).returncode


@pytest.fixture(scope="module")
def two_scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with two scans of two pages each, proposed."""
    root = tmp_path_factory.mktemp("two")
    papers = Papers.in_folder(root)
    for name in ("a.pdf", "b.pdf"):
        document = papers.received(name)
        document = papers.record(document, Change(what="read", to=Stage.READ, kind="scan", pages=2))
        papers.record(document, Change(what="proposed", to=Stage.PROPOSED))
    papers.store.close()
    return root


def state(root: Path) -> list[tuple[str, str, int, tuple[tuple[str, int, str], ...]]]:
    """All papers: stage, and the pages they have, as anybody would find them after a start."""
    papers = Papers.in_folder(root)
    found = []
    for one in sorted(papers.store.find(Query()).documents, key=lambda one: one.id):
        recipe = recipe_of(one, papers.vault)
        pages = tuple((leaf.sha256[:6], leaf.index, leaf.dropped) for leaf in recipe.leaves) if recipe else ()
        assert all(papers.vault.path(file).exists() for file in one.files), "every row has its file"
        found.append((one.name, one.stage.value, one.pages, pages))
    papers.store.close()
    return found


@pytest.mark.parametrize(("act", "writes"), [("split", 4), ("merge", 4)])
def test_an_act_killed_at_any_write_is_whole_or_not_there(
        two_scans: Path, tmp_path: Path, act: str, writes: int) -> None:
    done = tmp_path / "done"
    shutil.copytree(two_scans, done)
    before = state(done)
    main(done, act, "0")
    after = state(done)
    assert after != before
    for write in [*range(1, writes + 1), f"{writes}+"]:
        root = tmp_path / f"killed-{write}"
        shutil.copytree(two_scans, root)
        assert start(root, act, str(write)) == -signal.SIGKILL
        assert state(root) == (after if write == f"{writes}+" else before), write
        if write != f"{writes}+":
            main(root, act, "0")  # the same act again
            assert state(root) == after
        main(root, "undo", "0")
        assert sum(stage != "rejected" for _, stage, *_ in state(root)) == 2, "and back"


def test_a_leg_killed_while_pages_are_put_together_is_run_again_to_the_same_end(tmp_path: Path) -> None:
    papers = Papers.in_folder(tmp_path)
    pages = [stacks.scanned(drawing.letter(100)), stacks.scanned(drawing.blank(100))]
    document = papers.received("a.pdf", drawing.scan_pdf(pages, 100))
    papers.store.close()
    assert start(tmp_path, "read", "4") == -signal.SIGKILL
    assert files_of(tmp_path) == document.files, "nothing is known of what was half done"
    main(tmp_path, "read", "0")
    papers = Papers.in_folder(tmp_path)
    document = papers.store.get(document.id)
    assert (document.stage, document.pages) == (Stage.READ, 1)
    working = working_file(document)
    assert working is not None
    assert working.role is Role.WORKING
    assert archive_stands(document)
    papers.store.close()


def files_of(root: Path) -> tuple[FileRef, ...]:
    papers = Papers.in_folder(root)
    (document,) = papers.store.find(Query()).documents
    papers.store.close()
    return document.files
