"""`python -m bench.side [--rounds N] [--copies N]`: the whole way of a paper, side by side with what others run on it.

Three ways take the same papers in turn: bare `ocrmypdf`, two at a time (the ceiling); `ocrmypdf --deskew --rotate-pages
--clean`, two at a time (what popular document managers run on every file); our gateway, from the drop folder to
proposed fields and PDF/A.  Every paper is given several times with bytes of its own.  Processor seconds and memory are
those of the whole tree of processes, as the kernel counts them.  Medians of the rounds.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from gateway.document import Role, Stage
from gateway.store.store import Query
from tests.gateway.letters_by_mail import SAMPLES, Place, wait_for

PAPERS = ("cong-van-ra-soat.pdf", "giay-moi-hop.pdf", "hoa-toc-bao-lu.pdf", "quyet-dinh-to-cong-tac.pdf")
TICKS = 100
OCRMYPDF = [str(Path(sys.executable).parent / "ocrmypdf"), "-l", "vie", "--output-type", "pdfa-2"]
OCRMYPDF += ["--pdfa-backend", "internal", "--jobs", "1", "-q"]


@dataclass(frozen=True, slots=True)
class Cost:
    """One way through all papers."""

    seconds: float
    middle: float
    """Seconds until half of the papers were done."""
    cpu: float
    peak_mb: float
    bytes_out: int
    done: int
    own: float = 0.0
    """Processor seconds of the first process alone: ours is engine, store, doors and rounds."""


class Meter:
    """Looks at a tree of processes ten times a second."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._cpu: dict[tuple[int, str], float] = {}
        self.peak_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def cpu(self) -> float:
        """Processor seconds of all processes seen so far, those that have ended included."""
        self._look()
        return sum(self._cpu.values())

    def own(self) -> float:
        """Processor seconds of the first process."""
        self._look()
        return sum(used for (pid, _), used in self._cpu.items() if pid == self._root)

    def stop(self) -> None:
        """Ends the looking."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self._look()

    def _look(self) -> None:
        found: dict[int, tuple[int, str, float, int]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = path.read_text("utf-8", "replace").rpartition(")")
            except (FileNotFoundError, ProcessLookupError):
                continue
            words = rest.split()
            used = (int(words[11]) + int(words[12])) / TICKS
            found[int(name.split()[0])] = (int(words[1]), words[19], used, int(words[21]))
        tree = {self._root}
        while more := {pid for pid, one in found.items() if one[0] in tree} - tree:
            tree |= more
        self.peak_mb = max(self.peak_mb, sum(found[pid][3] for pid in tree if pid in found) * 4096 / 2**20)
        for pid in tree & found.keys():
            _, begun, used, _ = found[pid]
            self._cpu[pid, begun] = used


def papers(copies: int, mark: str) -> dict[str, bytes]:
    """Every sample so many times; the subject makes the bytes different."""
    made = {}
    for name in PAPERS:
        for number in range(copies):
            with pikepdf.open(SAMPLES / name) as pdf:
                pdf.docinfo["/Subject"] = f"{mark} {number}"
                out = io.BytesIO()
                pdf.save(out)
            made[f"{mark}-{number}-{name}"] = out.getvalue()
    return made


def command(options: Sequence[str]) -> Callable[[dict[str, bytes], Path], Cost]:
    """`ocrmypdf` with these options, two files at a time."""

    def run(files: dict[str, bytes], folder: Path) -> Cost:
        for name, data in files.items():
            (folder / name).write_bytes(data)
        ends: list[float] = []
        meter, begun = Meter(os.getpid()), time.perf_counter()
        before = meter.cpu()

        def one(name: str) -> None:
            subprocess.run([*OCRMYPDF, *options, str(folder / name), str(folder / f"{name}.out")], check=True)
            ends.append(time.perf_counter() - begun)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, files))
        used = meter.cpu() - before
        meter.stop()
        size = sum(path.stat().st_size for path in folder.glob("*.out"))
        return Cost(max(ends), statistics.median(ends), used, meter.peak_mb, size, len(ends))

    return run


class Gateway:
    """Ours, running and warm, with two reading processes."""

    def __init__(self, folder: Path) -> None:
        self._place = Place.made(folder, "[read]\nworkers = 2\n[folder]\nsettle_s = 0.2\npoll_s = 0.5\n", smtp=False)
        (self._place.data / "drop").mkdir()
        self._process = self._place.start("run")
        self._store = self._place.store()
        self.run(papers(1, "warm"), folder)

    def run(self, files: dict[str, bytes], folder: Path) -> Cost:
        """From the folder to proposed."""
        done, known = frozenset({Stage.PROPOSED}), self._count()
        meter, ends = Meter(self._process.pid), []
        before, own, begun = meter.cpu(), meter.own(), time.perf_counter()
        for name, data in files.items():
            half = self._place.data / "drop" / f".{name}"
            half.write_bytes(data)
            half.rename(half.with_name(name))

        def over() -> bool:
            now = self._store.find(Query(stages=done, limit=0)).total - known
            ends.extend([time.perf_counter() - begun] * (now - len(ends)))
            return now == len(files)

        wait_for(over, 600, 0.05)
        used, own = meter.cpu() - before, meter.own() - own
        meter.stop()
        newest = self._store.find(Query(stages=done, limit=len(files))).documents
        kept = [one.file(Role.ARCHIVE) for one in newest]
        size = sum(one.size for one in kept if one)
        return Cost(max(ends), statistics.median(ends), used, meter.peak_mb, size, len(ends), own)

    def _count(self) -> int:
        return self._store.find(Query(stages=frozenset({Stage.PROPOSED}), limit=0)).total

    def idle(self, seconds: float) -> tuple[float, float]:
        """Share of a core, and MB, while nothing happens; readers stay warm."""
        meter = Meter(self._process.pid)
        before = meter.cpu()
        time.sleep(seconds)
        used = meter.cpu() - before
        meter.stop()
        return used / seconds, meter.peak_mb

    def close(self) -> None:
        """Ends it."""
        self._store.close()
        self._process.terminate()
        self._process.wait(90)


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.side", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--copies", type=int, default=3)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory())
        root = Path(place)
        (root / "ours").mkdir()
        gateway = stack.enter_context(closing(Gateway(root / "ours")))
        share, idle_mb = gateway.idle(20)
        ways = {"ocrmypdf": command(()), "ocrmypdf -d -r -c": command(("--deskew", "--rotate-pages", "--clean")),
                "vanthu": gateway.run}
        figures: dict[str, list[Cost]] = {name: [] for name in ways}
        sizes = 0
        for turn in range(arguments.rounds):
            for number, (name, way) in enumerate(ways.items()):
                files = papers(arguments.copies, f"t{turn}w{number}")
                sizes = sum(len(data) for data in files.values())
                (folder := root / f"{turn}-{number}").mkdir()
                figures[name].append(way(files, folder))
    show(figures, sizes)
    own = statistics.median(one.own for one in figures["vanthu"]) / figures["vanthu"][0].done
    print(f"of ours, engine, store and doors: {1000 * own:.0f} ms CPU a paper")
    print(f"vanthu idle, readers warm: {share:.1%} of a core, {idle_mb:.0f} MB for the whole tree")
    return 0


def show(figures: dict[str, list[Cost]], size_in: int) -> None:
    """One line a way; one-page papers, so that documents are pages."""
    count = figures["vanthu"][0].done
    print(f"{count} one-page papers, {size_in / 1e6:.1f} MB, two at a time, medians of {len(figures['vanthu'])} rounds")
    print(f"{'':20}{'pages/min':>10}{'median s':>10}{'CPU s/page':>12}{'peak MB':>9}{'MB out':>8}{'done':>6}")
    for name, costs in figures.items():
        middle = {what: statistics.median(getattr(one, what) for one in costs)
                  for what in ("seconds", "middle", "cpu", "peak_mb", "bytes_out", "done")}
        print(f"{name:20}{60 * count / middle['seconds']:10.1f}{middle['middle']:10.1f}{middle['cpu'] / count:12.2f}"
              f"{middle['peak_mb']:9.0f}{middle['bytes_out'] / 1e6:8.1f}{middle['done']:6.0f}")


if __name__ == "__main__":
    raise SystemExit(main())
