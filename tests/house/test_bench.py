"""Measuring programs are not run by the suite; what they take from other rooms is there all the same."""
from __future__ import annotations

import subprocess
import sys

from tests.house.source import ROOT

EVERY = """
import importlib, pkgutil, bench
for one in pkgutil.iter_modules(bench.__path__):
    if one.name != "__main__":
        importlib.import_module(f"bench.{one.name}")
"""


def test_every_bench_can_be_loaded() -> None:
    command = [sys.executable, "-c", EVERY]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
