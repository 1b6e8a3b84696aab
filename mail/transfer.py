"""Content transfer encodings (RFC 2045 section 6, uuencode), tolerant of damage on the way."""

from __future__ import annotations

import binascii
import re

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_HARMLESS = _ALPHABET + b"= \t\r\n"
_OTHERS = bytes(sorted(set(range(256)) - set(_ALPHABET)))
_STEP = 1024 * 1024
_UU = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)


def unwrap(body: memoryview, encoding: str) -> tuple[bytes, bool]:
    """The content of a body, and whether its encoding was damaged. An unknown encoding is left as it is."""
    if encoding == "base64":
        return from_base64(body)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(bytes(body)), False
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files, rest = from_uuencode(bytes(body))
        return (files[0][1], False) if files else (rest, True)
    return bytes(body), False


def from_base64(body: memoryview) -> tuple[bytes, bool]:
    """Base64 that may hold foreign characters, lack its end, be joined from several, or carry a list's footer."""
    foreign = any(_foreign(body[at : at + _STEP]) for at in range(0, len(body), _STEP))
    tail = _padding(body)
    if foreign and tail is None:
        return _mended(_without_footer(bytes(body))), True
    if tail is None:
        try:
            return binascii.a2b_base64(body), False
        except binascii.Error:
            return _mended(bytes(body)), True
    first, rest = bytes(body[:tail]), bytes(body[tail:]).strip()
    if not _foreign(memoryview(rest)) and b" " not in rest:
        return b"".join(_mended(piece) for piece in re.split(rb"=+", first + rest)), True
    return _mended(first), True


def _without_footer(data: bytes) -> bytes:
    """Lists put theirs behind an empty line; base64 has no empty line before its end."""
    start = len(data) - len(data.lstrip())
    found = re.compile(rb"\r?\n[ \t]*\r?\n").search(data, start)
    if found and (_foreign(memoryview(data)[found.end() :]) or b" " in data[found.end() :].strip()):
        return data[: found.start()]
    return data


def _padding(body: memoryview) -> int | None:
    """Where text goes on after the first padding; None when nothing follows but padding and empty lines."""
    end = len(body)
    for at in range(0, end, _STEP):
        spot = bytes(body[at : at + _STEP]).find(b"=")
        if spot >= 0:
            stop = at + spot
            while stop < end and body[stop] == 0x3D:
                stop += 1
            return stop if bytes(body[stop:]).strip(b"= \t\r\n") else None
    return None


def _foreign(piece: memoryview) -> bool:
    return bool(bytes(piece).translate(None, _HARMLESS))


def _mended(data: bytes) -> bytes:
    letters = data.translate(None, _OTHERS)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4) if len(letters) % 4 else letters)


def from_uuencode(text: bytes, most: int = 1) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """At most so many files in a uuencoded text as (name, content), and the text without them.

    A cut-off file yields what is there.
    """
    files: list[tuple[bytes, bytes]] = []
    kept: list[bytes] = []
    at = 0
    while len(files) < most and (found := _UU.search(text, at)):
        content, stop = _uu_lines(text, found.end())
        if not content:
            kept.append(text[at : found.end()])
            at = found.end()
            continue
        kept.append(text[at : found.start()])
        files.append((found[1].strip(), content))
        at = stop
    return files, b"".join([*kept, text[at:]])


def _uu_lines(text: bytes, at: int) -> tuple[bytes, int]:
    out = bytearray()
    while at < len(text):
        stop = text.find(b"\n", at)
        stop = len(text) if stop < 0 else stop
        line = text[at:stop].rstrip(b"\r")
        if line.strip() == b"end":
            return bytes(out), min(stop + 1, len(text))
        count = (line[0] - 32) & 63 if line else 0
        need = (count + 2) // 3 * 4
        if line and (line[0] > 96 or len(line) - 1 > need + 2):
            return bytes(out), at
        try:
            out += binascii.a2b_uu(line[: need + 1].rstrip() or b" ")
        except binascii.Error:
            return bytes(out), at
        at = stop + 1
    return bytes(out), len(text)
