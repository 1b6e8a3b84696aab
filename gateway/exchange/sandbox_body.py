"""The body of a request to the sandbox, in every form in which clients of the axis send one."""

from __future__ import annotations

import zlib
from email.message import Message
from io import BufferedIOBase

LARGEST = 400 * 1024 * 1024
"""Bytes of a body, also unpacked."""
_LONGEST_LINE = 1024
_UNPACK = zlib.MAX_WBITS | 32
"""zlib's word for: gzip or deflate, see which."""


def read_body(source: BufferedIOBase, headers: Message) -> bytes:
    """With a length, in chunks, or none at all; packed with gzip or deflate, or plain.

    Raises:
        ValueError: it is none of these, or larger than anybody's document.
    """
    chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
    data = _chunks(source) if chunked else _exactly(source, int(headers.get("Content-Length") or 0))
    if headers.get("Content-Encoding", "").strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return data
    packed = zlib.decompressobj(_UNPACK)
    try:
        plain = packed.decompress(data, LARGEST)
    except zlib.error as error:
        raise ValueError("not gzip") from error
    if not packed.eof:
        raise ValueError("cut off, or too large")
    return plain


def _exactly(source: BufferedIOBase, length: int) -> bytes:
    if not 0 <= length <= LARGEST:
        raise ValueError("length")
    data = source.read(length)
    if len(data) < length:
        raise ValueError("cut off")
    return data


def _chunks(source: BufferedIOBase) -> bytes:
    """RFC 9112 section 7.1; extensions and trailers are passed over."""
    pieces, total = [], 0
    while True:
        length = int(source.readline(_LONGEST_LINE).partition(b";")[0].strip() or b"x", 16)
        total += length
        if length == 0:
            break
        if total > LARGEST:
            raise ValueError("length")
        pieces.append(_exactly(source, length))
        source.readline(_LONGEST_LINE)
    while source.readline(_LONGEST_LINE).strip():
        pass
    return b"".join(pieces)
