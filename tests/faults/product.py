"""What a fault round needs of a product, and our own as one.  Another product takes part by a class like `Vanthu`:

    CHAOS_PRODUCT=some.module:Class make chaos

A round knows a folder to drop papers into, the process to start and kill, and one question: whose bytes do you have?
"""
from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from gateway.document import Role, Stage
from gateway.store.store import Query, Store
from tests.gateway.letters_by_mail import ROOT, Place


class Product(Protocol):
    """One installation in a folder of its own, made by `Class(folder)`."""

    drop: Path
    """Papers are written here."""
    scratch: Path
    """Its TMPDIR: whoever tidies the machine may empty it."""

    def start(self, environ: Mapping[str, str] | None = None) -> None:
        """Starts it and waits until it works."""

    def pid(self) -> int:
        """Its first process."""

    def kill(self) -> None:
        """kill -9 of all its processes."""

    def stop(self) -> None:
        """An orderly end."""

    def runs(self) -> bool:
        """False when it has ended by itself."""

    def papers(self) -> Counter[str]:
        """SHA-256 of every original it has, once for each document."""

    def refused(self) -> set[str]:
        """SHA-256 of what it has put aside for a person, with a reason."""

    def idle(self) -> bool:
        """Nothing is being worked on."""

    def mail(self, raw: bytes) -> bool:
        """Hands a letter in; False when it has no such door."""

    def troubles(self) -> list[str]:
        """What it finds wrong with its own books."""


class Vanthu:
    """Our gateway: `vanthu run` with the folder door and the SMTP door."""

    def __init__(self, folder: Path) -> None:
        self.scratch = folder / "tmp"
        self.scratch.mkdir(parents=True)
        self._place = Place.made(folder, "[folder]\nsettle_s = 0.3\npoll_s = 0.5\ngive_up_s = 20\nleast_free_mb = 8\n"
                                         "[read]\nworkers = 1\n")
        self.drop = self._place.data / "drop"
        self.drop.mkdir(exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self._place.data

    def start(self, environ: Mapping[str, str] | None = None) -> None:
        given = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.scratch)} | (environ or {})
        with (self._place.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(self._place.command("run"), cwd=ROOT, env=given, stdout=log,
                                             stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + 90
        while not self._place.open():
            assert self.runs(), "it ended while it started"
            assert time.monotonic() < end, "it does not come up"
            time.sleep(0.05)

    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self.runs():
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def papers(self) -> Counter[str]:
        store = self._store()
        try:
            files = [one.file(Role.ORIGINAL) for one in store.find(Query(limit=10_000)).documents]
            return Counter(file.sha256 for file in files if file and self._whole(file.sha256))
        finally:
            store.close()

    def refused(self) -> set[str]:
        failed = [path for path in (self.drop / "failed").rglob("*") if path.is_file()]
        return {hashlib.sha256(path.read_bytes()).hexdigest() for path in failed if Path(f"{path}.txt").exists()}

    def idle(self) -> bool:
        store = self._store()
        try:
            waiting = frozenset({Stage.RECEIVED, Stage.READ})
            return not store.find(Query(stages=waiting, held=False, limit=0)).total
        finally:
            store.close()

    def mail(self, raw: bytes) -> bool:
        self._place.hand_in(raw)
        return True

    def troubles(self) -> list[str]:
        store = self._store()
        try:
            return list(store.journal.verify())
        finally:
            store.close()

    def _store(self) -> Store:
        return self._place.store()

    def _whole(self, sha256: str) -> bool:
        file = self.data / "vault" / sha256[:2] / sha256[2:4] / sha256
        return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == sha256


def product_in(folder: Path) -> Product:
    """The product under test."""
    module, _, name = os.environ.get("CHAOS_PRODUCT", "tests.faults.product:Vanthu").partition(":")
    made: Product = getattr(importlib.import_module(module), name)(folder)
    return made


def has(program: str) -> bool:
    """Is the program installed?"""
    return shutil.which(program) is not None or (program == "root" and os.geteuid() == 0)
