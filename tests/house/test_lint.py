"""The linters are part of the suite."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.house.source import ROOT

BIN = Path(sys.executable).parent


def run(*command: str) -> str:
    """Output of a tool that found something, "" when it found nothing."""
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_rooms_are_entered_in_one_direction_only() -> None:
    assert run("lint-imports", "--no-cache") == ""


def test_ruff_finds_nothing() -> None:
    assert run("ruff", "check", "--no-cache", ".") == ""


def test_mypy_finds_nothing() -> None:
    assert run("mypy") == ""
