"""JPEG 2000 pictures as some scanners write them: may this one stay as it is in a PDF/A-2?

ISO 19005-2 6.2.8.3 allows the format with limits; pikepdf's validator does not look inside, so the few limits that
scanners meet are checked here, and anything else counts as not allowed.
"""
from __future__ import annotations

import struct
from collections.abc import Iterator

_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_EIGHT_BITS = 7
_ENUMERATED = 1
_SPACES = {16: 3, 17: 1}
"""Enumerated colour space -> channels: sRGB, grey."""


def is_archivable(data: bytes) -> bool:
    """True for a JP2 file of 8-bit grey or sRGB with one colour specification."""
    if not data.startswith(_SIGNATURE):
        return False
    try:
        header = next(body for kind, body in _boxes(data) if kind == b"jp2h")
        inner = list(_boxes(header))
        shape = next(body for kind, body in inner if kind == b"ihdr")
        colours = [body for kind, body in inner if kind == b"colr"]
        channels, bits = struct.unpack(">HB", shape[8:11])
        (space,) = struct.unpack(">I", colours[0][3:7])
    except (StopIteration, IndexError, struct.error):
        return False
    one_way = len(colours) == 1 and colours[0][0] == _ENUMERATED
    return one_way and bits == _EIGHT_BITS and _SPACES.get(space) == channels


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        if length == 0:  # to the end of the file
            length = len(data) - place
        if length < 8:
            return
        yield kind, data[place + 8 : place + length]
        place += length
