"""Runs a command and tells what it cost, as the kernel counted it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """What one command used, all its children included."""

    wall: float
    """Seconds."""
    cpu: float
    """User + system seconds."""
    peak_mb: float
    """Largest resident set of any single process of the tree, MiB."""
    code: int
    """Exit status."""


def run(command: Sequence[str]) -> Cost:
    """Runs a command with its output thrown away.

    A small launcher process stands between, so that its children's counters start at zero for each run.
    """
    launcher = [sys.executable, "-m", "bench.command", *command]
    started = time.perf_counter()
    done = subprocess.run(
        launcher, capture_output=True, text=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"}, check=False
    )
    wall = time.perf_counter() - started
    code, cpu, peak = done.stdout.split()[-3:]
    return Cost(wall, float(cpu), float(peak), int(code))


def main() -> int:
    """The launcher: runs its arguments as a command, prints exit status, CPU seconds and peak MiB."""
    done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
