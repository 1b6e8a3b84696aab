"""The command that popular document managers run, and our yardstick: bare `ocrmypdf`."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.command import Cost, run


def bare(source: Path, out: Path) -> Cost:
    """What `ocrmypdf -l vie --output-type pdfa-2` costs on one file, as a whole process."""
    command = str(Path(sys.executable).parent / "ocrmypdf")
    return run([command, "-l", "vie", "--output-type", "pdfa-2", "--pdfa-backend", "internal", "--jobs", "1",
                str(source), str(out)])
