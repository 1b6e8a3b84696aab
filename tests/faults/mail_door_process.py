"""A mail door in a process of its own, for tests that kill it: `mail_door_process.py CONFIG smtp|imap [POINT COUNT]`.

With a point the process kills itself there while it takes the COUNT-th letter.
"""
from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from gateway.imap_rounds import imap_rounds
from gateway.intake.letters import Letters
from gateway.mail_doors import open_letters, serve_smtp
from gateway.settings import Settings
from gateway.store.store import Store
from gateway.store.vault import Vault

POINTS = {"arrived": (Letters, "_decide"), "placed": (Vault, "put"), "committed": (Store, "receive"),
          "taken": (Letters, "take")}
"""After which call: nothing written, bytes in the vault, row committed, answer known but not given."""


def lay_mine(point: str, at: int) -> None:
    """Makes the process die after that call, the `at`-th time."""
    owner, name = POINTS[point]
    call: Callable[..., Any] = getattr(owner, name)
    calls = count(1)

    def dies(*args: Any, **more: Any) -> Any:
        result = call(*args, **more)
        if next(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dies)


def watch_mailbox(settings: Settings) -> None:
    """Until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = Store.open(settings.url)
    letters = open_letters(settings, store, Vault(settings.data / "vault"))
    (only,) = imap_rounds(settings, letters.take, stop=stop, told=lambda door, note: print(note or "well", flush=True))
    only.work()


def main(config: Path, door: str, point: str = "", at: str = "1") -> None:
    """Runs the door."""
    if point:
        lay_mine(point, int(at))
    (serve_smtp if door == "smtp" else watch_mailbox)(Settings.load(config))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
