"""`python -m bench [--rounds N] [FILE ...]`: what reading costs, beside the bare `ocrmypdf` command on the same files.

Both run as whole processes in turn (ours, bare, ours, bare ...), so that a machine whose speed drifts is fair to both.
Afterwards: seals per minute with a key in SoftHSM (bench.seal).
Printed are medians over the rounds.  Start-up and model loading are inside our figure, as they are inside the other's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import seal
from bench.bare import bare
from bench.command import Cost, run

SAMPLES = Path(__file__).parent.parent / "samples"
DEFAULT = (
    "cong-van-ra-soat.pdf",
    "giay-moi-hop.pdf",
    "to-trinh-hai-trang.tiff",
    "quyet-dinh-to-cong-tac.pdf",
    "cong-van-dau-den.jpg",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One file's figures."""

    name: str
    pages: int
    ours: list[Cost]
    bare: list[Cost]
    size_in: int
    size_out: int


def measure(source: Path, rounds: int, folder: Path) -> Row:
    """Runs both programs `rounds` times in turn on one file.

    Raises:
        SystemExit: a program failed; a figure without a result would be a lie.
    """
    out, other = folder / "ours.pdf", folder / "bare.pdf"
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(run([sys.executable, "-m", "bench.paper", str(source), str(out)]))
        theirs.append(bare(source, other))
    for name, costs in (("ours", ours), ("ocrmypdf", theirs)):
        if any(cost.code for cost in costs):
            raise SystemExit(f"{name} failed on {source.name} with exit status {[cost.code for cost in costs]}.")
    import pikepdf

    with pikepdf.open(out) as pdf:
        pages = len(pdf.pages)
    return Row(source.name, pages, ours, theirs, source.stat().st_size, out.stat().st_size)


COLUMNS = ("wall", "bare", "ratio", "cpu", "bare", "ratio", "peak", "bare", "MB in", "MB out")


def _mid(costs: list[Cost], what: str) -> float:
    return statistics.median(getattr(cost, what) for cost in costs)


def _line(row: Row) -> str:
    figures: list[float] = []
    for what in ("wall", "cpu"):
        ours, bare = _mid(row.ours, what) / row.pages, _mid(row.bare, what) / row.pages
        figures += [ours, bare, ours / bare]
    figures += [_mid(row.ours, "peak_mb"), _mid(row.bare, "peak_mb"), row.size_in / 1e6, row.size_out / 1e6]
    return f"{row.name:30} {row.pages:5}" + "".join(f"{figure:8.2f}" for figure in figures)


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    files = args.files or [SAMPLES / name for name in DEFAULT]
    print("Per page: wall seconds and CPU seconds; peak of the largest process in MiB; file sizes in MB.")
    print("'bare' is the command ocrmypdf -l vie --output-type pdfa-2, run in turn with ours.")
    print(f"{'file':30} {'pages':>5}" + "".join(f"{name:>8}" for name in COLUMNS))
    with tempfile.TemporaryDirectory() as folder:
        for source in files:
            print(_line(measure(source, args.rounds, Path(folder))), flush=True)
    seal.report()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
