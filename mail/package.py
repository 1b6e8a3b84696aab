"""What comes out of a mail in a program's own form (winmail.dat, .msg): words and files."""

from __future__ import annotations

from dataclasses import dataclass

from mail.charset import Decoded

NAMELESS = Decoded("", "", sure=True)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file in such a mail, or a mail in a mail."""

    name: Decoded = NAMELESS
    data: bytes = b""
    said: str = ""
    content_id: str = ""
    hidden: bool = False
    """Shown inside the text only."""
    mail: Package | None = None
    why: str = ""
    """Vietnamese sentence when it cannot be opened."""


@dataclass(frozen=True, slots=True)
class Package:
    """Text and files of one such mail."""

    subject: str = ""
    text: str = ""
    html: bytes = b""
    rtf: bytes = b""
    """Compressed, as the program keeps it."""
    files: tuple[Attached, ...] = ()
