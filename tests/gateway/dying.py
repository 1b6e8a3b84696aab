"""In place of the inspecting process one that dies, never ends or says what it likes."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.inspector import Inspector
from ocr.reading import Options

DIES = {"aborts": "kill -ABRT $$", "is killed": "kill -KILL $$", "faults": "kill -SEGV $$",
        "never ends": "sleep 60", "ends": "exit 0"}
RUBBISH = {
    "no object": "[]",
    "no value": '{"result": {}}',
    "another value": '{"result": {"value": {"signatures": 3}}}',
    "another refusal": '{"result": {"refused": ["SystemExit", "x"]}}',
    "half a refusal": '{"result": {"refused": ["SealError"]}}',
    "bytes elsewhere": '{"result": {"value": {"report": 1, "data": [0, 99], "lists": []}}}',
}


@dataclass(frozen=True, slots=True)
class Dying:
    """An inspector whose processes come to a bad end at the first task."""

    inspector: Inspector
    _starts: Path

    @property
    def deaths(self) -> int:
        """So many processes have been started."""
        return len(self._starts.read_text().splitlines()) if self._starts.exists() else 0


@contextmanager
def dying(folder: Path, does: str, patch: pytest.MonkeyPatch) -> Iterator[Dying]:
    """`does` is a line of sh, run when a task has come."""
    starts = folder / "starts"
    script = f"""echo x >> '{starts}'; echo '{{"ready": 1}}'; read task; {does}"""
    patch.setattr("ocr.pool.apart", lambda *_, **__: ("sh", "-c", script))
    patch.setattr("ocr.pool._GRACE_S", 0.3)
    limit = 0.2 if does.startswith("sleep") else 60.0
    with Inspector(Options(time_limit_s=limit), scratch=folder) as inspector:
        yield Dying(inspector, starts)


def says(line: str) -> str:
    """It answers that line."""
    return f"echo '{line}'; read more"
