"""A real PostgreSQL for the rooms that keep rows, a store and vault with papers, and readers that stay warm."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.store.store import Store
from ocr.child import ReaderPool
from tests.gateway.papers import Papers
from tests.ports import free_port

_OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=80"


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def _as_server(*command: str) -> None:
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(command, user=user, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   stdin=subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}, timeout=120)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a private server without a database name; it ends with the session."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="vanthu-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = free_port()
    data = folder / "data"
    control = str(binaries / "pg_ctl")
    try:
        _as_server(str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "vanthu", "-E", "UTF8", "--no-sync")
        options = f"{_OPTIONS} -c listen_addresses=127.0.0.1 -p {port} -k {folder}"
        _as_server(control, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        yield f"postgresql+psycopg://vanthu@127.0.0.1:{port}"
    finally:
        if (data / "postmaster.pid").exists():
            _as_server(control, "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


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
