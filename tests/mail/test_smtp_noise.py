"""Whatever is sent to the SMTP door, and wherever it is cut: the door stands, keeps nothing, takes what is whole."""

from __future__ import annotations

import random
import socket
import struct
from pathlib import Path

from mail.smtp import Listener
from tests.mail.smtp_doors import HERE, LETTER, TO, Open, Tls, limits, opened
from tests.waiting import wait_for

LINES = r"""EHLO a
HELO a
LHLO a
MAIL FROM:<a@xa.vn>
RCPT TO:<vanthu@don.vn>
DATA
.
RSET
NOOP
STARTTLS
AUTH PLAIN
AUTH LOGIN
*
QUIT

MAIL FROM:<tổ@xã.vn> SMTPUTF8
HELP
VRFY x
PROXY UNKNOWN
BDAT 3 LAST
GET / HTTP/1.1""".splitlines()
WORDS = [line.encode() + b"\r\n" for line in LINES]
WORDS += [
    LETTER + b".\r\n",
    b"\n",
    b"\0\xff\xfe\r\n",
    b"x" * 3000 + b"\r\n",
    b"y" * 200_000,
    b"RCPT TO:<\xff@don.vn>\r\n",
]
WORDS += [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"z" * 600, b"MAIL FROM:<" + b'"' * 900 + b">\r\n"]


GREETING = {"plain": WORDS[0], "tls": WORDS[0], "lmtp": WORDS[2]}
GREETING["proxy"] = b"PROXY TCP4 127.0.0.1 127.0.0.1 1 25\r\n" + WORDS[0]


def one_guest(door: Open, name: str, chance: random.Random) -> None:
    """Says anything, reads or does not, and goes: politely, by half, or by reset."""
    with socket.create_connection(("127.0.0.1", door.port(name)), 5) as sock:
        try:
            good = [GREETING[name], *WORDS[3:6]][: chance.randrange(1, 5)] if chance.random() < 0.7 else []
            for data in [*good, *chance.choices(WORDS, k=chance.randrange(1, 14))]:
                sock.sendall(data[: chance.randrange(1, len(data) + 1)] if chance.random() < 0.15 else data)
                if chance.random() < 0.4:
                    sock.settimeout(0.02)
                    try:
                        sock.recv(4096)
                    except TimeoutError:
                        continue
            manner = chance.random()
            if manner < 0.3:
                sock.shutdown(socket.SHUT_WR)
            elif manner < 0.6:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            return


def test_noise_leaves_the_door_standing(tmp_path: Path) -> None:
    names = ("plain", "tls", "lmtp", "proxy")
    listeners = (
        Listener(name="plain", open_networks=HERE, keep_bare=True),
        Listener(name="tls", open_networks=HERE, tls=Tls.IMPLICIT),
        Listener(name="lmtp", open_networks=HERE, lmtp=True, max_line=0),
        Listener(name="proxy", open_networks=HERE, proxy_networks=HERE, tls=Tls.NONE),
    )
    chance = random.Random(20261121)
    with opened(tmp_path, *listeners, limits=limits(idle_seconds=5)) as door:
        for _ in range(300):
            one_guest(door, chance.choice(names), chance)
        with door.talk("plain") as talk:
            talk.say("EHLO a")
            assert talk.letter(LETTER).startswith("250")
        wait_for(lambda: not door.door._porter.guests and not door.spooled())
        assert {envelope.recipients for envelope, _ in door.house.letters} == {(TO,)}
        assert len(door.house.letters) > 1
