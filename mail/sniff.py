"""What kind of bytes is this?  Decided by the bytes alone: names and labels lie.  Raises nothing."""

from __future__ import annotations

import re
import struct

from mail.inside import ole_type, zip_type

UNKNOWN = "application/octet-stream"
PDF, JPEG, PNG, TIFF = "application/pdf", "image/jpeg", "image/png", "image/tiff"
WEBP, HEIC, GIF, BMP = "image/webp", "image/heic", "image/gif", "image/bmp"
ZIP, SEVENZIP, RAR, GZIP = "application/zip", "application/x-7z-compressed", "application/vnd.rar", "application/gzip"
TAR, BZIP2, XZ, ZSTD, CAB = (
    "application/x-tar",
    "application/x-bzip2",
    "application/x-xz",
    "application/zstd",
    "application/vnd.ms-cab-compressed",
)
RTF, TNEF, EML, PKCS7 = "application/rtf", "application/ms-tnef", "message/rfc822", "application/pkcs7-mime"
HTML, XML, EDXML, CSV, TXT = "text/html", "application/xml", "application/edxml+xml", "text/csv", "text/plain"
PROGRAM, LINK = "application/x-executable", "application/x-ms-shortcut"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"7z\xbc\xaf\x27\x1c", SEVENZIP),
    (b"Rar!\x1a\x07", RAR),
    (b"\x1f\x8b\x08", GZIP),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\x00", XZ),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    (b"MSCF\x00\x00\x00\x00", CAB),
    (b"{\\rtf", RTF),
    (b"\x78\x9f\x3e\x22", TNEF),
    (b"\x7fELF", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"\xfe\xed\xfa\xce", PROGRAM),
    (b"\xfe\xed\xfa\xcf", PROGRAM),
    (b"\xce\xfa\xed\xfe", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", LINK),
    (b"#!", "text/x-script"),
)
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif")
_MAIL_FIELDS = re.compile(
    rb"^(?:from|to|cc|subject|date|received|message-id|mime-version|content-type|return-path|delivered-to|sender|"
    rb"reply-to|x-[a-z-]+|dkim-signature|authentication-results|content-transfer-encoding)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_CMS = re.compile(
    rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)\x06(?:\x09|\x0b)\x2a\x86\x48\x86\xf7\x0d\x01(?:\x07|\x09\x10\x01)",
    re.DOTALL,
)
"""A sequence that begins with one of the content types of PKCS #7 and CMS."""


def media_type(data: bytes) -> str:
    """The media type that the bytes show, UNKNOWN when they show none."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    return _by_structure(data) or (PDF if _late_pdf(data) else _by_text(data)) or UNKNOWN


def _late_pdf(data: bytes) -> bool:
    """Rubbish before the marker is tolerated by readers up to 1024 bytes; a mail that carries a PDF is a mail."""
    return re.search(rb"%PDF-[12]\.\d\s", data[:1024]) is not None and b"obj" in data and not _is_mail(data[:1024])


def _by_structure(data: bytes) -> str:
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK")):
        return zip_type(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return ole_type(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp":
        return HEIC if data[8:12] in _HEIC else "video/mp4"
    if data[:2] == b"BM" and len(data) > 26 and data[6:10] == bytes(4) and data[14] in (12, 40, 52, 56, 64, 108, 124):
        return BMP
    if data[257:262] == b"ustar":
        return TAR
    if _CMS.match(data):
        return PKCS7
    return PROGRAM if data[:2] == b"MZ" and _is_program(data) else ""


def _is_program(data: bytes) -> bool:
    """DOS and Windows programs; a text that begins with "MZ" has no such header."""
    return len(data) >= 28 and b"\x00" in data[2:64]


def _by_text(data: bytes) -> str:
    head = data[:65536]
    if not head or not _is_text(head):
        return ""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return TXT
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096]
    lower = start.lower()
    if lower.startswith(b"{\\rtf"):
        return RTF
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return HTML
    if lower.startswith(b"<?xml") or re.match(rb"<[a-z_][\w.-]*(?::[\w.-]+)?[\s>/]", lower):
        return _markup(lower)
    if _is_mail(start):
        return EML
    return CSV if _is_table(head) else TXT


def _markup(lower: bytes) -> str:
    if re.search(rb"<(?:!doctype )?html\b", lower):
        return HTML
    if b"edxmlenvelope" in lower or b"edxml" in lower[:1024]:
        return EDXML
    if lower.startswith(b"<?xml") or b"xmlns" in lower:
        return XML
    return HTML if re.match(rb"<(?:div|p|table|font|span|meta|style|script|title|center|br|b|a|img)\b", lower) else XML


def _is_text(head: bytes) -> bool:
    """Old Vietnamese encodings put letters on a few control codes, so some are allowed, NUL never outside UTF-16."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") and len(head) % 2 == 0:
        return True
    if b"\x00" in head:
        return False
    odd = len(head.translate(None, bytes(range(32, 256)) + b"\t\r\n\f\x1b"))
    return odd * 20 <= len(head)


def _is_mail(start: bytes) -> bool:
    block = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
    first = re.match(rb"(?:From [^\n]*\n)?[!-9;-~]{1,80}[ \t]*:", block)
    named = {found.lower() for found in _MAIL_FIELDS.findall(block)}
    return first is not None and len(named) >= 2


def _is_table(head: bytes) -> bool:
    """At least two lines, all with the same number (two or more) of one separator."""
    lines = [line for line in head.splitlines()[:50] if line.strip()]
    lines = lines[:-1] if len(head) == 65536 else lines
    if len(lines) < 2:
        return False
    return any(
        lines[0].count(mark) >= 2 and len({line.count(mark) for line in lines}) == 1 for mark in (b",", b";", b"\t")
    )


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF, BMP or JPEG; None when they cannot be told."""
    try:
        if data.startswith(b"\x89PNG"):
            return struct.unpack_from(">II", data, 16)
        if data.startswith(b"GIF8"):
            return struct.unpack_from("<HH", data, 6)
        if data.startswith(b"BM"):
            width, height = struct.unpack_from("<ii", data, 18)
            return abs(width), abs(height)
        return _jpeg_size(data) if data.startswith(b"\xff\xd8") else None
    except struct.error:
        return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        mark = data[at + 1]
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + struct.unpack_from(">H", data, at + 2)[0] if mark != 0xFF else 1
    return None
