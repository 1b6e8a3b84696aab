"""What keeps a child process from the network, and from files that are not its own: put before its command line."""
from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

_SYSTEM = ("/usr", "/opt", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache",
           "/etc/libreoffice", "/etc/localtime", "/etc/passwd", "/var/cache/fontconfig")
"""What a program needs of the system: programs and fonts, nothing of anybody's."""


@functools.cache
def without_network() -> tuple[str, ...]:
    """The command that gives what follows an empty network of its own, () where the kernel does not let us.

    It becomes the command that follows: same process, same parent.
    """
    command = ("unshare", "--net", "--map-root-user") if os.geteuid() else ("unshare", "--net")
    return command if _works(command) else ()


def in_a_room(work: Path) -> tuple[str, ...]:
    """The command that shows what follows the system's programs and `work` alone, without network or other processes.

    By bubblewrap, which stays its parent and ends with us; where that is not to be had, `without_network()`.
    """
    return (*_BUBBLE, "--bind", str(work), str(work), "--chdir", str(work)) if has_rooms() else without_network()


@functools.cache
def has_rooms() -> bool:
    """Is bubblewrap installed, and does the kernel let it?"""
    return _works((*_BUBBLE, "--chdir", "/tmp"))


_BUBBLE = ("bwrap", "--unshare-all", "--die-with-parent", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
           *(word for one in _SYSTEM for word in ("--ro-bind-try", one, one)))


def _works(command: Sequence[str]) -> bool:
    try:
        return subprocess.run([*command, "true"], capture_output=True, check=False, timeout=20).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
