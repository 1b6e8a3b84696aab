"""What keeps a child process from the network: put before its command line."""
from __future__ import annotations

import functools
import os
import subprocess


@functools.cache
def without_network() -> tuple[str, ...]:
    """The command that gives what follows an empty network of its own, () where the kernel does not let us.

    It becomes the command that follows: same process, same parent.
    """
    command = ("unshare", "--net", "--map-root-user") if os.geteuid() else ("unshare", "--net")
    try:
        allowed = subprocess.run([*command, "true"], capture_output=True, check=False, timeout=20).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ()
    return command if allowed else ()
