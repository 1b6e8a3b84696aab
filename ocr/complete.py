"""Is the whole file there?  A scanner writes for seconds; the folder door must not take the first half.

Only the outer structure is walked (end marker, cross-reference, chain of directories, chunks): cheap enough to be asked
again every second, and independent of what the file shows.
"""
from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import overload

from ocr import sniff

_TAIL = 4096
_CHUNK = 1 << 16
_MAX_DIRECTORIES = 10_000
_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_OFFSETS = frozenset({273, 324})  # StripOffsets, TileOffsets
_COUNTS = frozenset({279, 325})  # StripByteCounts, TileByteCounts
_MAX_STRIPS = 1_000_000


class State(StrEnum):
    """COMPLETE: the structure closes.  TRUNCATED: right kind, but the end is missing.  FOREIGN: other bytes."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Completeness:
    """Answer of `completeness`: the reason is a short code for log and reason file, empty when complete."""

    state: State
    reason: str = ""
    media_type: str = sniff.UNKNOWN


class _Bytes:
    """A file's bytes by place, as they were when it was opened.

    Not mapped into memory: a scanner that cuts the file short while it is looked at would end this process (SIGBUS).
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._start = 0
        self._chunk = b""

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> bytes: ...
    def __getitem__(self, at: int | slice) -> int | bytes:
        if isinstance(at, int):
            return self._read(at, 1)[0]
        start, stop, _ = at.indices(self._size)
        return self._read(start, max(0, stop - start))

    def _read(self, start: int, length: int) -> bytes:
        inside = start - self._start
        if not 0 <= inside <= len(self._chunk) - length:
            self._start, inside = start, 0
            self._chunk = os.pread(self._descriptor, max(length, _CHUNK), start)
        return self._chunk[inside : inside + length]

    def last(self, wanted: bytes) -> int:
        """Where `wanted` stands for the last time; -1 when nowhere."""
        end = self._size
        while end > 0:
            start = max(0, end - _CHUNK)
            # A little more than the part, so that nothing is cut in two at its border.
            found = os.pread(self._descriptor, end - start + len(wanted) - 1, start).rfind(wanted)
            if found >= 0:
                return start + found
            end = start
        return -1


class _Short(Exception):
    """A structure points past the end of the file."""


def completeness(path: Path) -> Completeness:
    """Look at the outer structure of PDF, TIFF, JPEG or PNG.  Raises OSError only."""
    if path.stat().st_size == 0:
        return Completeness(State.TRUNCATED, "empty")
    with path.open("rb") as file:
        data = _Bytes(file.fileno())
        kind = sniff.media_type(data[: sniff.HEAD_BYTES])
        if kind == sniff.UNKNOWN:
            return Completeness(State.FOREIGN, "unknown_bytes")
        try:
            reason = _CHECKS[kind](data)
        except _Short as short:
            reason = str(short)
        except (struct.error, IndexError):
            reason = "ends_inside_structure"
    return Completeness(State.TRUNCATED if reason else State.COMPLETE, reason, kind)


def _pdf(data: _Bytes) -> str:
    # A linearized file has an end marker near its beginning too; it says how long it is.
    linear = re.search(rb"/Linearized\b.{0,200}?/L\s+(\d{1,15})", data[: sniff.HEAD_BYTES], re.DOTALL)
    if linear and int(linear[1]) > len(data):
        return "shorter_than_it_says"
    tail = data[-_TAIL:]
    if b"%%EOF" not in tail:
        return "no_end_marker"
    starts = re.findall(rb"startxref\s+(\d{1,12})", tail)
    if not starts:
        return "no_startxref"
    header = data[: sniff.HEAD_BYTES].find(b"%PDF-")
    # Offsets count from the %PDF- marker in files with junk before it; both readings occur.
    places = {int(starts[-1]), int(starts[-1]) + header}
    return "" if any(_xref_at(data, place) for place in places) else "xref_out_of_reach"


def _xref_at(data: _Bytes, place: int) -> bool:
    # Widely used producers are some bytes off; a few bytes of slack tell a wrong offset from a missing table.
    window = data[max(0, place - 16) : place + 64]
    return 0 < place < len(data) and (b"xref" in window or re.search(rb"\d+\s+\d+\s+obj", window) is not None)


def _jpeg(data: _Bytes) -> str:
    """Walk the marker segments, then ask for EOI after the entropy-coded data; padding after EOI is allowed."""
    place = 2
    while data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # fill byte
            place += 1
            continue
        if marker == 0xDA:
            return "" if data.last(b"\xff\xd9") > place else "no_end_of_image"
        if marker == 0xD9:
            return "no_picture"
        (length,) = struct.unpack(">H", data[place + 2 : place + 4])
        place += 2 + length
    return "marker_expected"


def _png(data: _Bytes) -> str:
    place, seen = 8, False
    while True:
        length, name = struct.unpack(">I4s", data[place : place + 8])
        if place + 12 + length > len(data):
            return "chunk_cut"
        if name == b"IEND":
            return "" if seen else "no_picture"
        seen = seen or name == b"IDAT"
        place += 12 + length


def _tiff(data: _Bytes) -> str:
    order = "<" if data[:2] == b"II" else ">"
    big = data[2 if order == "<" else 3] == 0x2B
    place = _number(data, 8 if big else 4, order, big)
    seen: set[int] = set()
    if place == 0:
        return "no_directory"
    while place:
        if place in seen or len(seen) > _MAX_DIRECTORIES:
            return "directories_run_in_a_circle"
        seen.add(place)
        place = _directory(data, place, order, big)
    return ""


def _number(data: _Bytes, place: int, order: str, big: bool) -> int:
    size = 8 if big else 4
    chunk = data[place : place + size]
    if len(chunk) < size:
        raise _Short("ends_inside_structure")
    return int(struct.unpack(order + ("Q" if big else "I"), chunk)[0])


def _directory(data: _Bytes, place: int, order: str, big: bool) -> int:
    """Check that the strips of one directory lie inside the file; returns the place of the next one."""
    head, entry = (8, 20) if big else (2, 12)
    (count,) = struct.unpack(order + ("Q" if big else "H"), data[place : place + head])
    if place + head + count * entry > len(data):
        raise _Short("directory_cut")
    offsets: list[int] = []
    counts: list[int] = []
    for at in range(place + head, place + head + count * entry, entry):
        (tag,) = struct.unpack(order + "H", data[at : at + 2])
        if tag in _OFFSETS:
            offsets = _values(data, at, order, big)
        elif tag in _COUNTS:
            counts = _values(data, at, order, big)
    if not offsets:
        raise _Short("no_picture")
    if any(start + size > len(data) for start, size in zip(offsets, counts, strict=False)):
        raise _Short("strip_cut")
    return _number(data, place + head + count * entry, order, big)


def _values(data: _Bytes, at: int, order: str, big: bool) -> list[int]:
    (kind,) = struct.unpack(order + "H", data[at + 2 : at + 4])
    count = _number(data, at + 4, order, big)
    size = _TIFF_SIZES.get(kind, 0)
    if size not in (2, 4, 8) or count > _MAX_STRIPS:
        raise _Short("strange_strip_table")
    inline = 8 if big else 4
    start = at + 4 + inline
    if count * size > inline:
        start = _number(data, start, order, big)
    chunk = data[start : start + count * size]
    if len(chunk) < count * size:
        raise _Short("strip_table_cut")
    return list(struct.unpack(f"{order}{count}{ {2: 'H', 4: 'I', 8: 'Q'}[size] }", chunk))


_CHECKS = {sniff.PDF: _pdf, sniff.JPEG: _jpeg, sniff.PNG: _png, sniff.TIFF: _tiff}
