"""Databases as every release has left them, on both kinds: this code brings them up, finds every paper and goes on.

`make release-fixture` writes the state of the present code to tests/releases/<version>-<migration>; RELEASE_CODE names
another checkout whose code writes it.
"""
from __future__ import annotations

import base64
import gzip
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway import __version__
from gateway.document import Door, Origin, Role, Stage
from gateway.keep.fixity import Fixity
from gateway.store.migrate import HEAD
from gateway.store.store import Query
from tests.gateway.papers import BODIES, Papers, now
from tests.gateway.postgres_server import new_database
from tests.releases.write_house import told

ROOT = Path(__file__).resolve().parents[3]
RELEASES = ROOT / "tests" / "releases"
NAMES = sorted(path.name for path in RELEASES.iterdir() if (path / "sqlite.json").exists())
KINDS = ("sqlite", "postgresql")
WRITE = os.environ.get("RELEASE_FIXTURE", "")
CODE = Path(os.environ.get("RELEASE_CODE", ROOT))


@pytest.fixture
def server(request: pytest.FixtureRequest) -> str:
    """An empty database of PostgreSQL."""
    return new_database(request.getfixturevalue("postgres"))


def brought_back(release: Path, kind: str, folder: Path, request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """The database and vault of a release in a folder; its address, and what must be in it."""
    expected = json.loads((release / f"{kind}.json").read_text("utf-8"))
    for sha256, data in expected["vault"].items():
        path = folder / "vault" / sha256[:2] / sha256[2:4] / sha256
        path.parent.mkdir(parents=True)
        path.write_bytes(base64.b64decode(data))
    data = gzip.decompress((release / f"{kind}.gz").read_bytes())
    if kind == "sqlite":
        (folder / "vanthu.db").write_bytes(data)
        return f"sqlite:///{folder}/vanthu.db", expected
    url = request.getfixturevalue("server")
    subprocess.run(["psql", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", url.replace("+psycopg", "")], input=data,
                   check=True, stdout=subprocess.DEVNULL)
    return url, expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_database_of_an_earlier_release_is_brought_up_whole(
        tmp_path: Path, name: str, kind: str, request: pytest.FixtureRequest) -> None:
    url, expected = brought_back(RELEASES / name, kind, tmp_path, request)
    papers = Papers.in_folder(tmp_path, url)
    store = papers.store
    assert store.journal.verify(known=tuple(expected["journal"])) == []
    found = {one["id"]: one for one in told(store, tmp_path / "vault")["documents"]}  # type: ignore[attr-defined]
    assert found == {one["id"]: one for one in expected["documents"]}
    assert not Fixity(store.contents, papers.vault, days=1).whole().damage
    for document in store.find(Query(limit=100)).documents:
        for file in document.files:
            assert papers.vault.path(file).read_bytes()

    numbers = [one.register_number for one in store.find(Query(limit=100)).documents if one.register_number]
    new = papers.confirmed("mới.pdf").register_number
    this_year, last = new.rpartition(".")[0], new.rpartition(".")[2]
    earlier = [int(one.rpartition(".")[2]) for one in numbers if one.rpartition(".")[0] == this_year]
    assert int(last) == max(earlier, default=0) + 1, "numbering goes on"
    _goes_on(papers)
    assert store.journal.verify(known=tuple(expected["journal"])) == []
    store.close()


def _goes_on(papers: Papers) -> None:
    """What came is known again, and what stood half way gets on."""
    (waiting,) = papers.store.find(Query(stages=frozenset({Stage.SEALED}))).documents
    assert [one.code for one in waiting.recipients] == [one.code for one in BODIES]
    original = waiting.file(Role.ORIGINAL)
    assert original is not None
    again = papers.store.receive(Origin(Door.FOLDER, f"{waiting.name}+{original.sha256}"), original, unit="H99.1",
                                 name=waiting.name, by="may-quet", at=now())
    assert again.document.id == waiting.id


def test_the_newest_release_is_among_them() -> None:
    assert f"{__version__}-" in "".join(NAMES), "run make release-fixture"


@pytest.mark.skipif(not WRITE, reason="make release-fixture")
def test_write(tmp_path: Path, server: str) -> None:
    """Not a test: writes what the others read."""
    name = WRITE if WRITE != "now" else f"{__version__}-{HEAD}"
    out = RELEASES / name
    out.mkdir(parents=True, exist_ok=True)
    for kind, url in (("sqlite", f"sqlite:///{tmp_path}/sqlite/vanthu.db"), ("postgresql", server)):
        folder = tmp_path / kind
        folder.mkdir()
        made = subprocess.run([sys.executable, str(RELEASES / "write_house.py"), str(folder), url], cwd=CODE,
                              env=os.environ | {"PYTHONPATH": str(CODE)}, capture_output=True, text=True, check=True)
        (out / f"{kind}.json").write_text(made.stdout, "utf-8")
        if kind == "sqlite":
            with closing(sqlite3.connect(folder / "vanthu.db")) as connection:
                connection.execute("vacuum into ?", (str(folder / "whole.db"),))
            data = (folder / "whole.db").read_bytes()
        else:
            dump = ["pg_dump", "--no-owner", "--no-privileges", "--inserts", "--dbname", url.replace("+psycopg", "")]
            data = subprocess.run(dump, capture_output=True, check=True).stdout
        (out / f"{kind}.gz").write_bytes(gzip.compress(data, mtime=0))
