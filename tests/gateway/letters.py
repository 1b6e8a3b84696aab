"""Letters as tests write them."""
from __future__ import annotations

import io
from email.message import EmailMessage
from pathlib import Path

from gateway.document import LETTER_TYPE, Document, Door, Origin, Role
from tests.gateway.papers import Papers, now

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SCAN = (SAMPLES / "giay-moi-hop.pdf").read_bytes()
PICTURE = (SAMPLES / "cong-van-dau-den.jpg").read_bytes()
DRAFT = "Dự thảo kế hoạch, đề nghị góp ý trước ngày 30.\n".encode()


def letter(*files: tuple[str, bytes], subject: str = "Gửi văn bản", text: str = "Kính gửi văn thư.") -> bytes:
    """An e-mail with these files, as bytes on the wire."""
    message = EmailMessage()
    message["From"] = "Văn thư xã Mẫu <van-thu@Xa-Mau.example>"
    message["To"] = "tiep-nhan@tinh.example"
    message["Subject"] = subject
    message["Message-ID"] = "<1@xa-mau.example>"
    message["Date"] = "Fri, 20 Nov 2026 08:30:00 +0700"
    message.set_content(text)
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def received(papers: Papers, raw: bytes, *, unit: str = "H99.1", door: Door = Door.SMTP) -> Document:
    """The Document of a letter, as a mail door takes it."""
    file = papers.vault.put(io.BytesIO(raw), role=Role.ORIGINAL, media_type=LETTER_TYPE, name="Gửi văn bản")
    origin = Origin(door, f"x/{file.sha256}")
    return papers.store.receive(origin, file, unit=unit, name="Gửi văn bản", by="van-thu@xa-mau.example",
                                at=now()).document
