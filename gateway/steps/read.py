"""read: the original becomes words and, unless it is signed, a PDF/A.  Secrecy is judged before anything is kept."""
from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from gateway.document import Change, Document, FileRef, Role, Stage
from gateway.errors import FileMissing
from gateway.steps.secrecy import stop_for
from gateway.store.vault import Vault
from ocr.reading import Reading, reading_to_json
from ocr.triage import Kind
from rules.secrecy import judge_secrecy


class Reader(Protocol):
    """What reads files: ocr.child.ReaderPool."""

    def look_head(self, path: Path) -> Reading:
        """Only the head of the first page."""
        ...

    def look(self, path: Path, *, head: Reading | None = None,
             progress: Callable[[int, int], None] | None = None) -> Reading:
        """All pages; what `head` has is not read again."""
        ...

    def archive(self, path: Path, reading: Reading, out: Path) -> bool:
        """Writes the PDF/A."""
        ...


@dataclass(frozen=True, slots=True)
class ReadTools:
    """What the step works with."""

    reader: Reader
    vault: Vault
    progress: Callable[[str, int, int], None]
    """Told (Document id, pages done, pages) after every page."""


def read(document: Document, tools: ReadTools) -> Change:
    """RECEIVED → READ, or STOPPED, or held.

    Raises:
        OcrError: the file cannot be read (permanent), or not now (temporary).
        VaultError: the disk.
    """
    original = document.file(Role.ORIGINAL)
    if original is None:
        raise FileMissing
    path = tools.vault.path(original)
    head = tools.reader.look_head(path)
    if stop := stop_for(judge_secrecy(head.pages), document):
        return stop
    reading = tools.reader.look(path, head=head, progress=lambda done, of: tools.progress(document.id, done, of))
    if stop := stop_for(judge_secrecy(reading.pages), document):
        return stop
    return Change(
        what="read",
        to=Stage.READ,
        files=_files(document, path, reading, tools),
        kind=reading.triage.kind.value,
        pages=len(reading.pages),
        remarks=tuple(dict.fromkeys((*document.remarks, *reading.remarks))),
    )


def _files(document: Document, path: Path, reading: Reading, tools: ReadTools) -> tuple[FileRef, ...]:
    stem = Path(document.name).stem
    words = tools.vault.put(io.BytesIO(reading_to_json(reading)), role=Role.WORDS, media_type="application/json",
                            name=f"{stem}.words.json")
    if reading.triage.kind is Kind.SIGNED:  # stays as it is, byte for byte (design.md decision 6)
        return (words,)
    with TemporaryDirectory(dir=tools.vault.work_folder(), prefix="read-") as folder:
        out = Path(folder) / "archive.pdf"
        tools.reader.archive(path, reading, out)
        archive = tools.vault.put(out, role=Role.ARCHIVE, media_type="application/pdf", name=f"{stem}.pdf")
    return (words, archive)
