"""A real PostgreSQL for the rooms that keep rows, a store and vault with papers, and readers that stay warm."""
from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.store.store import Store
from ocr.child import ReaderPool
from tests.gateway import postgres_server
from tests.gateway.papers import Papers


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a private server without a database name; it ends with the session."""
    programs = postgres_server.binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    with postgres_server.running(programs) as server:
        yield server.address


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/vanthu.db"
        return
    server = request.getfixturevalue("postgres")
    name = f"t{os.urandom(6).hex()}"
    engine = sa.create_engine(f"{server}/postgres")
    with engine.begin() as connection:  # a schema of its own is as empty as a database, and made in no time
        connection.exec_driver_sql(f"create schema {name}")
    engine.dispose()
    yield f"{server}/postgres?options=-csearch_path%3D{name}"


@pytest.fixture(scope="session", autouse=True)
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The migrations make one empty SQLite database; every later one of these tests begins as its copy."""
    folder = tmp_path_factory.mktemp("empty")
    really = Store.open
    really(f"sqlite:///{folder}/vanthu.db").close()

    def opened(url: str, **more: Any) -> Store:
        path = Path(url.removeprefix("sqlite:///"))
        if url.startswith("sqlite:///") and path.parent.is_dir() and not path.exists():
            shutil.copy(folder / "vanthu.db", path)
        return really(url, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "open", opened)
        yield


@pytest.fixture
def papers(tmp_path: Path) -> Iterator[Papers]:
    papers = Papers.in_folder(tmp_path)
    yield papers
    papers.store.close()


@pytest.fixture(scope="session")
def pool() -> Iterator[ReaderPool]:
    """One for all tests of a process, so that models are loaded once."""
    with ReaderPool() as pool:
        yield pool
