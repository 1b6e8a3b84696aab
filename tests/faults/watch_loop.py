"""Another product for the fault rounds: bare OCRmyPDF in a loop over a folder, as its manual's watcher is run.

    python tests/faults/watch_loop.py IN OUT ARCHIVE     the loop itself

A file is opened up to five times a second apart and then forgotten; the PDF/A goes to OUT, the source to ARCHIVE, both
under the source's name; nothing is written down.  It shows that the rounds run against something that is not ours.
"""
from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pikepdf

from tests.faults.group import Group
from tests.faults.product import Result

ROOT = Path(__file__).resolve().parents[2]
NOW = "in-work.txt"
"""In its TMPDIR: the name of the file in work."""


class WatchLoop(Group):
    """The loop as a product: what it has is what lies in its archive and has an output."""

    def __init__(self, folder: Path) -> None:
        self.drop, self.scratch = folder / "data" / "in", folder / "tmp"
        self._out, self._archive = folder / "data" / "out", folder / "data" / "archive"
        for one in (self.drop, self.scratch, self._out, self._archive):
            one.mkdir(parents=True)

    def start(self, environ: Mapping[str, str] | None = None) -> None:
        given = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.scratch)} | (environ or {})
        command = [sys.executable, str(Path(__file__)), *map(str, (self.drop, self._out, self._archive))]
        self._process = subprocess.Popen(command, env=given, stdout=subprocess.PIPE, start_new_session=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def stop(self) -> None:
        self.kill()  # it knows no other end

    def results(self) -> list[Result]:
        kept = [path for path in self._archive.iterdir() if (self._out / path.name).exists()]
        done = [Result(hashlib.sha256(path.read_bytes()).hexdigest(), pages=pages_of(self._out / path.name))
                for path in kept]
        with suppress(FileNotFoundError):
            now = self.drop / (self.scratch / NOW).read_text("utf-8")
            done.append(Result(hashlib.sha256(now.read_bytes()).hexdigest(), stage="working"))
        return done

    def mail(self, raw: bytes) -> bool:
        return False

    def troubles(self) -> list[str]:
        return []


def pages_of(path: Path) -> int:
    """0 for what is no whole PDF."""
    with suppress(pikepdf.PdfError), pikepdf.open(path) as pdf:
        return len(pdf.pages)
    return 0


def work(path: Path, out: Path, archive: Path) -> None:
    """One file, as the manual's loop does it."""
    for _ in range(5):
        with suppress(pikepdf.PdfError, OSError), pikepdf.open(path):
            break
        time.sleep(1)
    else:
        return
    options = "-l vie --skip-text --output-type auto --rasterizer pypdfium --jobs 1 --quiet"
    program = [sys.executable, "-m", "ocrmypdf", *options.split(), str(path), str(out / path.name)]
    now = Path(os.environ["TMPDIR"]) / NOW
    now.write_text(path.name, "utf-8")
    if subprocess.run(program, check=False).returncode == 0 and path.exists():
        shutil.move(path, archive / path.name)
    now.unlink(missing_ok=True)


def main(folder: Path, out: Path, archive: Path) -> None:
    """Looks once a second; what was there at the start, and what failed once, is not looked at again."""
    seen = {path.name for path in folder.glob("*.pdf")}
    print("ready", flush=True)
    while True:
        now = {path.name for path in folder.glob("*.pdf")} if folder.is_dir() else set()
        for name in sorted(now - seen):
            work(folder / name, out, archive)
        seen = now
        time.sleep(1)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
