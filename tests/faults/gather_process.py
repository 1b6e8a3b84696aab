"""A letter is taken in or out in processes that die at each statement: `python gather_process.py ROOT ACT OUT`.

For every statement of the transaction ROOT is copied to OUT/NUMBER, and a child of this process, which has one thread,
does the act there and dies by the kernel's hand when it comes to that statement; the last copy is done whole.
"""
from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gateway.document import Change, Document
from gateway.review.acts import Person
from gateway.review.desk import Desk
from gateway.review.gather import gather, let_go
from gateway.store.database import Database
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from tests.gateway.papers import now

LAN = Person("lan", "Lan", frozenset({"clerk"}))


def main(root: Path, act: str, out: Path) -> None:
    for at in range(1, 1000):
        house = out / str(at)
        shutil.copytree(root, house)
        child = os.fork()
        if not child:
            do(house, act, at)
            os._exit(0)
        if os.waitpid(child, 0)[1] != signal.SIGKILL:
            return
    raise AssertionError("the act never ended")


def do(root: Path, act: str, at: int = 0) -> None:
    """The act; `at`: at which of its statements, or at whose commit, the process dies."""
    store, vault = Store(Database(f"sqlite:///{root}/vanthu.db"), now), Vault(root / "vault")
    desk = Desk(store=store, vault=vault, seal=None, offices={}, home="H99.1",  # type: ignore[arg-type]
                picture=None, take=None)  # type: ignore[arg-type]
    first, other = sorted(store.find(Query()).documents, key=lambda one: one.id)
    change = ACTS[act](desk, first, other)
    if at:
        lay_mine(store.engine, at)
    store.record(first, change, who="lan")
    store.close()


def lay_mine(engine: sa.Engine, at: int) -> None:
    steps = iter(range(1, 1000))

    def step(*_: Any, **__: Any) -> None:
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    for event in ("before_cursor_execute", "commit"):
        sa.event.listen(engine, event, step)


def _in(desk: Desk, first: Document, other: Document) -> Change:
    return gather(first, other, who=LAN)


def _out(desk: Desk, first: Document, other: Document) -> Change:
    return let_go(desk, first, other.id, who=LAN)


ACTS: dict[str, Callable[[Desk, Document, Document], Change]] = {"in": _in, "out": _out}

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
