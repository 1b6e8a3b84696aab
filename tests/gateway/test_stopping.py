"""A stop is heard whenever and wherever it comes."""
from __future__ import annotations

import subprocess
import sys

import pytest

EARLY = """
import os, signal
from gateway.stopping import StopAsked
asked = StopAsked()
os.kill(os.getpid(), signal.SIGINT)
asked.wait()
"""
ANOTHER_THREAD = """
import os, signal, threading, time
from gateway.stopping import StopAsked
asked = StopAsked()

def later():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Thread(target=later, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
asked.wait()
"""


@pytest.mark.parametrize("code", [EARLY, ANOTHER_THREAD], ids=["before the wait", "in another thread"])
def test_a_stop_is_heard(code: str) -> None:
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == 0
