"""The SMTP door's process, seen from the gateway: started, watched, started again, stopped."""
from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

from gateway.errors import GatewayError

log = logging.getLogger(__name__)
_PR_SET_PDEATHSIG = 1
_YOUNG_S = 3.0
"""A process that ends within this time has not begun: the next start waits longer (gateway.loop)."""
_STOP_S = 30.0


class SmtpProcess:
    """Use `turn` again and again from one thread; its trouble is the health page's sentence."""

    def __init__(self, config: Path | None) -> None:
        """`config`: the file the settings came from, as given to this process."""
        named = ["--config", str(config)] if config else []
        self._command = [sys.executable, "-m", "gateway", *named, "smtp", "--parent", str(os.getpid())]
        self._process: subprocess.Popen[bytes] | None = None

    def turn(self) -> None:
        """Starts the process when there is none; looks whether it lives.

        Raises:
            GatewayError: it has ended by itself.
            OSError: it could not be started.
        """
        if self._process is None:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
            log.info("- smtp_started pid=%d", self._process.pid)
            try:
                self._process.wait(_YOUNG_S)
            except subprocess.TimeoutExpired:
                return
        code = self._process.poll()
        if code is None:
            return
        self._process = None
        log.warning("- smtp_ended code=%d", code)
        raise GatewayError(f"Cửa SMTP đã dừng (mã {code}), cổng đang khởi động lại. "
                           "Nếu lặp lại, hãy xem nhật ký và kiểm tra mục [smtp].")

    def stop(self) -> None:
        """Letters on their way get their answer first."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def end_with(parent: int) -> None:
    """This process is told to stop when its parent ends, however that ends.

    Raises:
        GatewayError: the parent has ended already.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise GatewayError("Tiến trình vanthu run đã dừng. Hãy chạy lại vanthu run.")
