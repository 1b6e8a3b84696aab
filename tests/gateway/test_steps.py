"""read and propose over the real reader: what is kept, what is not, and what is never touched."""
from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
import pytest

from gateway.document import Change, Document, Role, Stage
from gateway.errors import FileMissing, ReadFailed
from gateway.steps.propose import ProposeTools, propose
from gateway.steps.read import Reader, ReadTools, read
from gateway.steps.secrecy import CLEARED
from ocr.child import ReaderPool
from ocr.errors import Encrypted, Unreadable
from ocr.page import Box, Mark, Page
from ocr.reading import Reading, reading_from_json, reading_to_json
from ocr.triage import Kind, PageKind, Triage
from rules.facts import EarlierNumber
from rules.field import Name, Secrecy
from tests.gateway.papers import Papers

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LETTER = SAMPLES / "giay-moi-hop.pdf"


def tools(papers: Papers, reader: Reader, told: list[tuple[int, int]] | None = None) -> ReadTools:
    def opened(document: Document) -> Change:
        raise AssertionError("this is no letter")

    return ReadTools(reader, papers.vault, lambda _, done, of: told.append((done, of)) if told is not None else None,
                     opened)


def kept(papers: Papers) -> int:
    """How many files lie in the vault."""
    return sum(path.is_file() for path in papers.vault.folder.rglob("*"))


def test_a_scan_becomes_words_and_an_archive_and_then_fields(papers: Papers, pool: ReaderPool) -> None:
    told: list[tuple[int, int]] = []
    document = papers.received("Giấy mời.pdf", LETTER.read_bytes())
    change = read(document, tools(papers, pool, told))
    assert (change.to, change.kind, change.pages) == (Stage.READ, "scan", 1)
    assert [(file.role, file.name) for file in change.files] == [
        (Role.WORDS, "Giấy mời.words.json"), (Role.ARCHIVE, "Giấy mời.pdf")]
    assert told == [(1, 1)]
    assert list(papers.vault.work_folder().iterdir()) == []
    document = papers.record(document, change)
    proposed = propose(document, ProposeTools(papers.vault, lambda _: (), lambda *_: ()))
    assert proposed.to is Stage.PROPOSED
    assert proposed.fields is not None
    assert Name.SUBJECT in proposed.fields
    assert papers.record(document, proposed).fields[Name.SUBJECT].evidence is not None


def test_what_was_confirmed_before_is_asked_for_by_issuer_and_symbol(papers: Papers, pool: ReaderPool) -> None:
    asked: list[tuple[str, str]] = []

    def earlier(issuer: str, symbol: str) -> tuple[EarlierNumber, ...]:
        asked.append((issuer, symbol))
        return ()

    document = papers.received("a.pdf", LETTER.read_bytes())
    document = papers.record(document, read(document, tools(papers, pool)))
    fields = propose(document, ProposeTools(papers.vault, lambda _: (), earlier)).fields or {}
    assert asked == [(fields[Name.ISSUER].value, fields[Name.SYMBOL].value)]


@pytest.mark.parametrize(("data", "error"), [(b"%PDF-1.7\nno end", Unreadable), (b"", Encrypted)])
def test_what_cannot_be_read_keeps_nothing(
        papers: Papers, pool: ReaderPool, data: bytes, error: type[Exception]) -> None:
    document = papers.received("a.pdf", data or locked())
    before = kept(papers)
    with pytest.raises(error):
        read(document, tools(papers, pool))
    assert kept(papers) == before


def locked() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(LETTER) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="u", owner="o"))
    return out.getvalue()


@dataclass
class Seen:
    """A reader that has seen these pages."""

    pages: tuple[Page, ...]
    kind: Kind = Kind.SCAN

    def reading(self) -> Reading:
        return Reading(Triage(self.kind, "application/pdf", len(self.pages), (PageKind.SCAN,)), self.pages, 0.1)

    def look_head(self, path: Path, *, upright: object = None) -> Reading:
        return replace(self.reading(), pages=self.pages[:1])

    def look(self, path: Path, *, head: object = None, progress: object = None, upright: object = None) -> Reading:
        return self.reading()

    def archive(self, path: Path, reading: Reading, out: Path) -> bool:
        raise AssertionError("nothing may be derived")


BLANK = Page(1, 210.0, 297.0, 300.0)


def marked(text: str, *, framed: bool) -> Page:
    mark = Mark(text, Box(0.2, 0.2, 0.3, 0.23), red=0.9 if framed else 0.0, framed=framed, confidence=0.9)
    return replace(BLANK, marks=(mark,))


@pytest.mark.parametrize("pages", [(marked("TỐI MẬT", framed=True),), (BLANK, marked("MẬT", framed=True))])
def test_a_secrecy_mark_stops_the_paper_before_anything_is_kept(papers: Papers, pages: tuple[Page, ...]) -> None:
    document = papers.received()
    change = read(document, tools(papers, Seen(pages)))
    assert (change.to, change.secrecy, change.files) == (Stage.STOPPED, Secrecy.MARKED, ())
    assert kept(papers) == 1
    papers.record(document, change)
    assert kept(papers) == 0


def test_a_doubtful_mark_waits_for_people_and_is_not_doubted_again(papers: Papers) -> None:
    seen = Seen((marked("MẬT", framed=False),), Kind.SIGNED)
    document = papers.received()
    change = read(document, tools(papers, seen))
    assert change.held is not None
    assert (change.to, change.held.code, change.secrecy) == (None, "secrecy_unsure", Secrecy.UNSURE)
    assert read(replace(document, remarks=(CLEARED,)), tools(papers, seen)).to is Stage.READ


def test_a_signed_file_stays_as_it_is(papers: Papers) -> None:
    change = read(papers.received(), tools(papers, Seen((BLANK,), Kind.SIGNED)))
    assert [file.role for file in change.files] == [Role.WORDS]
    assert change.kind == "signed"


def words_of(papers: Papers, document: Document, data: bytes) -> Document:
    file = papers.vault.put(io.BytesIO(data), role=Role.WORDS, media_type="application/json", name="w.json")
    return replace(document, stage=Stage.READ, files=(*document.files, file))


def test_a_mark_that_only_the_rules_see_stops_it_later(papers: Papers) -> None:
    reading = Seen((marked("MẬT", framed=True),)).reading()
    document = words_of(papers, papers.received(), reading_to_json(reading))
    assert reading_from_json(reading_to_json(reading)) == reading
    assert propose(document, ProposeTools(papers.vault, lambda _: (), lambda *_: ())).to is Stage.STOPPED


def test_broken_words_are_said_to_be_broken(papers: Papers) -> None:
    asking = ProposeTools(papers.vault, lambda _: (), lambda *_: ())
    with pytest.raises(ReadFailed):
        propose(words_of(papers, papers.received(), b"{}"), asking)
    with pytest.raises(FileMissing):
        propose(papers.received(), asking)


class Painter(Seen):
    """A reader that can only paint the pages."""

    def archive(self, path: Path, reading: Reading, out: Path) -> bool:
        out.write_bytes(b"%PDF painted")
        return True


def test_pages_that_were_turned_into_pictures_are_told(papers: Papers) -> None:
    reader = Painter((BLANK,))
    change = read(papers.received(), tools(papers, reader))
    assert "pages_flattened" in (change.remarks or ())
