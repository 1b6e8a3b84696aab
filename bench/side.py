"""`python -m bench.side [--rounds N] [--copies N] [--no-faults] [--postgres]`: a paper's way, beside what others run.

Three ways take the same papers in turn: bare `ocrmypdf`, two at a time (the ceiling); `ocrmypdf --deskew --rotate-pages
--clean`, two at a time (what popular document managers run on every file); our gateway, from the drop folder to
proposed fields and PDF/A, its readers warm.  Every copy is another scan of the letter.  Processor seconds (user and
system) and memory are those of the whole tree of processes.  Medians of the rounds.

Number and date are ours as they are proposed; those of the others are the first that look like one in the text of
their PDF, as document managers find them.  Lost, doubled and stuck are of the fault rounds (bench/fault_table.py),
where bare `ocrmypdf` stands in the folder loop of its manual.  With `--postgres` our gateway has its rows in a server
started for it, as a house of several machines has, and what that server takes idle is told beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from bench.batch import Paper, found_in_text, papers, right
from bench.fault_table import Loss, losses
from bench.tree import Peak, Tree
from gateway.document import Document, Role, Stage
from gateway.settings import Settings
from gateway.store.store import Query, Store
from rules.field import Name
from tests.gateway import postgres_server
from tests.gateway.letters_by_mail import Place
from tests.gateway.postgres_server import Server, new_database
from tests.waiting import wait_for

OCRMYPDF = [str(Path(sys.executable).parent / "ocrmypdf"), "-l", "vie", "--output-type", "pdfa-2"]
OCRMYPDF += ["--pdfa-backend", "internal", "--jobs", "1", "-q"]
IDLE_S = 30.0
BARE, CLEAN, OURS = "ocrmypdf", "ocrmypdf -d -r -c", "vanthu"


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
    numbers: int
    dates: int
    """So many are right."""
    own: float = 0.0
    """Processor seconds of the first process alone: ours is engine, store, doors, desk and rounds."""


def command(options: Sequence[str]) -> Callable[[Sequence[Paper], Path], Cost]:
    """`ocrmypdf` with these options, two files at a time."""

    def run(given: Sequence[Paper], folder: Path) -> Cost:
        for paper in given:
            (folder / paper.name).write_bytes(paper.data)
        ends: list[float] = []
        tree = Tree(os.getpid())
        peak, before, begun = Peak(tree), tree.cpu(), time.perf_counter()

        def one(paper: Paper) -> None:
            path = folder / paper.name
            subprocess.run([*OCRMYPDF, *options, str(path), f"{path}.out"], check=True,
                           env=os.environ | {"OMP_THREAD_LIMIT": "1"})
            ends.append(time.perf_counter() - begun)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, given))
        used = tree.cpu() - before
        marks = [right(paper, *found_in_text(folder / f"{paper.name}.out")) for paper in given]
        size = sum(path.stat().st_size for path in folder.glob("*.out"))
        return Cost(max(ends), statistics.median(ends), used, peak.stop(), size, len(ends),
                    sum(number for number, _ in marks), sum(date for _, date in marks))

    return run


class Gateway:
    """Ours, running, with two reading processes and otherwise the default settings."""

    def __init__(self, folder: Path, url: str = "") -> None:
        """Rows in the database at `url`, or in the data folder."""
        more = "[read]\nworkers = 2\n[folder]\nsettle_s = 0.2\npoll_s = 0.5\n"
        self._place = Place.made(folder, more + (f'[store]\nurl = "{url}"\n' if url else ""), smtp=False)
        config = folder / "gateway.toml"
        config.write_text(config.read_text("utf-8").replace("poll_s = 0.2\nheal_s = 0.5\n", "", 1), "utf-8")
        (self._place.data / "drop").mkdir()
        self._process = self._place.start("run")
        self._store = Store.open(url) if url else self._place.store()
        self._tree = Tree(self._process.pid)
        self._warmings = 0
        self.warm()

    def warm(self) -> None:
        """Has every reading process do a paper."""
        self._warmings += 1
        self._through(papers(1, f"warm{self._warmings}"))

    def run(self, given: Sequence[Paper], _: Path) -> Cost:
        """From the folder to proposed."""
        self.warm()
        peak, before, own = Peak(self._tree), self._tree.cpu(), self._tree.own()
        ends = self._through(given)
        used, own = self._tree.cpu() - before, self._tree.own() - own
        newest = self._store.find(Query(stages=frozenset({Stage.PROPOSED}), limit=len(given))).documents
        size = sum(one.size for document in newest if (one := document.file(Role.ARCHIVE)))
        of = {paper.name: paper for paper in given}
        marks = [right(of[one.name], _value(one, Name.NUMBER), _value(one, Name.DATE)) for one in newest]
        return Cost(max(ends), statistics.median(ends), used, peak.stop(), size, len(ends),
                    sum(number for number, _ in marks), sum(date for _, date in marks), own)

    def _through(self, given: Sequence[Paper]) -> list[float]:
        """Drops the papers; when each was proposed."""
        known, begun, ends = self._count(), time.perf_counter(), list[float]()
        for paper in given:
            half = self._place.data / "drop" / f".{paper.name}"
            half.write_bytes(paper.data)
            half.rename(half.with_name(paper.name))

        def over() -> bool:
            now = self._count() - known
            ends.extend([time.perf_counter() - begun] * (now - len(ends)))
            return now == len(given)

        wait_for(over, 600, 0.05)
        return ends

    def _count(self) -> int:
        return self._store.find(Query(stages=frozenset({Stage.PROPOSED}), limit=0)).total

    def idle(self) -> tuple[float, float, float, float]:
        """While nothing happens: share of a core of all and of the first process, MB as RSS and as PSS."""
        before, own, begun = self._tree.cpu(), self._tree.own(), time.perf_counter()
        time.sleep(IDLE_S)
        lasted = time.perf_counter() - begun
        shares = (self._tree.cpu() - before) / lasted, (self._tree.own() - own) / lasted
        return *shares, self._tree.resident_mb(), self._tree.shared_once_mb()

    def close(self) -> None:
        """Ends it."""
        self._store.close()
        self._process.terminate()
        self._process.wait(90)


def _value(document: Document, name: Name) -> str:
    field = document.fields.get(name)
    return field.value if field else ""


def _ways_through(ways: Mapping[str, Callable[[Sequence[Paper], Path], Cost]], root: Path, *, rounds: int,
                  copies: int) -> tuple[dict[str, list[Cost]], int]:
    """What each way took in each round, and the bytes that went in."""
    figures: dict[str, list[Cost]] = {name: [] for name in ways}
    size = 0
    for turn in range(rounds):
        for number, (name, way) in enumerate(ways.items()):
            given = papers(copies, f"t{turn}w{number}")
            size = sum(len(paper.data) for paper in given)
            (folder := root / f"{turn}-{number}").mkdir()
            figures[name].append(way(given, folder))
    return figures, size


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.side", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--no-faults", action="store_true", help="leave the fault rounds out")
    parser.add_argument("--postgres", action="store_true", help="rows in a PostgreSQL server instead of SQLite")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (root / "ours").mkdir()
        server = stack.enter_context(_postgres()) if arguments.postgres else None
        gateway = stack.enter_context(closing(Gateway(root / "ours", new_database(server.address) if server else "")))
        warm = gateway.idle()
        time.sleep(Settings().read.keep_s + 1 - IDLE_S)
        quiet, resting = gateway.idle(), 0.0
        if server:
            resting = idle_share(Tree(server.pid))
        ways = {BARE: command(()), CLEAN: command(("--deskew", "--rotate-pages", "--clean")), OURS: gateway.run}
        figures, size = _ways_through(ways, root, rounds=arguments.rounds, copies=arguments.copies)
    lost = {} if arguments.no_faults else losses()
    show(figures, size, {BARE: lost.get("WatchLoop"), OURS: lost.get("Vanthu")})
    mine = figures[OURS]
    gross = statistics.median(one.own / one.done for one in mine)
    net = statistics.median((one.own - quiet[1] * one.seconds) / one.done for one in mine)
    print(f"of ours, engine, store, doors and desk: {1000 * gross:.0f} ms CPU a paper, {1000 * net:.0f} without what "
          "they take idle in the same seconds")
    for word, (share, _, rss, pss) in (("readers warm", warm), (f"after {Settings().read.keep_s:.0f} s", quiet)):
        print(f"vanthu idle, {word}: {share:.1%} of a core, {rss:.0f} MB for the whole tree ({pss:.0f} with what is "
              "shared counted once)")
    if server:
        print(f"PostgreSQL itself in such a time: {resting:.1%} of a core")
    return 0


def _postgres() -> AbstractContextManager[Server]:
    programs = postgres_server.binaries()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed (Debian package postgresql)")
    return postgres_server.running(programs, safe=True)


def idle_share(tree: Tree) -> float:
    """Of a core, while nothing happens."""
    before, begun = tree.cpu(), time.perf_counter()
    time.sleep(IDLE_S)
    return (tree.cpu() - before) / (time.perf_counter() - begun)


def show(figures: Mapping[str, Sequence[Cost]], size_in: int, lost: Mapping[str, Loss | None]) -> None:
    """One line a way; one-page papers, so that documents are pages."""
    count = figures[OURS][0].done
    print(f"{count} one-page papers, {size_in / 1e6:.1f} MB, two at a time, medians of {len(figures[OURS])} rounds in "
          f"turn, load {os.getloadavg()[1]:.1f}")
    print(f"{'':18}{'pages/min':>10}{'median s':>9}{'CPU s/page':>11}{'peak MB':>8}{'MB out':>7}{'done':>5}"
          f"{'number':>7}{'date':>5}{'lost':>6}{'doubled':>8}{'stuck':>6}")
    for name, costs in figures.items():
        middle = {what: statistics.median(getattr(one, what) for one in costs)
                  for what in ("seconds", "middle", "cpu", "peak_mb", "bytes_out", "done", "numbers", "dates")}
        loss = lost.get(name)
        books = f"{loss.lost:3}/{loss.given:<2}{loss.doubled:8}{loss.stuck:6}" if loss else ""
        print(f"{name:18}{60 * count / middle['seconds']:10.1f}{middle['middle']:9.1f}{middle['cpu'] / count:11.2f}"
              f"{middle['peak_mb']:8.0f}{middle['bytes_out'] / 1e6:7.1f}{middle['done']:5.0f}"
              f"{middle['numbers']:7.0f}{middle['dates']:5.0f}{books}")


if __name__ == "__main__":
    raise SystemExit(main())
