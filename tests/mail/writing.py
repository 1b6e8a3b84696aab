"""Letters for the tests, written by Python's own mail package: another hand than the one that reads them."""

from __future__ import annotations

from email.message import EmailMessage

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00\x00\x00\x40\x00\x00\x00\x40" + b"\x08\x02\x00\x00\x00" + b"x" * 50


def page_picture(width: int = 1240, height: int = 1754) -> bytes:
    """The head of a PNG as large as a sheet at 150 dpi."""
    return PNG[:16] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + PNG[24:] * 600


def letter(text: str = "Kính gửi quý cơ quan.", subject: str = "Công văn số 12/UBND") -> EmailMessage:
    """A letter without attachments."""
    mail = EmailMessage()
    mail["From"] = "Văn thư xã Ea Kao <vanthu@EaKao.example.vn>"
    mail["To"] = "tiepnhan@so.example.vn"
    mail["Subject"] = subject
    mail["Date"] = "Mon, 02 Mar 2026 08:00:00 +0700"
    mail["Message-ID"] = "<1@eakao.example.vn>"
    mail.set_content(text)
    return mail


def with_file(data: bytes, name: str, kind: str = "application/octet-stream") -> bytes:
    """A letter with one attachment."""
    mail = letter()
    main, sub = kind.split("/")
    mail.add_attachment(data, main, sub, filename=name)
    return mail.as_bytes()
