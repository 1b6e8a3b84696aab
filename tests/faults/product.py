"""What a fault round needs of a product.  Another product takes part by a class with these few methods:

    CHAOS_PRODUCT=tests.faults.watch_loop:WatchLoop CHAOS_WAIT_S=30 setup/chaos.sh rounds

A round knows a folder to drop papers into, a process to start, stop and kill, and one question: what do you have?
`Vanthu` (vanthu_product.py) is ours; `WatchLoop` (watch_loop.py) is bare OCRmyPDF in a loop over a folder.
"""
from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Result:
    """One paper as the product knows it."""

    sha256: str
    """Of the bytes that came in, as it can give them back now."""
    number: str = ""
    """The document's number as it was read; "" for none."""
    pages: int = 1
    """So many pages of those bytes are in this document."""
    stage: Literal["working", "done", "held", "refused"] = "done"
    """Still being worked on, ready, waiting for a person, or put aside with a reason that a person can read."""


class Product(Protocol):
    """One installation in a folder of its own, made by `Class(folder)`."""

    drop: Path
    """Papers are written here."""
    scratch: Path
    """Its TMPDIR: whoever tidies the machine may empty it."""

    def start(self, environ: Mapping[str, str] | None = None) -> None:
        """Starts it and waits until it works."""

    def stop(self) -> None:
        """An orderly end."""

    def kill(self) -> None:
        """kill -9 of all its processes."""

    def pid(self) -> int:
        """Its first process."""

    def results(self) -> Sequence[Result]:
        """Every paper it has, once for each document; asked while it runs."""

    def mail(self, raw: bytes) -> bool:
        """Hands a letter in; False when it has no such door."""

    def troubles(self) -> Sequence[str]:
        """What it finds wrong with its own books; empty when it keeps none."""


def product_in(folder: Path) -> Product:
    """The product under test."""
    module, _, name = os.environ.get("CHAOS_PRODUCT", "tests.faults.vanthu_product:Vanthu").partition(":")
    made: Product = getattr(importlib.import_module(module), name)(folder)
    return made


def has(program: str) -> bool:
    """Is the program installed?  "root": may this user mount a disk?"""
    return shutil.which(program) is not None or (program == "root" and os.geteuid() == 0)
