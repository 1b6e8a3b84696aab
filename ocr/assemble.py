"""One PDF out of pages of other files, in a given order and turned as asked; pictures stay byte for byte.

The same pages asked for twice give the same bytes.
"""
from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ocr import sniff
from ocr.errors import Encrypted, SignedMustStay, Unreadable
from ocr.pdfa_source import wrapped
from ocr.triage import DAMAGED, Kind, triage

if TYPE_CHECKING:
    import pikepdf


@dataclass(frozen=True, slots=True)
class Taken:
    """One page of one file."""

    path: Path
    index: int
    """0-based."""
    turn: int
    """Clockwise, of the page as the file shows it: 0, 90, 180 or 270."""


def assemble(pages: Sequence[Taken], out: Path) -> None:
    """Writes the PDF to `out`, durable.

    Raises SignedMustStay: one of the files bears a signature; Encrypted, Unreadable: one cannot be opened or has no
    such page; NotArchivable: a picture that no PDF can hold.
    """
    import pikepdf

    with tempfile.TemporaryDirectory(prefix="pages-") as name, contextlib.ExitStack() as open_files:
        sources: dict[Path, pikepdf.Pdf] = {}
        for number, path in enumerate(dict.fromkeys(page.path for page in pages)):
            sources[path] = open_files.enter_context(_opened(path, Path(name) / f"{number}.pdf"))
        made = open_files.enter_context(pikepdf.new())
        try:
            _lay(pages, sources, made)
            made.save(out, deterministic_id=True)
        except DAMAGED + (pikepdf.PdfError,) as error:
            raise Unreadable(detail=f"{type(error).__name__}: {error}") from error
    _make_durable(out)


def _lay(pages: Sequence[Taken], sources: Mapping[Path, pikepdf.Pdf], made: pikepdf.Pdf) -> None:
    for page in pages:
        source = sources[page.path]
        if not 0 <= page.index < len(source.pages):
            raise Unreadable(detail=f"no page {page.index + 1}")
        made.pages.append(source.pages[page.index])
        if page.turn:
            made.pages[-1].rotate(page.turn, relative=True)


def _opened(path: Path, wrapping: Path) -> pikepdf.Pdf:
    import pikepdf

    found = triage(path)
    if found.kind is Kind.SIGNED:
        raise SignedMustStay
    if found.kind is Kind.ENCRYPTED:
        raise Encrypted(detail=found.reason)
    if found.kind in (Kind.BROKEN, Kind.UNKNOWN):
        raise Unreadable(detail=found.reason)
    if found.media_type != sniff.PDF:
        wrapped(path, wrapping)
        path = wrapping
    return pikepdf.open(path)


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
