"""winmail.dat: what Outlook makes of a mail for other Outlooks.

Source: MS-OXTNEF (stream of attributes), MS-OXCDATA 2.11 (property values).  A damaged stream yields what stands before
the damage.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from mail import reasons
from mail.charset import Decoded, decode
from mail.package import NAMELESS, Attached, Package
from mail.part import Unopenable

SIGNATURE = b"\x78\x9f\x3e\x22"
_SUBJECT, _BODY, _MAPI = 0x00018004, 0x0002800C, 0x00069003
_START, _TITLE, _DATA, _PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _TYPE, _ID, _OBJECT = 0x3707, 0x3704, 0x3001, 0x370E, 0x3712, 0x3701
_HIDDEN, _TEXT, _HTML, _RTF, _MAPI_SUBJECT = 0x7FFE, 0x1000, 0x1013, 0x1009, 0x0037
_IS_OBJECT = 13
_FIXED = {2: 4, 3: 4, 4: 4, 10: 4, 11: 4, 5: 8, 6: 8, 7: 8, 20: 8, 64: 8, 72: 16}
"""Property type -> bytes in the stream."""
_MOST_PROPERTIES = 2000
_MOST_FILES = 1000
LONGEST_NAME, LONGEST_BODY = 2048, 1024 * 1024
"""Bytes of a name and of a body that are read."""

Value = bytes | int


@dataclass(slots=True)
class _File:
    title: bytes = b""
    data: bytes = b""
    properties: dict[int, tuple[int, Value]] = field(default_factory=dict)


def read_tnef(data: bytes) -> Package:
    """The words and files of a TNEF stream.

    Raises:
        Unopenable: the bytes are no TNEF stream, or nothing could be read.
    """
    if not data.startswith(SIGNATURE):
        raise Unopenable(reasons.BROKEN_PACKAGE)
    files: list[_File] = []
    plain: dict[int, bytes] = {}
    properties: dict[int, tuple[int, Value]] = {}
    for attribute, content in _attributes(data):
        if attribute == _START and len(files) >= _MOST_FILES:
            break
        if attribute == _START:
            files.append(_File())
        elif attribute == _MAPI:
            properties |= _read_properties(content)
        elif attribute in (_SUBJECT, _BODY):
            plain[attribute] = content.rstrip(b"\0")
        elif files and attribute == _TITLE:
            files[-1].title = content.rstrip(b"\0")
        elif files and attribute == _DATA:
            files[-1].data = content
        elif files and attribute == _PROPERTIES:
            files[-1].properties |= _read_properties(content)
    if not (files or plain or properties):
        raise Unopenable(reasons.BROKEN_PACKAGE)
    html, rtf = (properties.get(key, (0, b""))[1] for key in (_HTML, _RTF))
    return Package(
        text_of(properties.get(_MAPI_SUBJECT)).text or decode(plain.get(_SUBJECT, b"")[:LONGEST_NAME]).text,
        text_of(properties.get(_TEXT), LONGEST_BODY).text or decode(plain.get(_BODY, b"")[:LONGEST_BODY]).text,
        html if isinstance(html, bytes) else b"",
        rtf if isinstance(rtf, bytes) else b"",
        tuple(_attached(file) for file in files),
    )


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 9 <= len(data):
        attribute, size = struct.unpack_from("<II", data, at + 1)
        if data[at] not in (1, 2):
            return
        yield attribute, data[at + 9 : at + 9 + size]
        at += 9 + size + 2


def _attached(file: _File) -> Attached:
    found = file.properties
    names = (text_of(found.get(key)) for key in (_LONG_NAME, _SHORT_NAME, _SHOWN_NAME))
    name = next((one for one in names if one.text), decode(file.title[:LONGEST_NAME]) if file.title else NAMELESS)
    kind, inner = found.get(_OBJECT, (0, b""))
    data = file.data
    if isinstance(inner, bytes) and inner and (not data or kind == _IS_OBJECT):
        data = inner[16:] if kind == _IS_OBJECT else inner  # the object stands behind its interface's identifier
    hidden = found.get(_HIDDEN, (0, 0))[1]
    return Attached(
        name, data, text_of(found.get(_TYPE)).text.lower(), text_of(found.get(_ID)).text.strip("<>"), bool(hidden)
    )


def text_of(found: tuple[int, Value] | None, most: int = LONGEST_NAME) -> Decoded:
    """A string property as text; numbers and missing ones as ""."""
    kind, value = found or (0, b"")
    if not isinstance(value, bytes) or not value:
        return NAMELESS
    if kind == 0x1F:
        return wide_text(value[:most])
    return decode(value[:most].rstrip(b"\0"))


def wide_text(data: bytes) -> Decoded:
    """UTF-16 as NFC."""
    text = data.decode("utf-16-le", "replace").rstrip("\0")
    return Decoded(unicodedata.normalize("NFC", text.replace("\0", " ")), "utf-16", sure=True)


def _read_properties(data: bytes) -> dict[int, tuple[int, Value]]:
    """Property id -> (type, value). Named and many-valued ones are passed over."""
    found: dict[int, tuple[int, Value]] = {}
    try:
        count: int = struct.unpack_from("<I", data)[0]
        at = 4
        for _ in range(min(count, _MOST_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", data, at)
            at = _after_name(data, at + 4) if name >= 0x8000 else at + 4
            value, at = _value(data, at, kind)
            if name < 0x8000 and not kind & 0x1000:
                found[name] = (kind, value)
    except struct.error:
        return found
    return found


def _after_name(data: bytes, at: int) -> int:
    by_text, size = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (_padded(size) if by_text else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[Value, int]:
    plain = kind & ~0x1000
    if width := _FIXED.get(plain):
        count = 1
        if kind & 0x1000:
            count = struct.unpack_from("<I", data, at)[0]
            at += 4
        value: int = struct.unpack_from("<I", data, at)[0]
        return value, at + width * count
    if plain not in (0x0D, 0x1E, 0x1F, 0x102):
        raise struct.error("unknown property type")
    count = struct.unpack_from("<I", data, at)[0]
    at += 4
    text = b""
    for number in range(min(count, _MOST_PROPERTIES)):
        size = struct.unpack_from("<I", data, at)[0]
        text = data[at + 4 : at + 4 + size] if number == 0 else text
        at += 4 + _padded(size)
    return text, at


def _padded(size: int) -> int:
    return size + -size % 4
