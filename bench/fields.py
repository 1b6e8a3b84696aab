"""How soon the fields are there: `python -m bench.fields [--rounds N] [FILE ...]`.

A warm reading process (all models loaded, as in the gateway) looks at the head of the first page and the rules propose,
in turn with the bare `ocrmypdf` command on the same file.  CPU seconds are the kernel's, children included; on a busy
machine they are the fairer ratio.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from bench.bare import bare
from bench.command import Cost

SAMPLES = Path(__file__).parent.parent / "samples"
ONE_PAGE = (
    "cong-van-ra-soat.pdf",
    "giay-moi-hop.pdf",
    "quyet-dinh-to-cong-tac.pdf",
    "cong-van-dau-den.jpg",
    "thong-bao-nghi-le.pdf",
    "hoa-toc-bao-lu.pdf",
)


def children_cpu() -> float:
    """CPU seconds of this process's living children and of all that they have waited for."""
    tick = os.sysconf("SC_CLK_TCK")
    seconds = 0.0
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text("ascii").split():
            # utime, stime, cutime and cstime are the fields 14 to 17 of proc(5); the name before may hold blanks.
            fields = Path(f"/proc/{child}/stat").read_text("ascii").rpartition(")")[2].split()
            seconds += sum(map(int, fields[11:15])) / tick
    return seconds


def fields_of(pool: object, source: Path) -> Cost:
    """What the fields of one file cost in a warm worker."""
    from ocr.child import ReaderPool
    from rules.propose import propose

    assert isinstance(pool, ReaderPool)
    started, before, own = time.perf_counter(), children_cpu(), time.process_time()
    propose(pool.look_head(source).pages)
    cpu = children_cpu() - before + time.process_time() - own
    return Cost(time.perf_counter() - started, cpu, 0.0, 0)


def main() -> int:
    """Prints the table; medians over the rounds."""
    parser = argparse.ArgumentParser(prog="python -m bench.fields", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    files = args.files or [path for name in ONE_PAGE if (path := SAMPLES / name).exists()]
    print("Fields of a one-page letter from a warm worker, in turn with the bare ocrmypdf command; seconds.")
    print(f"{'file':32}{'wall':>8}{'bare':>8}{'ratio':>8}{'cpu':>8}{'bare':>8}{'ratio':>8}")
    ratios = [_row(path, args.rounds) for path in files]
    walls, cpus = zip(*ratios, strict=True)
    print(f"median of the ratios: wall {statistics.median(walls):.2f}, CPU {statistics.median(cpus):.2f}")
    return 0


def _row(source: Path, rounds: int) -> tuple[float, float]:
    from ocr.child import ReaderPool
    from ocr.reading import Options

    ours: list[Cost] = []
    theirs: list[Cost] = []
    with tempfile.TemporaryDirectory() as folder, ReaderPool(Options(), scratch=Path(folder)) as pool:
        pool.look_head(source)  # loads the models
        for _ in range(rounds):
            ours.append(fields_of(pool, source))
            theirs.append(bare(source, Path(folder) / "bare.pdf"))
    if any(cost.code for cost in theirs):
        raise SystemExit(f"ocrmypdf failed on {source.name}.")
    wall, wall_bare = (statistics.median(cost.wall for cost in costs) for costs in (ours, theirs))
    cpu, cpu_bare = (statistics.median(cost.cpu for cost in costs) for costs in (ours, theirs))
    print(f"{source.name:32}{wall:8.2f}{wall_bare:8.2f}{wall / wall_bare:8.2f}"
          f"{cpu:8.2f}{cpu_bare:8.2f}{cpu / cpu_bare:8.2f}", flush=True)
    return wall / wall_bare, cpu / cpu_bare


if __name__ == "__main__":
    raise SystemExit(main())
