"""A folder door in a process of its own, for tests that kill it: `python door_process.py ROOT [POINT]`.

With a point the process kills itself there, as hard as a power cut would be for everything but the disk.
"""
from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from gateway.intake.accept import accept
from gateway.intake.claims import Claims
from gateway.intake.folder import FolderDoor, FolderPlan
from gateway.settings import Folder
from gateway.store.store import Store
from gateway.store.vault import Vault

POINTS = ("claimed", "written", "placed", "inserted", "committed", "put aside")


def dying(call: Callable[..., Any]) -> Callable[..., Any]:
    """The call, and then the end."""

    def dies(*args: Any, **more: Any) -> Any:
        call(*args, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    return dies


def lay_mine(point: str, store: Store) -> None:
    """Makes the process die at that point."""
    if point == "inserted":
        store.on_leg = dying(lambda connection, document: None)
        return
    owner, name = {
        "claimed": (Claims, "claim"), "written": (Vault, "_write"), "placed": (Vault, "put"),
        "committed": (Store, "receive"), "put aside": (Claims, "done"),
    }[point]
    setattr(owner, name, dying(getattr(owner, name)))


def main(root: Path, point: str = "") -> None:
    """Takes files until the folder is empty for a while."""
    store, vault = Store.open(f"sqlite:///{root}/vanthu.db"), Vault(root / "vault")
    if point:
        lay_mine(point, store)
    usual = Folder()
    plan = FolderPlan(path=root / "drop", unit="H99.1", settle_s=0.05, poll_s=0.05,
                      endings=(usual.front_endings, usual.back_endings), sides_wait_s=usual.sides_wait_s)
    door = FolderDoor(plan, partial(accept, store, vault), native=False,
                      taken=lambda origin: store.by_origin(origin) is not None)
    print("ready", flush=True)
    idle = time.monotonic()
    while time.monotonic() - idle < 0.6:
        door.turn()
        if any(path.is_file() for name in ("", ".claimed") for path in (root / "drop" / name).rglob("*")
               if not {"done", "failed"} & set(path.relative_to(root / "drop").parts)):
            idle = time.monotonic()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
