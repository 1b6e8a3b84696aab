"""What keeps a child process from the network, and from files that are not its own: put before its command line."""
from __future__ import annotations

import functools
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ocr import landlock

log = logging.getLogger(__name__)
_SYSTEM = ("/usr", "/opt/libreoffice", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/fonts",
           "/etc/ld.so.cache", "/etc/libreoffice", "/etc/localtime", "/etc/passwd", "/var/cache/fontconfig")
"""What a program needs of the system: programs and fonts, nothing of anybody's."""
_ASKED = ("/etc/mime.types", "/etc/nsswitch.conf", "/etc/ssl/openssl.cnf", "/etc/ld.so.preload", "/etc/locale.alias",
          "/var/spool/libreoffice", "/var/lib/libreoffice", "/proc/self",
          "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm", "/sys/devices/system")
"""What libraries look at when they start; bubblewrap makes a /proc of its own."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


_NO_NETWORK = ("unshare", "--net", "--map-root-user") if os.geteuid() else ("unshare", "--net")
_SOCKETS = "/run"
_NO_SOCKETS = (*_NO_NETWORK, "--mount", "sh", "-c",
               f'mount -t tmpfs -o ro,nosuid,nodev,size=4k none {_SOCKETS} && exec "$@"', "sh")
"""Where the machine's services listen (PostgreSQL, D-Bus): Landlock does not keep a process from calling them."""


@functools.cache
def without_network() -> tuple[str, ...]:
    """The command that gives what follows an empty network of its own, () where the kernel does not let us.

    It becomes the command that follows: same process, same parent.
    """
    return _NO_NETWORK if _works(_NO_NETWORK) else ()


@functools.cache
def without_services() -> tuple[str, ...]:
    """The same, and what follows sees no socket of the machine's services either; () where the kernel does not let us.
    """
    return _NO_SOCKETS if without_network() and _works(_NO_SOCKETS) else ()


def apart(room: str, *, read: Iterable[Path] = (), write: Iterable[Path] = ()) -> tuple[str, ...]:
    """The command behind which a Python program of ours in the package `room` works without network.

    It sees the system's programs, Python, its own package, the files and folders of `read`, and may change those of
    `write`; nothing else, and it signals no process but its own.  It becomes the command that follows.  Where the
    kernel has no Landlock, only the network and the machine's services are gone.
    """
    package = Path(__file__).resolve().parents[1] / room
    ours, own = [package, *read], list(write)
    return (*_alone([*ours, *own]), *_ground(ours, own, names=[str(package.parent)]))


def in_a_room(work: Path) -> tuple[str, ...]:
    """The command that shows what follows the system's programs and `work` alone, without network or other processes.

    By bubblewrap, which stays its parent and ends with us; where that is not to be had, by Landlock and without network
    as far as the kernel lets us.
    """
    if has_rooms():
        return (*_BUBBLE, "--bind", str(work), str(work), "--chdir", str(work))
    # LibreOffice makes a socket there and takes it away, or does not run.
    return (*_alone([work]), *_ground((), [work], sockets=["/tmp"]))


@functools.cache
def has_rooms() -> bool:
    """Is bubblewrap installed, and does the kernel let it?"""
    return _works((*_BUBBLE, "--chdir", "/tmp"))


@functools.cache
def file_fence() -> int:
    """The kernel's Landlock, 0 where there is none or it cannot be used; said in the log then, once a process."""
    known = landlock.version()
    if known and _works(_behind({"run": readable()})):
        return known
    log.warning("- file_fence_missing landlock=%d effect=readers_may_open_every_file_of_this_user", known)
    return 0


def readable() -> list[str]:
    """Folders and files that every child may read and run: of the system and of Python."""
    python = [f"{prefix}/{part}" for prefix in dict.fromkeys((sys.prefix, sys.base_prefix))
              for part in ("bin", "lib", "lib64", "pyvenv.cfg")]
    return [*_SYSTEM, *_ASKED, *python]


def _alone(needed: Iterable[Path]) -> tuple[str, ...]:
    hidden = any(path.resolve().is_relative_to(_SOCKETS) for path in (Path(sys.prefix), *needed))
    return without_network() if hidden else without_services() or without_network()


def _ground(read: Iterable[Path], write: Iterable[Path], **more: Sequence[str]) -> tuple[str, ...]:
    if not file_fence():
        return ()
    return _behind({"run": readable(), "read": [str(path) for path in read], "write": [str(path) for path in write],
                    "devices": _DEVICES, **more})


def _behind(ground: landlock.Ground) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", landlock.__file__, json.dumps({kind: list(ground[kind]) for kind in ground}))


_BUBBLE = ("bwrap", "--unshare-all", "--die-with-parent", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
           *(word for one in _SYSTEM for word in ("--ro-bind-try", one, one)))


def _works(command: Sequence[str]) -> bool:
    try:
        return subprocess.run([*command, "true"], capture_output=True, check=False, timeout=20).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
