"""What may be handed in, told by its first bytes; the same for a clerk's browser and a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from gateway.document import LETTER_TYPE
from gateway.errors import NotAllowed
from gateway.kinds import LARGEST, LOCKED, MACROS, may_be_office, office_type
from gateway.review.translations import mark
from mail import sniff

ACCEPTED: Mapping[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
"""What a scanner makes, by its first bytes; the name is never believed.  Saved letters and office files besides."""
_HEAD_BYTES = 64 * 1024
FOREIGN = mark(
    "Chỉ nhận tệp PDF, TIFF, JPEG, PNG, tệp văn phòng, tệp chữ (.txt, .csv) hoặc thư đã lưu (.eml). "
    "Hãy xuất tệp sang PDF."
)
REFUSED: Mapping[str, str] = {
    LOCKED: mark("Tệp văn phòng có mật khẩu nên không mở được. Hãy bỏ mật khẩu rồi tải lại."),
    MACROS: mark("Tệp văn phòng chứa macro nên không nhận. Hãy lưu sang dạng không có macro hoặc PDF rồi tải lại."),
}


def media_type_of(source: BinaryIO, size: int, limit: int, name: str = "") -> str:
    """The kind of file; the stream stands at its beginning afterwards.

    Raises:
        NotAllowed: no scan, letter or office file, or larger than `limit` bytes.
    """
    if size > limit:
        raise NotAllowed(mark("Tệp quá lớn. Hãy quét ở 300 dpi hoặc chia tệp rồi tải lại."))
    head = source.read(_HEAD_BYTES)
    kind = next((kind for start, kind in ACCEPTED.items() if head.startswith(start)), "")
    kind = kind or (LETTER_TYPE if sniff.media_type(head) == LETTER_TYPE else "")
    if not kind and may_be_office(head, name):
        kind = office_type(head + source.read(LARGEST), name)
    source.seek(0)
    if not kind or kind in REFUSED:
        raise NotAllowed(REFUSED.get(kind, FOREIGN))
    return kind
