"""A sender mailed one paper in two letters: the files of one go along with the other's paper, and that letter ends.

Both letters stay as they came.  Files are only ever added, so this act has no step back; the page says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.document import Change, Document, FileRef, Role
from gateway.errors import WrongStage
from gateway.review.acts import Act, Person, demand, ending, offered
from gateway.review.translations import mark
from gateway.store.rearranging import MERGED
from gateway.store.store import Store

_NOT_WITH = mark("Không gộp được thư này. Hãy tải lại trang rồi chọn lại.")


def letters_beside(store: Store, document: Document, who: Person) -> Sequence[Document]:
    """Letters of the same sender that may be taken in, newest first."""
    if Act.GATHER not in offered(document, who):
        return ()
    return [one for one in store.kin.of_sender(document) if _fits(document, one, who)]


def new_files(document: Document, other: Document) -> tuple[FileRef, ...]:
    """What the other letter would bring: its paper first, then its attachments, each once."""
    had = {file.sha256 for file in document.files}
    paper = (other.paper,) if other.paper else ()
    found = {file.sha256: replace(file, role=Role.ATTACHMENT) for file in (*paper, *other.attachments)}
    return tuple(file for sha256, file in found.items() if sha256 not in had)


def gather(document: Document, other: Document, *, who: Person) -> Change:
    """The other letter's files go along with this one's paper.

    Raises:
        NotAllowed, WrongStage: not by this person, not now, or not with that letter.
    """
    demand(Act.GATHER, document, who)
    if not _fits(document, other, who):
        raise WrongStage(_NOT_WITH)
    files = new_files(document, other)
    reason = f"Đã gộp vào văn bản {document.id}; các tệp nằm ở đó."
    return Change(what="gathered", why=f"Gộp thư {other.id}, thêm {len(files)} tệp. Hai thư gốc giữ nguyên.",
                  files=files, along=((other, ending(MERGED, reason)),))  # fmt: skip


def _fits(document: Document, other: Document, who: Person) -> bool:
    return other.id != document.id and other.unit == document.unit and Act.GATHER in offered(other, who)
