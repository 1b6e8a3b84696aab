"""read: the paper becomes words and, unless it is signed, a PDF/A.  Secrecy is judged before anything is kept.

A letter or message is opened first (steps.unpack, steps.open_message); the paper in it is read by the next leg.
"""
from __future__ import annotations

import io
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from gateway.document import Change, Document, FileRef, Held, Role, Stage
from gateway.errors import FileMissing
from gateway.office import Rendered, rendered
from gateway.recipe import recipe_file
from gateway.steps.open_message import wants_opening
from gateway.steps.pages import Laid, PageTools, kept_pages, lay
from gateway.steps.secrecy import stop_for
from gateway.steps.unpack import NO_PAPER, wants_unpacking
from gateway.store.vault import Vault
from ocr.reading import Reading, reading_to_json
from ocr.triage import Kind
from rules.secrecy import judge_secrecy

VirusIn = Callable[[Path], str]
FLATTENED = "pages_flattened"
"""Remark: the paper's own content is no PDF/A, so its pages were turned into pictures."""
_VIRUS = ("Tệp chứa mã độc ({name}) nên không được mở. Hãy từ chối văn bản này và báo nơi gửi; "
          "nếu tin là báo nhầm, hãy nhờ quản trị viên kiểm tra.")


def check_virus(document: Document, vault: Vault, virus_in: VirusIn) -> Change | None:
    """A hold where the file as it came has a virus; None where it is clean.  A letter is looked at whole and opened.

    Raises:
        VirusCheckDown: nobody has looked at it: it is not clean.
        VaultError: the vault.
    """
    files = (document.file(Role.ORIGINAL), document.paper, document.file(Role.SOURCE))
    looked_at = [file for file in files if file is not None]
    for file in dict.fromkeys(looked_at):
        if name := virus_in(vault.path(file)):
            return Change(what="held", why=(said := _VIRUS.format(name=name)), held=Held("virus", said))
    return None


class Reader(Protocol):
    """What reads files: ocr.child.ReaderPool."""

    def look_head(self, path: Path, *, upright: Collection[int] = ()) -> Reading:
        """Only the head of the first page; pages of `upright` (0-based) stand as a person has turned them."""
        ...

    def look(self, path: Path, *, head: Reading | None = None, progress: Callable[[int, int], None] | None = None,
             upright: Collection[int] = ()) -> Reading:
        """All pages; what `head` has is not read again."""
        ...

    def archive(self, path: Path, reading: Reading, out: Path) -> bool:
        """Writes the PDF/A; True when the pages had to be turned into pictures."""
        ...


@dataclass(frozen=True, slots=True)
class ReadTools:
    """What the step works with."""

    reader: Reader
    vault: Vault
    progress: Callable[[str, int, int], None]
    """Told (Document id, pages done, pages) after every page."""
    unpack: Callable[[Document], Change]
    """Opens a letter (steps.unpack) or a message of the Exchange (steps.open_message)."""
    rendered: Callable[[Path, Path], Rendered | None] = rendered
    """An office or text file as PDF in a folder (gateway.office)."""
    pages: PageTools | None = None
    """Puts pages together by their recipe and takes stacks apart; None where files are read as they come."""
    virus_in: VirusIn | None = None
    """Names the virus in a file, "" for none (gateway.virus.Clamd); None where nobody is asked."""


def read(document: Document, tools: ReadTools) -> Change:
    """RECEIVED → READ, or STOPPED, or held; a letter or message not opened yet is opened and stays RECEIVED.

    Raises:
        OcrError: the file cannot be read (permanent), or not now (temporary).
        VaultError: the disk.
        ReadFailed: the letter cannot be opened.
        VirusCheckDown: the virus check is asked for, and does not answer.
    """
    if tools.virus_in and (infected := check_virus(document, tools.vault, tools.virus_in)):
        return infected
    if wants_unpacking(document) or wants_opening(document):
        return tools.unpack(document)
    paper = document.paper
    if paper is None and (document.is_letter or document.is_message):
        return Change(what="held", why=NO_PAPER, held=Held("no_paper", NO_PAPER))
    if paper is None and recipe_file(document) is None:
        raise FileMissing
    with TemporaryDirectory(dir=tools.vault.work_folder(), prefix="read-") as folder:
        return _read(document, paper, tools, Path(folder))


def _read(document: Document, paper: FileRef | None, tools: ReadTools, folder: Path) -> Change:
    laid = lay(document, paper, tools.pages, folder) if tools.pages else None
    if isinstance(laid, Change):
        return laid
    if paper is None:
        raise FileMissing
    laid = laid or Laid(tools.vault.path(paper))
    made = tools.rendered(laid.path, folder)
    path = made.path if made else laid.path
    head = tools.reader.look_head(path, upright=laid.upright)
    if stop := stop_for(judge_secrecy(head.pages), document):
        return stop
    reading = tools.reader.look(path, head=head, progress=lambda done, of: tools.progress(document.id, done, of),
                                upright=laid.upright)
    if stop := stop_for(judge_secrecy(reading.pages), document):
        return stop
    put = kept_pages(laid, paper, tools.vault)
    files, flattened = _files(paper, path, reading, tools, folder)
    remarks = (*document.remarks, *laid.remarks, *reading.remarks, *(made.remarks if made else ()), *flattened)
    return Change(
        what="read",
        to=Stage.READ,
        files=(*put, *files),
        kind=reading.triage.kind.value,
        pages=len(reading.pages),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _files(paper: FileRef, path: Path, reading: Reading, tools: ReadTools,
           folder: Path) -> tuple[tuple[FileRef, ...], tuple[str, ...]]:
    """What is kept, and the remark it deserves."""
    stem = Path(paper.name).stem
    words = tools.vault.put(io.BytesIO(reading_to_json(reading)), role=Role.WORDS, media_type="application/json",
                            name=f"{stem}.words.json")
    if reading.triage.kind is Kind.SIGNED:  # stays as it is, byte for byte (design.md decision 6)
        return (words,), ()
    out = folder / "archive.pdf"
    flattened = tools.reader.archive(path, reading, out)
    archive = tools.vault.put(out, role=Role.ARCHIVE, media_type="application/pdf", name=f"{stem}.pdf")
    return (words, archive), ((FLATTENED,) if flattened else ())
