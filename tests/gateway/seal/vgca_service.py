"""A stand-in of VGCA Sign Service: a real websocket over TLS, a real fetch, a real signature, a real upload.

What it does follows public client code of systems that use the service; what it signs with is our test infrastructure.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import ipaddress
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.seal.font import mark_font

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
CORNER = (400, 795, 590, 835)
"""Where it shows its signature on an A4 page, if not told otherwise."""


@dataclass
class Hand:
    """How the clerk's service is set up: with which key, where and how it shows the signature."""

    key: tuple[Path, Path]
    box: tuple[int, int, int, int] | None = CORNER
    """None signs unseen."""
    embeds: bool = True
    """Its picture of the signature carries its font."""
    digest: str = "sha256"
    before: Callable[[Any], None] = lambda writer: None
    """Changes the file while signing."""
    after: Callable[[bytes], bytes] = lambda data: data
    """Changes the file after signing."""
    at: dt.datetime | None = None
    """What its machine's clock says."""

    def sign(self, data: bytes) -> bytes:
        """One more signature, as an increment."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import fields, signers

        moment = self.at

        class Clocked(signers.PdfSigner):
            def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:
                session = super().init_signing_session(pdf_out, existing_fields_only)
                session.system_time = moment or session.system_time
                return session

        signer = signers.SimpleSigner.load_pkcs12(str(self.key[0]), passphrase=self.key[1].read_bytes().strip())
        writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
        self.before(writer)
        meta = signers.PdfSignatureMetadata(
            field_name="Signature1", md_algorithm=self.digest, subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED
        )
        spec = fields.SigFieldSpec("Signature1", on_page=0, box=self.box)
        out = io.BytesIO()
        tool = Clocked(meta, signer=signer, stamp_style=self._style(), new_field_spec=spec)
        tool.sign_pdf(writer, output=out)
        return self.after(out.getvalue())

    def _style(self) -> Any:
        from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
        from pyhanko.pdf_utils.text import TextBoxStyle
        from pyhanko.stamp import TextStampStyle

        words = "Sao y\n%(signer)s\n%(ts)s"
        if not self.embeds:
            return TextStampStyle(stamp_text=words, background=None)
        font = GlyphAccumulatorFactory(str(mark_font()), font_size=8, create_objstream_if_needed=False)
        return TextStampStyle(stamp_text=words, background=None, text_box_style=TextBoxStyle(font=font, font_size=8))


@dataclass
class Service:
    """A listening service; `asked` is what pages have sent it, `answers` what the gateway has answered to uploads."""

    address: str
    hand: Hand
    cancelled: bool = False
    """The clerk closes the window without signing."""
    closed: frozenset[int] = frozenset()
    """Or does so at these questions (1 is the first)."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    def serve(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What SignCopy and SignAppendix do."""
        self.asked.append(asked)
        if self.cancelled or len(self.asked) in self.closed:
            return {"Status": 14, "Message": "Người dùng hủy ký.", "FileName": "", "FileServer": ""}
        fetched = httpx.get(asked["FileName"])
        if fetched.status_code != 200:
            return {"Status": 28, "Message": f"HTTP {fetched.status_code}", "FileName": "", "FileServer": ""}
        sealed = self.hand.sign(fetched.content)
        part = {"uploadfile": ("signed.pdf", sealed, "application/pdf")}
        answer = httpx.post(asked["FileUploadHandler"], files=part).json()
        self.answers.append(answer)
        done = {"Status": 0 if answer["Status"] else 28, "Message": answer["Message"]}
        return done | {"FileName": answer["FileName"], "FileServer": answer["FileServer"]}


@contextmanager
def listening(folder: Path, hand: Hand) -> Iterator[Service]:
    """The service on a free port of loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_certificate(folder))
    listener = socket.create_server(("127.0.0.1", 0))
    service = Service(f"wss://127.0.0.1:{listener.getsockname()[1]}", hand)

    def accept() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:  # closed: the test is over
                return
            threading.Thread(target=_converse, args=(context, plain, service), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield service
    finally:
        listener.close()


def _converse(context: ssl.SSLContext, plain: socket.socket, service: Service) -> None:
    """One websocket: a text message in, a text message out."""
    with context.wrap_socket(plain, server_side=True) as line, line.makefile("rb") as coming:
        path = coming.readline().split()[1].decode()
        head = {}
        while (row := coming.readline().strip()):
            name, _, value = row.decode().partition(":")
            head[name.strip().lower()] = value.strip()
        key = base64.b64encode(hashlib.sha1(head["sec-websocket-key"].encode() + _GUID).digest()).decode()
        line.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {key}\r\n\r\n".encode()
        )
        asked = json.loads(_frame(coming))
        known = path in ("/SignCopy", "/SignAppendix")
        answer = service.serve(asked | {"path": path}) if known else {"Status": 404, "Message": path}
        data = json.dumps(answer).encode()
        size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
        line.sendall(b"\x81" + size + data)
        coming.read(2)  # the page closes


def _frame(coming: Any) -> bytes:
    """The text of one masked frame (RFC 6455, 5.2)."""
    first, second = coming.read(2)
    assert first == 0x81
    size = second & 0x7F
    if size >= 126:
        size = int.from_bytes(coming.read(2 if size == 126 else 8), "big")
    mask = coming.read(4)
    return bytes(byte ^ mask[place % 4] for place, byte in enumerate(coming.read(size)))


def _certificate(folder: Path) -> tuple[Path, Path]:
    """What the service shows on loopback; its own authority stands in the clerk's machine."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "VGCA Sign Service stand-in")])
    place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(place, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    certificate, private = folder / "service.pem", folder / "service-key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private
