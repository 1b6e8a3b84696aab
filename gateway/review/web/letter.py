"""What the page of a Document shows of the letter it came in, and the downloads of its Parts."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.document import Document, FileRef, Role
from gateway.fates import LetterRecord, PartFate, letter_record
from gateway.review.acts import Act, Person, offered
from gateway.review.desk import Desk
from gateway.review.gather import Gathered, gathered, letters_beside, new_files

_PARTS = (Role.PAPER, Role.ATTACHMENT, Role.MESSAGE)


@dataclass(frozen=True, slots=True)
class PartRow:
    """One Part with what became of it."""

    part: PartFate
    state: str
    """"paper", "attachment", "message", or the fate of what is kept in the letter only."""
    file: FileRef | None
    """Its bytes, when they are kept beside the letter."""
    choosable: bool
    """A clerk may name it as the paper."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Another letter of the same sender."""

    letter: Document
    files: tuple[FileRef, ...]
    """What it would bring."""


@dataclass(frozen=True, slots=True)
class LetterView:
    """The letter of a Document."""

    record: LetterRecord
    rows: tuple[PartRow, ...]
    """What matters: taken, refused and held Parts."""
    ignored: tuple[PartRow, ...]
    """Bodies, opened packages, logos, signatures."""
    gathered: tuple[Gathered, ...]
    """Other letters of the sender whose files are in."""
    lets_go: bool
    """They may be taken out again now."""
    inside: Document | None
    """The paper that has taken in this letter's files."""
    beside: tuple[Beside, ...]
    """Letters whose files may be taken in."""
    may_choose: bool
    """Another file may be named as the paper."""


def letter_view(desk: Desk, document: Document, who: Person) -> LetterView | None:
    """None for a Document that is no letter, or has not been opened yet."""
    record, may_choose = letter_record(document, desk.vault), Act.CHOOSE in offered(document, who)
    if record is None:
        return None
    rows = [_row(document, part, may_choose) for part in record.parts]
    return LetterView(
        record,
        tuple(row for row in rows if row.part.fate != "ignored"),
        tuple(row for row in rows if row.part.fate == "ignored"),
        tuple(gathered(desk, document)),
        Act.LET_GO in offered(document, who),
        desk.store.kin.gatherer(document),
        tuple(Beside(one, new_files(document, one)) for one in letters_beside(desk.store, document, who)),
        may_choose,
    )


def _row(document: Document, part: PartFate, may_choose: bool) -> PartRow:
    file = part_file(document, part.sha256) if part.fate == "taken" else None
    if file is None:
        return PartRow(part, part.fate, None, choosable=False)
    is_paper = document.paper is not None and file.sha256 == document.paper.sha256
    state = Role.PAPER if is_paper else Role.ATTACHMENT if file.role is Role.PAPER else file.role
    return PartRow(part, state.value, file, choosable=may_choose and state is Role.ATTACHMENT)


def part_file(document: Document, sha256: str) -> FileRef | None:
    """The file of a Part of this Document, or None."""
    return next((file for file in document.files if file.sha256 == sha256 and file.role in _PARTS), None)
