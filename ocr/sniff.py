"""What kind of bytes is this?  Decided by the bytes alone: names and declared types lie."""
from __future__ import annotations

PDF = "application/pdf"
TIFF = "image/tiff"
JPEG = "image/jpeg"
PNG = "image/png"
UNKNOWN = "application/octet-stream"

PICTURES = frozenset({TIFF, JPEG, PNG})

HEAD_BYTES = 1024
"""How far into a file the PDF marker may stand; ISO 32000 readers accept junk before it up to here."""

_MAGIC = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
)


def media_type(head: bytes) -> str:
    """The media type that the first HEAD_BYTES bytes of a file show; UNKNOWN for everything that is not read here."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    return PDF if b"%PDF-" in head[:HEAD_BYTES] else UNKNOWN
