"""One piece of a letter and what becomes of it; the limits under which a letter is opened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of a Part."""

    TAKEN = "taken"
    IGNORED = "ignored"
    REFUSED = "refused"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a letter, unwrapped, with its fate."""

    place: str
    """Where in the letter, unique there: "2", "2.1", "3/zip:thu-muc/a.pdf"."""
    name: str
    """File name as a person knows it: NFC, no path, never empty."""
    media_type: str
    """By the bytes; "application/octet-stream" when they tell nothing."""
    said: str
    """What the label said; "" where there is no label."""
    data: bytes
    """Unwrapped content; empty for what was opened into further Parts or is of no use to anybody."""
    fate: Fate
    why: str
    """Vietnamese sentence; "" when TAKEN."""
    doubtful_name: str = ""
    """The other reading of a name in a doubtful old encoding."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a letter is opened. What lies beyond is HELD with a sentence."""

    parts: int = 200
    depth: int = 8
    """Letters and archives inside one another."""
    unpacked_bytes: int = 300 * 1024 * 1024
    """All that comes out of archives and compressed forms, together."""
    ratio: int = 200
    """Unpacked to packed size, looked at above 4 MiB."""
    files_in_archive: int = 500


class Unopenable(Exception):
    """A container cannot be opened here. Its text is the Vietnamese sentence for the Part."""


@dataclass(slots=True)
class Allowance:
    """What is left of the limits while one letter is being opened."""

    limits: Limits
    unpacked_left: int

    @classmethod
    def of(cls, limits: Limits) -> Allowance:
        """A fresh one for a letter."""
        return cls(limits, limits.unpacked_bytes)

    def fits(self, unpacked: int, packed: int) -> bool:
        """May so many bytes come out of so many?"""
        small = unpacked <= _SMALL or unpacked <= packed * self.limits.ratio
        return small and 0 <= unpacked <= self.unpacked_left

    def spend(self, unpacked: int) -> None:
        """Counts bytes that came out."""
        self.unpacked_left -= unpacked


_SMALL = 4 * 1024 * 1024
