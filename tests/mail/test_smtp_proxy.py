"""The SMTP door behind others: LMTP, and the PROXY protocol before and after TLS."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from ipaddress import ip_network
from pathlib import Path

import pytest

from mail.smtp import Listener
from tests.mail.smtp_doors import HERE, LETTER, TO, Talk, Tls, opened


def test_lmtp_answers_once_for_each_recipient(tmp_path: Path) -> None:
    inside = Listener(name="door", lmtp=True, open_networks=HERE)
    file = Listener(name="file", lmtp=True, tls=Tls.NONE, socket=tmp_path / "lmtp.sock")
    with opened(tmp_path, inside, file) as door:
        unix = socket.socket(socket.AF_UNIX)
        unix.connect(str(tmp_path / "lmtp.sock"))
        for talk in (door.talk(), Talk(unix)):
            with talk:
                assert talk.banner == "220 cong.don.vn LMTP"
                assert talk.codes("EHLO a", "HELO a", "MAIL FROM:<>", "LHLO a") == ["500", "500", "503", "250"]
                talk.codes("MAIL FROM:<a@xa.vn>", f"RCPT TO:<{TO}>", "RCPT TO:<no@where>", "RCPT TO:<b@don.vn>", "DATA")
                talk.send(LETTER + b".\r\nNOOP\r\n")
                assert [talk.reply()[:9] for _ in range(3)] == ["250 2.0.0", "250 2.0.0", "250 OK"]
        assert [(one.peer, one.recipients) for one, _ in door.house.letters] == [
            ("127.0.0.1", (TO, "b@don.vn")), ("", (TO, "b@don.vn"))]  # fmt: skip
    assert not (tmp_path / "lmtp.sock").exists()


V2 = b"\r\n\r\n\0\r\nQUIT\n"
FROM_4 = V2 + b"\x21\x11" + struct.pack("!H4s4sHH", 12, bytes([192, 0, 2, 7]), bytes([10, 0, 0, 1]), 4711, 25)
FROM_6 = (
    V2
    + b"\x21\x21"
    + struct.pack("!H16s16sHH", 36, bytes([0x20, 1, 0xD, 0xB8]) + bytes(11) + b"\x05", bytes(16), 1, 25)
)


@pytest.mark.parametrize(
    ("header", "peer", "code"),
    [
        (b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 25\r\n", "192.0.2.7", "250"),
        (b"PROXY TCP4 198.51.100.1 10.0.0.1 4711 25\r\n", "198.51.100.1", "530"),
        (b"PROXY UNKNOWN\r\n", "unknown", "530"),
        (FROM_4, "192.0.2.7", "250"),
        (FROM_6, "2001:db8::5", "250"),
        (V2 + b"\x20\x00\0\0", "127.0.0.1", "530"),  # the proxy's own health check
    ],
)
def test_a_trusted_proxy_says_who_is_there(tmp_path: Path, header: bytes, peer: str, code: str) -> None:
    nets = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    listener = Listener(name="door", open_networks=nets, proxy_networks=HERE)
    with opened(tmp_path, listener) as door, door.talk(banner=False) as talk:
        talk.send(header + b"EHLO a\r\n")
        assert talk.reply().startswith("220")
        talk.reply()
        assert talk.say("MAIL FROM:<>")[:3] == code
        if code == "250":
            talk.start_tls()  # what the proxy said outlives STARTTLS
            talk.say("EHLO a")
            assert talk.letter(LETTER).startswith("250")
            assert door.house.letters[0][0].peer == peer


@pytest.mark.parametrize(
    "header", [b"EHLO a\r\n", b"PROXY TCP4 1.2.3\r\n", V2[:-1] + b"x\x21\x11\0\0", b"PROXY " + b"x" * 200 + b"\r\n"]
)
def test_a_proxy_that_says_no_name_is_sent_away(tmp_path: Path, header: bytes) -> None:
    with opened(tmp_path, Listener(name="door", proxy_networks=HERE)) as door, door.talk(banner=False) as talk:
        talk.send(header)
        assert talk.reply() == ""


def test_a_proxy_header_from_elsewhere_is_an_unknown_command(tmp_path: Path) -> None:
    with opened(tmp_path) as door, door.talk() as talk:
        assert talk.say("PROXY TCP4 192.0.2.7 10.0.0.1 1 25").startswith("500")
        talk.say("EHLO a")
        assert talk.letter(LETTER).startswith("250")
        assert door.house.letters[0][0].peer == "127.0.0.1"


SEALED = Listener(name="door", tls=Tls.IMPLICIT, open_networks=(ip_network("192.0.2.0/24"),), proxy_networks=HERE)


@pytest.mark.parametrize(
    ("header", "peer"),
    [(b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 465\r\n", "192.0.2.7"), (FROM_4, "192.0.2.7"), (b"PROXY UNKNOWN\r\n", "")],
    ids=["v1", "v2", "unknown"],
)
@pytest.mark.parametrize("cut", [0, 9], ids=["whole", "in pieces"])
def test_a_trusted_proxy_speaks_before_tls(tmp_path: Path, header: bytes, peer: str, cut: int) -> None:
    with opened(tmp_path, SEALED) as door, door.talk(banner=False) as talk:
        talk.send(header[:cut])
        time.sleep(0.02)
        talk.send(header[cut:])
        talk.wrap()
        assert talk.reply().startswith("220")
        assert "AUTH" in talk.say("EHLO a")
        if not peer:
            assert talk.say("MAIL FROM:<>").startswith("530")
            return
        assert talk.letter(LETTER).startswith("250")
        ((envelope, _),) = door.house.letters
        assert (envelope.peer, envelope.tls) == (peer, True)


@pytest.mark.parametrize(
    "header",
    [b"EHLO a\r\n", b"PROXY TCP4 1.2.3\r\n", V2[:-1] + b"x\x21\x11\0\0", b"PROXY " + b"x" * 200,
     b"\x16\x03\x01\0\xc8\1", V2 + b"\x21\x11\xff\xff"],
    ids=["mail", "short", "signature", "long", "tls", "long v2"],
)  # fmt: skip
def test_without_a_header_a_proxy_is_sent_away_before_tls(tmp_path: Path, header: bytes) -> None:
    with opened(tmp_path, SEALED) as door:
        with door.talk(banner=False) as talk, contextlib.suppress(ConnectionError):
            talk.send(header)
            assert talk.reply() == ""
        with door.talk(banner=False) as talk:
            talk.send(b"PROXY TCP4 192.0.2.7 10.0.0.1 1 465\r\n" + b"no TLS" * 20)
            with contextlib.suppress(ConnectionError):
                assert "220" not in talk.sock.recv(100).decode("latin-1")
        assert door.house.letters == []


def test_who_is_no_proxy_begins_with_tls(tmp_path: Path) -> None:
    elsewhere = (ip_network("192.0.2.0/24"),)
    listener = Listener(name="door", tls=Tls.IMPLICIT, open_networks=HERE, proxy_networks=elsewhere)
    with opened(tmp_path, listener) as door, door.talk(banner=False) as talk:
        talk.wrap()
        talk.reply()
        talk.say("EHLO a")
        assert talk.letter(LETTER).startswith("250")
        assert door.house.letters[0][0].peer == "127.0.0.1"
