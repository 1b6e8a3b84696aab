"""Landlock: the kernel's fence around files, TCP and signals, which a process draws around itself and cannot undo.

As a program, `python -I -S ocr/landlock.py RULES COMMAND...` becomes COMMAND behind that fence; RULES is the JSON of a
`Ground`.  What an older kernel does not know is left out (docs.kernel.org/userspace-api/landlock.html): files since
Linux 5.13, renames between folders since 5.19, truncating since 6.2, TCP since 6.7, devices since 6.10, signals and
abstract sockets of processes outside since 6.12.
"""
from __future__ import annotations

import ctypes
import json
import os
import stat
import sys
from collections.abc import Mapping, Sequence

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH, _NO_NEW_PRIVS = 1, 1, 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REFER, _TRUNCATE, _IOCTL = (1 << bit for bit in (0, 1, 2, 3, 13, 14, 15))
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_REMOVE_FILE, _MAKE_SOCKET = 1 << 5, 1 << 9
_SPECIAL = sum(1 << bit for bit in (6, 9, 10, 11))
"""Making devices, sockets and pipes."""
_KINDS: Mapping[str, int] = {
    "run": _EXECUTE | _READ_FILE | _READ_DIR,
    "read": _READ_FILE | _READ_DIR,
    "names": _READ_DIR,
    "write": _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _REFER | _REMOVE_AND_MAKE & ~_SPECIAL,
    "sockets": _MAKE_SOCKET | _REMOVE_FILE,
    "devices": _READ_FILE | _WRITE_FILE | _IOCTL,
}
"""What may be done with a file, or with a folder and all below it."""
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_TCP, _SCOPES = 3, 3

Ground = Mapping[str, Sequence[str]]
"""Names of _KINDS, each with the paths it holds for; a path that is not there is left out."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Which Landlock the kernel has, 0 for none: too old, not switched on (`lsm=`), or forbidden by a container."""
    known: int = ctypes.CDLL(None).syscall(_CREATE, None, 0, _VERSION_FLAG)
    return max(0, known)


def restrict(ground: Ground) -> None:
    """Draws the fence around this thread and all that it starts.  Raises OSError."""
    known = version()
    files = (1 << 13 if known < 2 else 1 << 14 if known < 3 else 1 << 15 if known < 5 else 1 << 16) - 1
    wanted = _Ruleset(files, _TCP if known >= 4 else 0, _SCOPES if known >= 6 else 0)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    fence = _called(_CREATE, ctypes.byref(wanted), size, 0)
    for kind, paths in ground.items():
        for path in paths:
            _allow(fence, path, _KINDS[kind] & files)
    if ctypes.CDLL(None).prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError("no_new_privs")
    _called(_RESTRICT, fence, 0)
    os.close(fence)


def _allow(fence: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        rights &= -1 if stat.S_ISDIR(os.fstat(place).st_mode) else _OF_A_FILE
        if rights:
            _called(_ADD, fence, _PATH_BENEATH, ctypes.byref(_Beneath(rights, place)), 0)
    finally:
        os.close(place)


def _called(number: int, *words: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    answer: int = library.syscall(number, *words)
    if answer < 0:
        raise OSError(ctypes.get_errno(), f"landlock {number}")
    return answer


if __name__ == "__main__":
    restrict(json.loads(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
