"""A sender mailed one paper in two letters: the files of one go along with the other's paper, and that letter ends.

Both letters stay as they came.  While the paper is not confirmed a letter can be taken out again: its files leave with
it, and it waits as it did before.  Each act is one transaction over both letters.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from gateway.document import Change, Document, FileRef, Held, Mover, Role, Stage
from gateway.errors import FileMissing, WrongStage
from gateway.fates import letter_record
from gateway.review.acts import Act, Person, demand, ending, offered, read_anew
from gateway.review.desk import Desk
from gateway.review.translations import mark
from gateway.steps.unpack import NO_PAPER
from gateway.store.rearranging import MERGED
from gateway.store.store import Store

_NOT_WITH = mark("Không gộp được thư này. Hãy tải lại trang rồi chọn lại.")
_NOT_IN = mark("Thư này không còn gộp trong văn bản. Hãy tải lại trang để xem các tệp hiện có.")
_MADE = frozenset({Role.ARCHIVE, Role.WORDS, Role.WORKING, Role.RECIPE, Role.EVIDENCE})
"""Files that were made of the paper before them."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A letter whose files are in another one's paper."""

    letter: Document
    files: tuple[FileRef, ...]
    """What leaves with it: what neither the paper's own letter nor another one that stays has brought too."""
    paper: bool
    """The present paper is one of them."""


def letters_beside(store: Store, document: Document, who: Person) -> Sequence[Document]:
    """Letters of the same sender that may be taken in, newest first."""
    if Act.GATHER not in offered(document, who):
        return ()
    return [one for one in store.kin.of_sender(document) if _fits(document, one, who)]


def new_files(document: Document, other: Document) -> tuple[FileRef, ...]:
    """What the other letter would bring: its paper first, then its attachments, each once."""
    had = {file.sha256 for file in document.files}
    return tuple(file for file in _brought(other) if file.sha256 not in had)


def _brought(letter: Document) -> tuple[FileRef, ...]:
    paper = (letter.paper,) if letter.paper else ()
    found = {file.sha256: replace(file, role=Role.ATTACHMENT) for file in (*paper, *letter.attachments)}
    return tuple(found.values())


def gather(document: Document, other: Document, *, who: Person) -> Change:
    """The other letter's files go along with this one's paper.

    Raises:
        NotAllowed, WrongStage: not by this person, not now, or not with that letter.
    """
    demand(Act.GATHER, document, who)
    original = other.file(Role.ORIGINAL)
    if original is None or not _fits(document, other, who):
        raise WrongStage(_NOT_WITH)
    files = new_files(document, other)
    reason = f"Đã gộp vào văn bản {document.id}; các tệp nằm ở đó."
    return Change(what="gathered", why=f"Gộp thư {other.id}, thêm {len(files)} tệp. Hai thư gốc giữ nguyên.",
                  files=(*files, replace(original, role=Role.GATHERED)),
                  along=((other, ending(MERGED, reason)),))  # fmt: skip


def _fits(document: Document, other: Document, who: Person) -> bool:
    return other.id != document.id and other.unit == document.unit and Act.GATHER in offered(other, who)


def gathered(desk: Desk, document: Document) -> Sequence[Gathered]:
    """The letters that were taken in, in that order, with what each of them would take out.

    Raises:
        FileMissing: what is known of the paper's own letter is not there.
    """
    letters = desk.store.kin.gathered(document) if document.file(Role.GATHERED) is not None else ()
    if not letters:
        return ()
    record = letter_record(document, desk.vault)
    if record is None:
        raise FileMissing
    own = {part.sha256 for part in record.parts if part.fate == "taken"}
    found = []
    for letter in letters:
        others = {file.sha256 for one in letters if one is not letter for file in _brought(one)}
        files = tuple(file for file in _brought(letter) if file.sha256 not in own | others)
        paper = document.paper is not None and document.paper.sha256 in {file.sha256 for file in files}
        found.append(Gathered(letter, files, paper))
    return found


def let_go(desk: Desk, document: Document, letter: str, *, who: Person) -> Change:
    """That letter (id) is taken out again; where the paper was one of its files, the one before it is read anew.

    Raises:
        NotAllowed, WrongStage: not by this person, not now, or it is not in.
        FileMissing: what is known of the paper's own letter is not there.
    """
    demand(Act.LET_GO, document, who)
    one = next((one for one in gathered(desk, document) if one.letter.id == letter), None)
    if one is None:
        raise WrongStage(_NOT_IN)
    dropped = _leaving(document, one)
    change = _before_it(document, dropped) if one.paper else Change(what="let_go")
    why = f"Tách thư {letter} ra, bớt {len(one.files)} tệp. Hai thư gốc giữ nguyên."
    return replace(change, what="let_go", why=why, dropped=dropped, along=((one.letter, _alone(document, one.letter)),))


def _leaving(document: Document, one: Gathered) -> tuple[FileRef, ...]:
    """The letter's files, and what was made of them while one was the paper."""
    gone, original = {file.sha256 for file in one.files}, one.letter.file(Role.ORIGINAL)
    made_of_them, found = False, []
    for file in document.files:
        if file.role is Role.PAPER:
            made_of_them = file.sha256 in gone
        part = file.role in (Role.PAPER, Role.ATTACHMENT) and file.sha256 in gone
        link = file.role is Role.GATHERED and original is not None and file.sha256 == original.sha256
        if part or link or (made_of_them and file.role in _MADE):
            found.append(file)
    return tuple(found)


def _before_it(document: Document, dropped: Collection[FileRef]) -> Change:
    """The paper that was before counts again; without one a person must say which."""
    left = any(file.role is Role.PAPER and file not in dropped for file in document.files)
    anew = read_anew(document)
    return anew if left else replace(anew, held=Held("no_paper", NO_PAPER))


def _alone(document: Document, letter: Document) -> Change:
    """The letter waits again as it did before it was taken in."""
    why = f"Đã tách khỏi văn bản {document.id}; thư lại chờ xử lý riêng."
    read = letter.paper is not None
    return Change(what="let_go", why=why, to=Stage.PROPOSED if read else Stage.RECEIVED, by=Mover.CLERK, reason="",
                  held=None if read else Held("no_paper", NO_PAPER))  # fmt: skip
