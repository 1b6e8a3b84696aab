"""A product under fire: processes in a group of their own, so that all it has started can be killed at once."""
from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress


class Group:
    """What every product of the rounds shares: one process, its group, and kill -9 of both."""

    _process: subprocess.Popen[bytes] | None = None

    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
