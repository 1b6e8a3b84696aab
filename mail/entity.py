"""MIME structure over the raw bytes, without copying them: an entity has headers and a body that is a slice.

Python's own parser turns the whole mail into text and back, which costs several times its size and loses the very bytes
that an S/MIME signature covers (RFC 1847 section 2.1).  Here a child is a view of the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mail.header import LONGEST_HEADER, Headers, Labelled, read_headers, read_labelled

_EMPTY_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
_NO_HEADER = re.compile(rb"\r?\n|\r")
_LOOKS = re.compile(rb"\s{0,8}--[^\r\n]{1,70}\r?\n(?=Content-[A-Za-z-]+:)", re.IGNORECASE)
_DELIMITER = re.compile(
    rb"^--([^\s-][^\r\n]{0,69}|-[^\r\n]{8,69})\r?\n(?=Content-[A-Za-z-]+:)", re.IGNORECASE | re.MULTILINE
)
"""The first line of a part whose boundary nobody told."""
_MAIL_FIELDS = re.compile(
    rb"^(from|to|subject|date|received|message-id|mime-version|content-type|return-path)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_FIRST_FIELD = re.compile(rb"(?:From |>From |[!-9;-~]{1,100}[ \t]*:)")


@dataclass(frozen=True, slots=True)
class Entity:
    """A mail or a part of one."""

    raw: memoryview
    headers: Headers
    body: memoryview
    kind: Labelled
    """Content-Type; value "" when there is none."""
    disposition: Labelled

    @property
    def multipart(self) -> bool:
        """Made of children, by its label or, where a label was lost on the way, by its looks."""
        return self.kind.value.startswith("multipart/") or (not self.kind.value and bool(_LOOKS.match(self.body)))

    @property
    def encoding(self) -> str:
        """Content-Transfer-Encoding, lower case."""
        return self.headers.token("content-transfer-encoding").split(" ")[0]


def read_entity(raw: memoryview) -> Entity:
    """Splits headers from body. Bytes that do not begin with a field are all body, unless a mail's fields follow."""
    window = bytes(raw[:LONGEST_HEADER])
    start = len(window) - len(window.lstrip(b"\r\n"))
    if start and not _begins_a_mail(window, start):
        start = 0
    if not _FIRST_FIELD.match(window, start) and not _begins_a_mail(window, start):
        first = _NO_HEADER.match(window)
        return _entity(raw, Headers(broken=first is None and bool(window)), raw[first.end() if first else 0 :])
    end = _EMPTY_LINE.search(window, start)
    stop, rest = _without_empty_line(window, start) if end is None else (end.start(), end.end())
    return _entity(raw, read_headers(window[start:stop]), raw[rest:])


def _begins_a_mail(window: bytes, start: int) -> bool:
    """Lines of rubbish or empty lines stand before a mail now and then; two of its own fields prove it."""
    end = _EMPTY_LINE.search(window, start)
    names = _MAIL_FIELDS.findall(window, start, min(end.start() if end else len(window), start + 16384))
    return len({name.lower() for name in names}) >= 2


def _without_empty_line(window: bytes, start: int) -> tuple[int, int]:
    """Headers that run into the body: they end at the first line that is neither a field nor its continuation."""
    at = start
    for line in window[start:].splitlines(keepends=True):
        if not _FIRST_FIELD.match(line) and line[:1] not in (b" ", b"\t"):
            return at, at
        at += len(line)
    return at, at


def _entity(raw: memoryview, headers: Headers, body: memoryview) -> Entity:
    return Entity(
        raw,
        headers,
        body,
        read_labelled(headers.first("content-type")),
        read_labelled(headers.first("content-disposition")),
    )


def children(entity: Entity, most: int) -> tuple[list[memoryview], bool]:
    """The raw children of a multipart, at most so many, and whether its end is there. No child at all is possible."""
    field = entity.headers.first("content-type")
    seen = _DELIMITER.search(entity.body[:65536])
    guess = seen[1].rstrip() if seen else b""
    for boundary in dict.fromkeys([*_boundaries(field, entity.kind.get("boundary")), guess]):
        found, closed = _split(entity.body, boundary, most) if boundary else ([], False)
        if found:
            return found, closed
    return [], False


def _boundaries(field: bytes, decoded: str) -> list[bytes]:
    """The boundary as its bytes stand; decoding must not change it."""
    plain = re.search(rb'boundary\s*=\s*(?:"([^"]*)|([^\s;]+))', field, re.IGNORECASE)
    raw = (plain[1] or plain[2] or b"") if plain else b""
    return [raw.rstrip(), decoded.encode("utf-8", "replace").rstrip()]


def _split(body: memoryview, boundary: bytes, most: int) -> tuple[list[memoryview], bool]:
    found: list[memoryview] = []
    start: int | None = None
    for at, stop, last in _delimiters(body, boundary):
        if start is not None:
            found.append(body[start : _before(body, start, at)])
        if last or len(found) >= most:
            return found, True
        start = stop
    if start is not None and start < len(body):
        found.append(body[start:])
    return found, False


def _before(body: memoryview, start: int, at: int) -> int:
    """The line break before a delimiter belongs to the delimiter (RFC 2046 section 5.1.1)."""
    if at > start and body[at - 1] == 0x0A:
        at -= 1
    if at > start and body[at - 1] == 0x0D:
        at -= 1
    return at


def _delimiters(body: memoryview, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """(start of line, start of the next line, is it the last) of every delimiter line."""
    line = re.compile(rb"--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\r|\Z)")
    for found in line.finditer(body):
        if found.start() == 0 or body[found.start() - 1] in (0x0A, 0x0D):
            yield found.start(), found.end(), found[1] is not None
