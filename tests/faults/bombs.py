"""Small files that want to become large ones, or never end; made here, so that none lies in the repository."""
from __future__ import annotations

import io
import struct
import zipfile
import zlib

_HUGE = 60_000


def bombs() -> dict[str, bytes]:
    """File name to bytes."""
    return {
        "bom-anh.png": _picture(), "bom-luong.pdf": _stream(), "bom-trang.pdf": _endless_pages(),
        "bom-kho-giay.pdf": _huge_paper(), "bom-xml.docx": _laughs(), "bom-nen.zip": _nested_zip(),
    }


def broken(number: int) -> bytes:
    """A PDF that begins and ends well and holds nonsense, another one for every number."""
    return b"%PDF-1.7\n" + f"% {number}\n1 0 obj\n<< /Type /Catalog /Pages 7 0 R >>\nendobj\n".encode() + (
        b"trailer\n<< /Root 1 0 R /Size 2 >>\nstartxref\n9\n%%EOF\n")


def _picture() -> bytes:
    """A PNG of 3,600 megapixels in a few hundred KB."""
    head = struct.pack(">IIBBBBB", _HUGE, _HUGE, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(6)
    row = bytes(1 + _HUGE // 8)
    data = b"".join(packer.compress(row * 1000) for _ in range(_HUGE // 1000)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pdf(*objects: bytes) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _stream() -> bytes:
    """A page whose content is 80 MB of blanks, deflated twice."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b" " * 4_000_000) for _ in range(20)) + packer.flush()
    data = zlib.compress(once, 9)
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (len(data), data)
    return _pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>", stream)


def _endless_pages() -> bytes:
    """A page tree that is its own child."""
    return _pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2000000000 >>")


def _huge_paper() -> bytes:
    return _pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                b"<< /Type /Page /Parent 2 0 R /UserUnit 75000 /MediaBox [0 0 14400000 14400000] >>")


def _laughs() -> bytes:
    """A billion laughs where Word keeps its words."""
    entities = "".join(f'<!ENTITY l{n} "' + f"&l{n - 1};" * 10 + '">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "haha">{entities}]><d>&l9;</d>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", text)
    return out.getvalue()


def _nested_zip() -> bytes:
    data = bytes(20_000_000)
    for _ in range(4):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(8):
                archive.writestr(f"{number}.zip", data)
        data = out.getvalue()
    return data
