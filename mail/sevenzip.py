"""7z read in memory with bounds: Copy, LZMA, LZMA2, Deflate and BZip2, which is what people send.

A small reader of our own over Python's lzma, because every number in the file is checked against the limits before
anything is unpacked.  AES is told as locked; PPMd, BCJ2 and others as not to be opened here.
Source: 7zFormat.txt and DOC/Methods.txt of the LZMA SDK.
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from binascii import crc32
from collections.abc import Iterator
from dataclasses import dataclass, field

from mail import reasons
from mail.part import Allowance, Unopenable

_AES = b"\x06\xf1\x07\x01"
_DAMAGE = (IndexError, struct.error, UnicodeDecodeError, ValueError, EOFError, OSError, OverflowError, MemoryError,
           lzma.LZMAError, zlib.error)  # fmt: skip
_MOST_THINGS = 100_000
_MOST_HEADERS = 4
"""A header packed in a header packed in itself would never end."""


@dataclass(slots=True)
class _Folder:
    """What 7z calls a folder: one packed run and how it is unpacked."""

    methods: list[tuple[bytes, bytes]]
    packed_streams: int
    sizes: list[int] = field(default_factory=list)
    outputs: int = 1
    crc: int | None = None
    files: list[int] = field(default_factory=list)
    file_crcs: list[int | None] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Unpacked bytes: of a chain, the first coder's output is the last to be unpacked."""
        return max(self.sizes) if self.sizes else 0


@dataclass(slots=True)
class _Streams:
    start: int = 0
    packed: list[int] = field(default_factory=list)
    folders: list[_Folder] = field(default_factory=list)


class _Reader:
    """Numbers and bits of the header."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise EOFError("7z header ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self) -> int:
        first = self.byte()
        value, mask = 0, 0x80
        for place in range(8):
            if not first & mask:
                return value | ((first & (mask - 1)) << (8 * place))
            value |= self.byte() << (8 * place)
            mask >>= 1
        return value

    def count(self) -> int:
        """A number of things, which no honest archive has beyond all measure."""
        value = self.number()
        if value > _MOST_THINGS:
            raise ValueError("too many things in a 7z header")
        return value

    def bits(self, count: int) -> list[bool]:
        data = self.take((count + 7) // 8)
        return [bool(data[place // 8] & (0x80 >> place % 8)) for place in range(count)]

    def digests(self, count: int) -> list[int | None]:
        known = [True] * count if self.byte() else self.bits(count)
        return [struct.unpack("<I", self.take(4))[0] if one else None for one in known]


def read_sevenzip(data: bytes, allowance: Allowance) -> Iterator[tuple[str, bytes, str]]:
    """(path, content, trouble) of every file; with a trouble, a Vietnamese sentence, the content is empty.

    Raises:
        Unopenable: broken, its list of files locked, or too many files.
    """
    try:
        reader = _header(data, allowance)
        streams, names, empty = _directory(reader)
    except _DAMAGE as trouble:
        raise Unopenable(reasons.BROKEN_ARCHIVE) from trouble
    if len(names) > allowance.limits.files_in_archive:
        raise Unopenable(reasons.TOO_MANY)
    for name, file_without in zip(names, empty, strict=True):
        if file_without:
            yield name, b"", ""
    with_content = iter([name for name, file_without in zip(names, empty, strict=True) if file_without is None])
    stream = 0
    at = 32 + streams.start
    for folder in streams.folders:
        packed = streams.packed[stream : stream + folder.packed_streams]
        yield from _files(data[at : at + sum(packed)], folder, with_content, allowance)
        stream += folder.packed_streams
        at += sum(packed)


def _header(data: bytes, allowance: Allowance) -> _Reader:
    offset, size, crc = struct.unpack_from("<QQI", data, 12)
    if 32 + offset + size > len(data) or not size:
        raise ValueError("7z header lies outside the file")
    header = data[32 + offset : 32 + offset + size]
    if crc32(header) != crc:
        raise ValueError("7z header is damaged")
    reader = _Reader(header)
    kind = reader.byte()
    for _ in range(_MOST_HEADERS):
        if kind != 0x17:
            break
        streams = _streams(reader)
        folder = streams.folders[0]
        packed = data[32 + streams.start : 32 + streams.start + sum(streams.packed)]
        content, why = _unpack(packed, folder, allowance)
        if why:
            raise Unopenable(why)
        reader = _Reader(content)
        kind = reader.byte()
    if kind != 0x01:
        raise ValueError("not a 7z header")
    return reader


def _streams(reader: _Reader) -> _Streams:
    streams = _Streams()
    with_parts = False
    while kind := reader.byte():
        if kind == 0x06:
            _pack_info(reader, streams)
        elif kind == 0x07:
            _unpack_info(reader, streams)
        elif kind == 0x08:
            _parts_info(reader, streams.folders)
            with_parts = True
        else:
            raise ValueError("unknown block in a 7z header")
    if not with_parts:
        for folder in streams.folders:
            folder.files, folder.file_crcs = [folder.size], [folder.crc]
    return streams


def _pack_info(reader: _Reader, streams: _Streams) -> None:
    streams.start = reader.number()
    count = reader.count()
    while kind := reader.byte():
        if kind == 0x09:
            streams.packed = [reader.number() for _ in range(count)]
        elif kind == 0x0A:
            reader.digests(count)
        else:
            raise ValueError("unknown block in 7z pack info")


def _unpack_info(reader: _Reader, streams: _Streams) -> None:
    while kind := reader.byte():
        if kind == 0x0B:
            count = reader.count()
            if reader.byte():
                raise ValueError("7z folders kept elsewhere")
            streams.folders = [_folder(reader) for _ in range(count)]
        elif kind == 0x0C:
            for folder in streams.folders:
                folder.sizes = [reader.number() for _ in range(folder.outputs)]
        elif kind == 0x0A:
            for folder, crc in zip(streams.folders, reader.digests(len(streams.folders)), strict=True):
                folder.crc = crc
        else:
            raise ValueError("unknown block in 7z unpack info")


def _folder(reader: _Reader) -> _Folder:
    methods: list[tuple[bytes, bytes]] = []
    inputs = outputs = 0
    for _ in range(reader.count()):
        flags = reader.byte()
        method = reader.take(flags & 0x0F)
        inputs += reader.count() if flags & 0x10 else 1
        outputs += reader.count() if flags & 0x10 else 1
        methods.append((method, reader.take(reader.number()) if flags & 0x20 else b""))
    for _ in range(2 * (outputs - 1)):
        reader.number()
    streams = inputs - (outputs - 1)
    for _ in range(streams if streams > 1 else 0):
        reader.number()
    return _Folder(methods, max(streams, 0), outputs=outputs)


def _parts_info(reader: _Reader, folders: list[_Folder]) -> None:
    counts = [1] * len(folders)
    kind = reader.byte()
    if kind == 0x0D:
        counts = [reader.count() for _ in folders]
        kind = reader.byte()
    for folder, count in zip(folders, counts, strict=True):
        told = [reader.number() for _ in range(count - 1)] if kind == 0x09 else []
        folder.files = [*told, folder.size - sum(told)] if count else []
    if kind == 0x09:
        kind = reader.byte()
    open_ones = [folder for folder in folders if len(folder.files) != 1 or folder.crc is None]
    for folder in folders:
        folder.file_crcs = [folder.crc if len(folder.files) == 1 else None] * len(folder.files)
    while kind:
        if kind != 0x0A:
            raise ValueError("unknown block in 7z substreams")
        found = iter(reader.digests(sum(len(folder.files) for folder in open_ones)))
        for folder in open_ones:
            folder.file_crcs = [next(found) for _ in folder.files]
        kind = reader.byte()


def _directory(reader: _Reader) -> tuple[_Streams, list[str], list[bool | None]]:
    """Streams, names, and of each name: has content (None), is an empty file (True), is a folder (False)."""
    streams, names, empty = _Streams(), list[str](), list[bool | None]()
    while kind := reader.byte():
        if kind == 0x04:
            streams = _streams(reader)
        elif kind == 0x05:
            names, empty = _files_info(reader)
        else:
            raise ValueError("unknown block in a 7z header")
    return streams, names, empty


def _files_info(reader: _Reader) -> tuple[list[str], list[bool | None]]:
    count = reader.count()
    names, empty = [""] * count, [False] * count
    is_file: list[bool] = []
    while kind := reader.number():
        block = _Reader(reader.take(reader.number()))
        if kind == 0x0E:
            empty = block.bits(count)
        elif kind == 0x0F:
            is_file = block.bits(sum(empty))
        elif kind == 0x11 and not block.byte():
            found = block.data[1:].decode("utf-16-le").split("\0")[:count]
            names = found + [""] * (count - len(found))
    flags = iter(is_file)
    return names, [next(flags, False) if one else None for one in empty]


def _files(
    packed: bytes, folder: _Folder, names: Iterator[str], allowance: Allowance
) -> Iterator[tuple[str, bytes, str]]:
    try:
        content, why = _unpack(packed, folder, allowance)
    except _DAMAGE:
        content, why = b"", reasons.BROKEN_ARCHIVE
    at = 0
    for size, crc in zip(folder.files, folder.file_crcs, strict=True):
        name = next(names, "")
        piece = content[at : at + size] if size >= 0 else b""
        at += max(size, 0)
        if why:
            yield name, b"", why
        elif len(piece) != size or (crc is not None and crc32(piece) != crc):
            yield name, b"", reasons.BROKEN_ARCHIVE
        else:
            yield name, piece, ""


def _unpack(packed: bytes, folder: _Folder, allowance: Allowance) -> tuple[bytes, str]:
    """Content and trouble of one folder."""
    if any(method == _AES for method, _ in folder.methods):
        return b"", reasons.LOCKED
    if len(folder.methods) != 1 or folder.packed_streams != 1:
        return b"", reasons.OTHER_ARCHIVE
    if not allowance.fits(folder.size, len(packed)):
        return b"", reasons.BOMB
    content = _decoded(packed, *folder.methods[0], folder.size)
    if content is None:
        return b"", reasons.OTHER_ARCHIVE
    allowance.spend(len(content))
    return content, ""


def _decoded(packed: bytes, method: bytes, settings: bytes, size: int) -> bytes | None:
    """At most `size` bytes; None for a method that is not known here."""
    if method == b"\x00" or size == 0:  # zlib takes 0 for "no limit"
        return packed[:size]
    if method == b"\x03\x01\x01":
        numbers, room = struct.unpack("<BI", settings)
        bits = {"lc": numbers % 9, "lp": numbers // 9 % 5, "pb": numbers // 45}
        one = {"id": lzma.FILTER_LZMA1, "dict_size": max(4096, min(room, size)), **bits}
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[one]).decompress(packed, size)
    if method == b"\x21":
        step = settings[0]
        room = 0xFFFFFFFF if step >= 40 else (2 | step & 1) << (step // 2 + 11)
        one = {"id": lzma.FILTER_LZMA2, "dict_size": max(4096, min(room, size))}
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[one]).decompress(packed, size)
    if method == b"\x04\x01\x08":
        return zlib.decompressobj(wbits=-15).decompress(packed, size)
    if method == b"\x04\x02\x02":
        return bz2.BZ2Decompressor().decompress(packed, size)
    return None
