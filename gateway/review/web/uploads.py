"""What may be handed in, told by its first bytes; the same for a clerk's browser and a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from gateway.document import LETTER_TYPE
from gateway.errors import NotAllowed
from gateway.review.translations import mark
from mail import sniff

ACCEPTED: Mapping[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
"""What a scanner makes, by its first bytes; the name is never believed.  A saved letter is taken besides."""
_HEAD_BYTES = 64 * 1024


def media_type_of(source: BinaryIO, size: int, limit: int) -> str:
    """The kind of file; the stream stands at its beginning afterwards.

    Raises:
        NotAllowed: no scan and no letter, or larger than `limit` bytes.
    """
    head = source.read(_HEAD_BYTES)
    source.seek(0)
    kind = next((kind for start, kind in ACCEPTED.items() if head.startswith(start)), "")
    kind = kind or (LETTER_TYPE if sniff.media_type(head) == LETTER_TYPE else "")
    if not kind:
        raise NotAllowed(mark("Chỉ nhận tệp PDF, TIFF, JPEG, PNG hoặc thư đã lưu (.eml). Hãy xuất tệp sang PDF."))
    if size > limit:
        raise NotAllowed(mark("Tệp quá lớn. Hãy quét ở 300 dpi hoặc chia tệp rồi tải lại."))
    return kind
