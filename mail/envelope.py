"""What a mail door hands in with a letter, and what it hears back: the contract between both doors and the house."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outsized:
    """A letter that is too large to be fetched: only its head was, and the letter itself stays in the mailbox."""

    size: int  # octets, as the server says
    largest: int  # octets that the plan allows
    kept_in: str  # the folder of the mailbox that it goes to


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a letter came: nothing in it is taken from the letter's own bytes, save `sender` at the IMAP door.

    `key` is unique inside its door: `<sha256 of sender and recipients>/` at the SMTP door, to which the house adds the
    hash of the content; `account/folder/UIDVALIDITY/UID` at the IMAP door.
    """

    door: str  # "smtp" | "imap"
    key: str
    sender: str  # MAIL FROM, "" for the null return path; From: at the IMAP door
    recipients: tuple[str, ...]
    account: str = ""  # the mailbox, or the listener's name
    peer: str = ""  # address of the other side; behind a trusted proxy the address that the proxy names
    authenticated_as: str = ""  # "" when nobody logged in
    tls: bool = False
    wishes: tuple[str, ...] = ()  # DSN wishes as they came: "RET=HDRS", "ENVID=x", "NOTIFY=NEVER a@b" (RFC 3461)
    outsized: Outsized | None = None  # then the file holds the head alone; to be answered REFUSED once it is noted


class Kind(StrEnum):
    """The three answers to a letter."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the house says to a letter. TAKEN: bytes synced, row committed. LATER: come again. REFUSED: never again."""

    kind: Kind
    text: str = ""  # for the other side: one line, no secret in it

    @classmethod
    def taken(cls, text: str = "") -> Answer:
        """The letter is ours now, whatever happens to the power."""
        return cls(Kind.TAKEN, text)

    @classmethod
    def refused(cls, text: str) -> Answer:
        """Not this letter, not later either."""
        return cls(Kind.REFUSED, text)

    @classmethod
    def later(cls, text: str) -> Answer:
        """Not now: the other side keeps the letter and comes again."""
        return cls(Kind.LATER, text)


# The raw letter lies in a spooled file, bytes untouched. Called in a worker thread, possibly in several at once.
# Answers TAKEN only when the bytes are synced and the row is committed; the file belongs to the caller, who removes it.
Take = Callable[[Envelope, Path], Answer]


def envelope_key(sender: str, recipients: tuple[str, ...]) -> str:
    """The SMTP door's key: the same envelope gives the same key, in whatever order its recipients were named."""
    text = "\0".join((sender, *sorted(recipients)))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest() + "/"
