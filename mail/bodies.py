"""The words of a letter, put together from its bodies."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mail.charset import Decoded
from mail.header import decode_text
from mail.markup import html_text

_LONGEST = 2 * 1024 * 1024
"""Bytes of all bodies together that are read as words: these are to show and search, the letter is kept whole."""


@dataclass(slots=True)
class Words:
    """Bodies in order, and the other reading where the encoding is in doubt."""

    pieces: list[tuple[str, bool, Decoded]] = field(default_factory=list)
    """(group of alternatives or "", is it HTML, text)."""

    left: int = _LONGEST

    def add(self, data: bytes, declared: str, group: str, html: bool) -> bool:
        """Reads one body; False when the words became too many and it was cut."""
        part = data[: _whole(data, self.left)]
        self.left -= len(part)
        read = html_text(part, declared) if html else decode_text(part, declared)
        self.pieces.append((group, html, read))
        return len(part) == len(data)

    def say(self, text: str) -> None:
        """Adds a line of the letter's own headers or of another mail's text."""
        self.hear(Decoded(text, "", sure=True))

    def hear(self, read: Decoded) -> None:
        """Adds words that are read already."""
        text = read.text[: self.left]
        self.left -= len(text)
        self.pieces.append(("", False, replace(read, text=text)))

    @property
    def sure(self) -> bool:
        """Is every reading beyond doubt?"""
        return all(piece.sure for piece in self._chosen())

    def text(self) -> str:
        """All bodies, one after the other; of alternatives the plain one where it says anything."""
        return _joined([piece.text for piece in self._chosen()])

    def other(self) -> str:
        """The same in the next likely encoding; "" when nothing is in doubt."""
        if self.sure:
            return ""
        return _joined([one.others[0][1] if one.others and not one.sure else one.text for one in self._chosen()])

    def _chosen(self) -> list[Decoded]:
        plain = {group for group, html, read in self.pieces if group and not html and read.text.strip()}
        return [read for group, html, read in self.pieces if not (html and group in plain)]


def _whole(data: bytes, most: int) -> int:
    """Where to cut so that no character of UTF-8 or UTF-16 is broken."""
    if len(data) <= most:
        return len(data)
    cut = most & ~1
    while cut > most - 4 and cut > 0 and data[cut] & 0xC0 == 0x80:
        cut -= 1
    return cut


def _joined(texts: list[str]) -> str:
    lines = (text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip() for text in texts)
    return "\n\n".join(line for line in lines if line)
