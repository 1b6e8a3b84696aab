"""The systemd units let the children's fences stand: under them bubblewrap and Landlock did not, and nobody saw it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ocr.fences import _BUBBLE

UNITS = Path(__file__).resolve().parents[2] / "setup" / "systemd"
COVERS_PROC = {"ProtectKernelTunables", "ProtectKernelLogs", "ProtectHostname"}
"""With any of them the kernel lets no child make a /proc of its own (docs/installing.md)."""
READING = ("vanthu.service", "vanthu-work.service")


def settings(unit: str) -> dict[str, str]:
    lines = (UNITS / unit).read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Za-z]+=", line))


@pytest.mark.parametrize("unit", READING)
def test_a_unit_that_reads_lets_its_children_make_their_rooms(unit: str) -> None:
    told = settings(unit)
    assert "--unshare-all" in _BUBBLE
    assert "--proc" in _BUBBLE
    assert set(told["RestrictNamespaces"].split()) == {"user", "net", "pid", "mnt", "ipc", "uts", "cgroup"}
    assert not COVERS_PROC & told.keys()
    calls = told["SystemCallFilter"].split()
    assert "@mount" in calls
    assert {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"} <= set(calls)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize(("unit", "most"), [*((one, 30) for one in READING), ("vanthu-verify.service", 20)])
def test_the_exposure_of_a_unit_does_not_grow(unit: str, most: int) -> None:
    """In tenths; 30 is 3.0."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={most}", str(UNITS / unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr
