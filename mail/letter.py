"""One e-mail as values: `parse` opens it whole, `head_of` reads only what routing at a door needs.

Both take any bytes and raise nothing: what is broken shows in `Letter.remarks` and in the fates of its Parts.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from mail.entity import read_entity
from mail.header import Headers, addresses, read_labelled
from mail.opening import Opening
from mail.part import Fate, Limits, Part
from mail.smime import Trust
from mail.smime_open import Key

__all__ = ["Fate", "Head", "Letter", "Limits", "Part", "head_of", "parse"]

_DEFAULT = Limits()
_FIRST_YEAR, _LAST_YEAR = 1980, 2100
"""Dates beyond are nonsense, and near the calendar's ends they break when somebody changes their zone."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail and each of its parts."""

    subject: str
    sender: str
    """Address of From:, domain in lower case; "" when there is none."""
    sender_name: str
    to: tuple[str, ...]
    """Addresses of To: and Cc:."""
    message_id: str
    date: dt.datetime | None
    """Aware, in the zone the sender named."""
    text: str
    """The words of all bodies, those of letters inside it too; NFC, HTML turned into text."""
    parts: tuple[Part, ...]
    remarks: tuple[str, ...]
    """Codes: "base64_damaged", "mime_broken", "charset_doubtful", "from_doubled", "too_many_parts", "text_cut"."""
    automatic: bool
    """A machine or a list sent it: it is never answered (RFC 3834)."""
    signed: str
    """S/MIME: "" not signed, "invalid" changed since, "unknown" intact but nobody vouches for the key, "valid"."""
    other_text: str = ""
    """The text in the next likely encoding when the encoding is in doubt."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the header alone tells."""

    subject: str
    sender: str
    sender_name: str
    to: tuple[str, ...]
    message_id: str
    automatic: bool
    size: int
    """Bytes of the whole letter when the stream can seek, else of what was read."""


def parse(
    raw: bytes, *, limits: Limits = _DEFAULT, roots: tuple[bytes, ...] = (), keys: tuple[Key, ...] = ()
) -> Letter:
    """Opens a letter. CPU and memory grow with its size and `limits.unpacked_bytes`: run large ones in a child.

    Args:
        raw: the letter as it came, whatever its line ends.
        limits: how far containers are opened.
        roots: certificates (DER) whose word is taken for the owner of an S/MIME key; without any none is "valid".
        keys: the office's own, for mail that is encrypted for it.
    """
    opening = Opening(limits, Trust(roots, keys=keys))
    root = opening.mail(memoryview(raw), "", 0)
    headers = root.headers
    if not opening.words.sure:
        opening.remark("charset_doubtful")
    if len(headers.all("from")) > 1:
        opening.remark("from_doubled")
    head = _head(headers, len(raw))
    return Letter(
        head.subject,
        head.sender,
        head.sender_name,
        head.to,
        head.message_id,
        _date(headers),
        opening.words.text(),
        tuple(opening.parts),
        tuple(opening.remarks),
        head.automatic,
        opening.signed,
        opening.words.other(),
    )


def head_of(stream: BinaryIO, limit: int = 256 * 1024) -> Head:
    """Reads at most `limit` bytes of a letter's beginning. OSError of the stream passes through."""
    start = stream.read(limit)
    size = stream.seek(0, 2) if stream.seekable() else len(start)
    return _head(read_entity(memoryview(start)).headers, size)


def _head(headers: Headers, size: int) -> Head:
    name, sender = next(iter(addresses(headers.first("from")) or addresses(headers.first("sender"))), ("", ""))
    to = [address for field in ("to", "cc") for value in headers.all(field)[:8] for _, address in addresses(value)]
    message_id = re.search(r"<[^<>\s]{1,900}>", headers.text("message-id"))
    return Head(
        headers.text("subject"),
        sender,
        name,
        tuple(dict.fromkeys(to)),
        message_id[0] if message_id else "",
        _automatic(headers),
        size,
    )


def _automatic(headers: Headers) -> bool:
    kind = read_labelled(headers.first("content-type")).value
    path = headers.all("return-path")
    sender = headers.first("from").lower()
    return (
        headers.token("auto-submitted") not in ("", "no")
        or headers.token("precedence") in ("bulk", "list", "junk", "auto_reply")
        or kind == "multipart/report"
        or any(not addresses(value) and value.strip() in (b"<>", b"< >") for value in path)
        or bool(headers.all("list-id") or headers.all("x-autoreply") or headers.all("x-autorespond"))
        or any(word in headers.token("x-auto-response-suppress") for word in ("all", "autoreply"))
        or b"mailer-daemon@" in sender
    )


def _date(headers: Headers) -> dt.datetime | None:
    text = headers.first("date").decode("latin-1")[:200]
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not _FIRST_YEAR <= date.year <= _LAST_YEAR:
        return None
    return date if date.tzinfo else date.replace(tzinfo=dt.UTC)
