"""Whole, consistent copies of the database while the gateway works on it, and the way back."""
from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from gateway.errors import BackupFailed

_WORDS = {"host": "PGHOST", "port": "PGPORT", "username": "PGUSER", "database": "PGDATABASE", "password": "PGPASSWORD"}


def dialect(url: str) -> str:
    """ "sqlite" or "postgresql"."""
    return make_url(url).get_backend_name()


def sqlite_file(url: str) -> Path | None:
    """Where SQLite keeps the database, None for another kind."""
    made = make_url(url)
    return Path(made.database) if made.get_backend_name() == "sqlite" and made.database else None


def copy_out(url: str, out: Path) -> None:
    """Writes one consistent look at the database into a file; nobody has to wait meanwhile.

    Raises:
        BackupFailed: it could not be copied.
    """
    file = sqlite_file(url)
    if file is None:
        _run("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={out}"], make_url(url))
        return
    whole = out.with_name(f"{out.name}.db")
    try:
        with closing(sqlite3.connect(file, timeout=60)) as connection:
            connection.execute("vacuum into ?", (str(whole),))
        with whole.open("rb") as source, gzip.GzipFile(out, "wb", mtime=0, compresslevel=6) as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
    except sqlite3.Error as error:
        raise BackupFailed(f"Không sao chép được cơ sở dữ liệu ({type(error).__name__}). "
                           "Hãy kiểm tra ổ đĩa rồi chạy lại.") from error
    finally:
        whole.unlink(missing_ok=True)


def is_empty(url: str) -> bool:
    """Does the database hold nothing of a gateway yet?

    Raises:
        SQLAlchemyError: it cannot be asked.
    """
    file = sqlite_file(url)
    if file is not None:
        return not file.exists()
    engine = sa.create_engine(url, hide_parameters=True)
    try:
        return not sa.inspect(engine).has_table("documents")
    finally:
        engine.dispose()


def copy_in(copy: Path, url: str) -> None:
    """Brings a copy back into an empty database; for SQLite the file appears whole or not at all.

    Raises:
        BackupFailed: the copy does not fit.
        OSError: the disk.
    """
    file = sqlite_file(url)
    if file is None:
        made = make_url(url)
        _run("pg_restore", ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
                            f"--dbname={made.database}", str(copy)], made)
        return
    half = file.with_name(f".{file.name}.restoring")
    with gzip.open(copy, "rb") as source, os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                                                    "wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
        sink.flush()
        os.fsync(sink.fileno())
    with closing(sqlite3.connect(half)) as connection:
        (said,) = connection.execute("pragma integrity_check").fetchone()
    if said != "ok":
        raise BackupFailed("Bản sao cơ sở dữ liệu bị hỏng. Hãy dùng bản sao lưu khác.")
    half.rename(file)


def _run(program: str, words: list[str], url: URL) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"Máy chưa có {program}. Hãy cài gói postgresql-client cùng phiên bản với máy chủ.")
    done = subprocess.run([found, *words], env=_environ(url), capture_output=True, text=True, check=False)
    if done.returncode:
        # Its messages name tables and versions, not rows.
        said = next(iter(done.stderr.strip().splitlines()), "")
        raise BackupFailed(f"{program}: {said}. Hãy kiểm tra máy chủ PostgreSQL rồi chạy lại.")


def _environ(url: URL) -> Mapping[str, str]:
    """The server's place and password; never on the command line, where everybody reads it."""
    given = {word: str(getattr(url, name)) for name, word in _WORDS.items() if getattr(url, name)}
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", **given}
