"""When to look again: at once where the file system sends events, after a while in any case.

Events of network file systems tell only of this machine's own changes; there the folder is polled.  Events are never
believed: they only make the next look come sooner.
"""
from __future__ import annotations

import logging
import threading
from pathlib import Path

from gateway.intake.entries import CLAIMED, DONE, FAILED

log = logging.getLogger(__name__)
_MOUNTS = Path("/proc/self/mountinfo")
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "ncpfs",
                     "vboxsf", "vmhgfs", "virtiofs", "davfs", "coda", "fuse", "fuseblk", "unknown"})


def file_system(folder: Path, mounts: Path = _MOUNTS) -> str:
    """The type of the file system the folder lies on ("ext4", "cifs" ...), "unknown" when the kernel does not say."""
    place, found, longest = str(folder.resolve()), "unknown", -1
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return found
    for line in lines:
        left, _, right = line.partition(" - ")
        point = left.split(" ")[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= longest:  # of two mounts on one place the later one is seen
            found, longest = right.split(" ")[0], len(point)
    return found


def sends_events(kind: str) -> bool:
    """Does a file system of that type tell of every change?"""
    return kind not in _REMOTE and not kind.startswith("fuse.")


class Watch:
    """Wakes whoever waits when something moves in the folder."""

    def __init__(self, folder: Path, *, native: bool | None = None) -> None:
        """`native`: listen to events (True), never (False), or as the file system's type says (None)."""
        self._folder = folder
        self._moved = threading.Event()
        self._closed = threading.Event()
        self.native = sends_events(file_system(folder)) if native is None else native
        if self.native:
            threading.Thread(target=self._listen, name="folder-events", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Returns when something has moved (True), or after so many seconds."""
        moved = self._moved.wait(seconds)
        self._moved.clear()
        return moved

    def close(self) -> None:
        """Ends listening and lets a waiting caller go."""
        self._closed.set()
        self._moved.set()

    def _listen(self) -> None:
        from watchfiles import watch

        ours = tuple(str(self._folder / name) for name in (CLAIMED, DONE, FAILED))
        try:
            # The library looks at its own list of events every `step` ms, also while nothing happens.
            for _ in watch(self._folder, watch_filter=lambda _, path: not path.startswith(ours), debounce=200, step=200,
                           stop_event=self._closed, raise_interrupt=False, force_polling=False):
                self._moved.set()
        except (OSError, RuntimeError) as error:  # no watches left, or the folder is gone: polling goes on
            self.native = False
            log.warning("- folder_events_end error=%s", type(error).__name__)
