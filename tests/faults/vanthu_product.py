"""Our gateway as the fault rounds see it: `vanthu run` with the folder door and the SMTP door."""
from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.document import Document, Role, Stage
from gateway.store.store import Query
from rules.field import Name
from tests.faults.group import Group
from tests.faults.product import Result
from tests.gateway.letters_by_mail import ROOT, Place


class Vanthu(Group):
    """Our gateway: `vanthu run` with the folder door and the SMTP door."""

    def __init__(self, folder: Path) -> None:
        self.scratch = folder / "tmp"
        self.scratch.mkdir(parents=True)
        self._place = Place.made(folder, "[folder]\nsettle_s = 0.3\npoll_s = 0.5\ngive_up_s = 20\nleast_free_mb = 8\n"
                                         "[read]\nworkers = 1\n")
        self.drop = self._place.data / "drop"
        self.drop.mkdir(exist_ok=True)

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
            assert self._runs(), f"it ended while it started: {self._last_words()}"
            assert time.monotonic() < end, "it does not come up"
            time.sleep(0.05)

    def _last_words(self) -> str:
        return (self._place.folder / "log.txt").read_text("utf-8", "replace")[-1500:]

    def stop(self) -> None:
        if self._process is not None and self._runs():
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def results(self) -> list[Result]:
        store = self._place.store()
        try:
            found = store.find(Query(limit=10_000)).documents
            return [*(one for document in found if (one := self._result(document))), *self._refused()]
        finally:
            store.close()

    def _result(self, document: Document) -> Result | None:
        """None when its bytes are not there as they came."""
        file = document.file(Role.ORIGINAL)
        if file is None or not self._whole(file.sha256):
            return None
        number = document.fields.get(Name.NUMBER)
        working = document.stage in (Stage.RECEIVED, Stage.READ)
        return Result(file.sha256, number.value if number else "", document.pages or 0,
                      "held" if document.held else "working" if working else "done")

    def _refused(self) -> Iterator[Result]:
        for path in (self.drop / "failed").rglob("*"):
            if path.is_file() and Path(f"{path}.txt").exists():
                yield Result(hashlib.sha256(path.read_bytes()).hexdigest(), stage="refused")

    def mail(self, raw: bytes) -> bool:
        self._place.hand_in(raw)
        return True

    def troubles(self) -> list[str]:
        store = self._place.store()
        try:
            return list(store.journal.verify())
        finally:
            store.close()

    def _whole(self, sha256: str) -> bool:
        file = self.data / "vault" / sha256[:2] / sha256[2:4] / sha256
        return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == sha256
