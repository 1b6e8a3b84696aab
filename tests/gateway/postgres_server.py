"""A real PostgreSQL of our own, on a private port, that is gone when it is no longer needed."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from tests.ports import free_port

_OPTIONS = "-c shared_buffers=32MB -c max_connections=80"
_FORGETFUL = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def binaries() -> Path | None:
    """Where Debian, or another, has put the newest one's programs; None: nowhere."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


@dataclass(frozen=True, slots=True)
class Server:
    """One that runs."""

    address: str
    """Without a database name."""
    pid: int
    """Its first process."""


@contextmanager
def running(programs: Path, *, safe: bool = False) -> Iterator[Server]:
    """A server whose data survives a crash of the machine only when `safe`."""
    folder = Path(tempfile.mkdtemp(prefix="vanthu-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = free_port()
    data = folder / "data"
    control = str(programs / "pg_ctl")
    try:
        _as_server(str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "vanthu", "-E", "UTF8", "--no-sync")
        options = f"{_OPTIONS} {'' if safe else _FORGETFUL} -c listen_addresses=127.0.0.1 -p {port} -k {folder}"
        _as_server(control, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        pid = int((data / "postmaster.pid").read_text("ascii").split()[0])
        yield Server(f"postgresql+psycopg://vanthu@127.0.0.1:{port}", pid)
    finally:
        if (data / "postmaster.pid").exists():
            _as_server(control, "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def new_database(address: str) -> str:
    """Address of an empty database on that server."""
    name = f"m{os.urandom(6).hex()}"
    engine = sa.create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    engine.dispose()
    return f"{address}/{name}"


def _as_server(*command: str) -> None:
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(command, user=user, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   stdin=subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}, timeout=120)
