"""A clerk's act on pages in a process that dies at a chosen write: `python pages_process.py ROOT ACT WRITE`.

WRITE counts what becomes durable: each file put into the vault, and last the transaction; "+" behind it: right after.
"""
from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.document import Document
from gateway.recipe import turned
from gateway.review.acts import Person
from gateway.review.desk import Desk
from gateway.review.rearrange import apply_pages, merge_pages, present
from gateway.review.undoing import undo_pages
from gateway.steps.pages import PageTools
from gateway.steps.read import ReadTools, read
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from ocr.child import ReaderPool

LAN = Person("lan", "Lan", frozenset({"clerk"}))


def main(root: Path, act: str, write: str) -> None:
    store, vault = Store.open(f"sqlite:///{root}/vanthu.db"), Vault(root / "vault")
    store.on_erase = vault.erase
    desk = Desk(store=store, vault=vault, seal=None, offices={}, home="H99.1",  # type: ignore[arg-type]
                picture=None, take=None)  # type: ignore[arg-type]
    lay_mine(int(write.rstrip("+") or 0), after=write.endswith("+"))
    first, *others = sorted(store.find(Query()).documents, key=lambda one: one.id)
    ACTS[act](desk, first, others)
    store.close()


def lay_mine(at: int, *, after: bool) -> None:
    """Makes the process die by the kernel's hand at that write."""
    writes = iter(range(1, 1000))

    def mined(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            now = next(writes) == at
            if now and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*args, **named)
            if now:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    if at:
        Vault.put = mined(Vault.put)  # type: ignore[method-assign]
        Store.record = mined(Store.record)  # type: ignore[method-assign]


def _split(desk: Desk, first: Document, others: list[Document]) -> None:
    leaves = turned(present(desk, first).leaves, 0, 90)
    apply_pages(desk, first, leaves, frozenset({1}), who=LAN)


def _merge(desk: Desk, first: Document, others: list[Document]) -> None:
    merge_pages(desk, first, others[0], fold=False, who=LAN)


def _undo(desk: Desk, first: Document, others: list[Document]) -> None:
    undo_pages(desk, first, who=LAN)


def _read(desk: Desk, first: Document, others: list[Document]) -> None:
    def opened(document: Document) -> Any:
        raise AssertionError("this is no letter")

    with ReaderPool() as pool:
        tools = ReadTools(pool, desk.vault, lambda *_: None, opened,
                          pages=PageTools(desk.vault, pool.assemble, pool.survey))
        desk.store.record(first, read(first, tools), who="machine")


ACTS = {"split": _split, "merge": _merge, "undo": _undo, "read": _read}

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
