"""The words of a Document's pages and of its letter, for searching."""
from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gateway.document import Document, Role
from gateway.errors import FileMissing
from gateway.fates import letter_record
from gateway.store.folding import fold
from gateway.store.vault import Vault

if TYPE_CHECKING:
    from ocr.reading import Reading

_MOTTO = (
    ("cong", "hoa", "xa", "hoi", "chu", "nghia", "viet", "nam"),
    ("doc", "lap", "tu", "do", "hanh", "phuc"),
)
_MOST_MISREAD = 2
"""So many of its words may have been read wrongly."""
log = logging.getLogger(__name__)


def page_words(document: Document, vault: Vault) -> Iterable[str]:
    """Line by line; nothing when they cannot be read: then the paper is found by its fields only."""
    try:
        return list(_lines(document, vault))
    except (FileMissing, ValueError) as error:
        log.warning("%s words_not_searchable why=%s", document.id, type(error).__name__)
        return ()


def reading_of(document: Document, vault: Vault) -> Reading | None:
    """What was read of the pages; None before that.

    Raises:
        FileMissing, ValueError: it is not there, or is nothing of ours.
    """
    from ocr.reading import reading_from_json

    words = document.file(Role.WORDS)
    return reading_from_json(vault.path(words).read_bytes()) if words is not None else None


def _lines(document: Document, vault: Vault) -> Iterator[str]:
    letter = letter_record(document, vault)
    if letter is not None:
        yield from (letter.subject, letter.sender, letter.sender_name, letter.text)
    reading = reading_of(document, vault)
    if reading is not None:
        for page in reading.pages:
            yield from (_without_motto(line.text) for line in page.lines)


def _without_motto(line: str) -> str:
    """The state's name and motto stand on every paper: their words would find all of them."""
    words = {fold(word).strip("-–.,") for word in line.split()}
    gone = {word for motto in _MOTTO if len(words & set(motto)) >= len(motto) - _MOST_MISREAD for word in motto}
    return " ".join(word for word in line.split() if fold(word).strip("-–.,") not in gone)
