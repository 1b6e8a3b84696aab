"""Notices go out over a real socket: loop-proof, signed, and never twice for want of an answer."""
from __future__ import annotations

import base64
import datetime as dt
import email
import email.policy
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dkim
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mail.post import Enclosed, Notice, PostPlan, PostTrouble, message_of, post

AT = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=7)))
NOTICE = Notice("van-thu@xa.example", "Đã nhận văn bản: Công văn số 12", "Kính gửi: ...\nĐã nhận.", "D1.received",
                "<abc@xa.example>")


class Server:
    """What a mail server does with what it gets."""

    def __init__(self) -> None:
        self.got: list[tuple[str, list[str], bytes]] = []
        self.answer = "250 OK"
        self.hang_up = False

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("khong-co@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        if self.hang_up:
            server.transport.close()
        return self.answer


@pytest.fixture
def server() -> Iterator[tuple[Server, PostPlan]]:
    handler = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, PostPlan("127.0.0.1", port, "none", sender="cong-van-thu@mau.example", sender_name="Cổng văn thư")
    controller.stop()


def test_a_notice_arrives_readable_and_is_never_answered_by_machines(server: tuple[Server, PostPlan]) -> None:
    handler, plan = server
    post(NOTICE, plan, AT)
    ((sender, to, content),) = handler.got
    assert sender in ("", "<>", None)
    assert to == ["van-thu@xa.example"]
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["Subject"] == "Đã nhận văn bản: Công văn số 12"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["In-Reply-To"] == message["References"] == "<abc@xa.example>"
    assert message["Message-ID"] == "<D1.received@mau.example>"
    assert message["From"].addresses[0].display_name == "Cổng văn thư"
    assert "Đã nhận." in message.get_content()


def test_the_signature_holds(server: tuple[Server, PostPlan], tmp_path: Path) -> None:
    handler, plan = server
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path / "dkim.pem"
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                                       serialization.NoEncryption()))
    public = key.public_key().public_bytes(serialization.Encoding.DER,
                                           serialization.PublicFormat.SubjectPublicKeyInfo)
    post(NOTICE, replace(plan, dkim_selector="vt", dkim_key_file=file), AT)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    content = handler.got[0][2]
    assert dkim.verify(content, dnsfunc=lambda name, timeout=5: record)
    assert not dkim.verify(content.replace(b"Subject:", b"Subject: x"), dnsfunc=lambda name, timeout=5: record)


def test_trouble_is_told_as_temporary_or_for_good(server: tuple[Server, PostPlan]) -> None:
    handler, plan = server
    with pytest.raises(PostTrouble) as nobody:
        post(replace(NOTICE, to="khong-co@xa.example"), plan, AT)
    assert not nobody.value.temporary
    assert not nobody.value.begun
    handler.answer = "451 4.3.0 later"
    with pytest.raises(PostTrouble) as later:
        post(NOTICE, plan, AT)
    assert later.value.temporary
    with pytest.raises(PostTrouble) as down:
        post(NOTICE, replace(plan, port=1), AT)
    assert down.value.temporary
    assert not down.value.begun


def test_an_answer_that_never_came_is_told_apart(server: tuple[Server, PostPlan]) -> None:
    handler, plan = server
    handler.hang_up = True
    with pytest.raises(PostTrouble) as cut:
        post(NOTICE, plan, AT)
    assert cut.value.begun


@pytest.mark.parametrize("to", ["", "khong-co-a-cong", "a@b\r\nBcc: x@y", "a b@c"])
def test_an_address_that_is_none_is_refused_before_anything_is_sent(
        server: tuple[Server, PostPlan], to: str) -> None:
    handler, plan = server
    with pytest.raises(PostTrouble) as bad:
        post(replace(NOTICE, to=to), plan, AT)
    assert not bad.value.temporary
    assert not handler.got


def test_a_header_cannot_be_smuggled_in() -> None:
    plan = PostPlan("localhost", sender="a@mau.example")
    message = message_of(replace(NOTICE, subject="x\r\nBcc: y@z.example", answers="<a>\r\nBcc: y"), plan, AT)
    assert message["Bcc"] is None
    assert message["In-Reply-To"] is None


def test_files_travel_byte_for_byte_whatever_they_are(server: tuple[Server, PostPlan], tmp_path: Path) -> None:
    handler, plan = server
    kept = {"Công văn số 125.pdf": ("application/pdf", bytes(range(256)) * 50),
            "ghi chú.txt": ("text/plain", "dòng\r\n.\r\nFrom cũ\n".encode()),
            "thư cũ.eml": ("message/rfc822", b"Subject: x\n\nno CRLF here\n"),
            "không rõ": ("", b"\x00\r\n.\r\n")}
    files = []
    for place, (name, (media_type, data)) in enumerate(kept.items()):
        path = tmp_path / str(place)
        path.write_bytes(data)
        files.append(Enclosed(name, media_type, path))
    post(replace(NOTICE, answers="", files=tuple(files)), plan, AT)
    message = email.message_from_bytes(handler.got[0][2], policy=email.policy.default)
    assert message["Auto-Submitted"] == "auto-generated"
    got = {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}
    assert got == {name: data for name, (_, data) in kept.items()}
