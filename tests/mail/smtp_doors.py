"""A real SMTP door in a thread, a house that remembers what it took, and a client that sends raw octets."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mail.envelope import Answer, Envelope
from mail.smtp import Listener, SmtpDoor, SmtpLimits, SmtpPlan, Tls

HERE = (ip_network("127.0.0.0/8"),)
TO = "vanthu@don.vn"
LETTER = "Subject: Công văn\r\n\r\nKính gửi.\r\n".encode()


def certificate(folder: Path, name: str = "localhost") -> Path:
    """A self-signed certificate with its key in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = folder / "door.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    return path


@dataclass
class House:
    """Takes letters as `answer` says; `gate` closed means that it has not made up its mind."""

    answer: Answer = field(default_factory=lambda: Answer.taken("Đã tiếp nhận"))
    trouble: Exception | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    letters: list[tuple[Envelope, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    def take(self, envelope: Envelope, path: Path) -> Answer:
        self.asked.set()
        assert self.gate.wait(60)
        if self.trouble:
            raise self.trouble
        self.letters.append((envelope, path.read_bytes()))
        return self.answer

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, body in self.letters]


@dataclass
class Open:
    """A door that is open, and what belongs to it."""

    door: SmtpDoor
    house: House
    spool: Path
    chain: Path
    thread: threading.Thread

    def port(self, name: str = "door") -> int:
        return self.door.ports[name]

    def talk(self, name: str = "door", **greet: Any) -> Talk:
        return Talk(socket.create_connection(("127.0.0.1", self.port(name)), 60), **greet)

    def spooled(self) -> list[Path]:
        return list(self.spool.glob("*"))


class Talk:
    """A client that says exactly the octets it is told to say."""

    def __init__(self, sock: socket.socket, *, banner: bool = True) -> None:
        self.sock = sock
        self._file = sock.makefile("rb")
        self.banner = self.reply() if banner else ""

    def send(self, data: bytes | str) -> None:
        self.sock.sendall(data.encode() if isinstance(data, str) else data)

    def reply(self) -> str:
        """The next whole reply; "" when the other side hung up."""
        lines = []
        while line := self._file.readline().decode():
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                break
        return "\n".join(lines)

    def say(self, command: str) -> str:
        self.send(command + "\r\n")
        return self.reply()

    def codes(self, *commands: str) -> list[str]:
        return [self.say(one)[:3] for one in commands]

    def letter(self, data: bytes, *, sender: str = "a@xa.vn", to: str = TO) -> str:
        """One letter whose data is sent as it is, with the end after it."""
        assert self.codes(f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>", "DATA") == ["250", "250", "354"]
        self.send(data + b"\r\n.\r\n")
        return self.reply()

    def start_tls(self, ahead: bytes = b"") -> None:
        self.send(b"STARTTLS\r\n" + ahead)
        assert self.reply().startswith("220")
        self.wrap()

    def wrap(self) -> None:
        self._file.close()
        self.sock = ssl._create_unverified_context().wrap_socket(self.sock)
        self._file = self.sock.makefile("rb")

    def close(self) -> None:
        self._file.close()
        self.sock.close()

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Complaints(logging.Handler):
    """What asyncio says about tasks that died unheard."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "transport creation" not in record.getMessage():  # a TLS handshake of nonsense, told in debug mode only
            self.heard.append(self.format(record))


@contextlib.contextmanager
def no_complaints() -> Iterator[None]:
    """Nothing inside the door died unheard."""
    complaints = Complaints()
    logging.getLogger("asyncio").addHandler(complaints)
    gc.freeze()  # what was there before is not looked through each time
    try:
        yield
        gc.collect()
    finally:
        logging.getLogger("asyncio").removeHandler(complaints)
    assert complaints.heard == []


def login_of(name: str, password: str) -> bool:
    return (name, password) in (("xa-a", "mật khẩu"), ("so-b", "khau"))


@contextlib.contextmanager
def opened(folder: Path, *listeners: Listener, limits: SmtpLimits | None = None, **plan: Any) -> Iterator[Open]:
    """A door with these listeners, on free ports; without any, one that is open to this machine."""
    house = plan.pop("house", None) or House()
    check: Callable[[str, str], bool] = plan.pop("check_login", login_of)
    chain, spool = certificate(folder), folder / "spool"
    made = SmtpPlan(
        hostname="cong.don.vn",
        spool=spool,
        listeners=listeners or (Listener(name="door", open_networks=HERE),),
        recipients=plan.pop("recipients", {"@don.vn"}),
        certificate=chain,
        limits=limits or SmtpLimits(failed_login_seconds=0.01, grace_seconds=60, free_disk=0),
        **plan,
    )
    door = SmtpDoor(made, house.take, check)
    thread = threading.Thread(target=door.serve)
    with no_complaints():
        thread.start()
        try:
            assert door.wait_ready(60)
            yield Open(door, house, spool, chain, thread)
        finally:
            house.gate.set()
            door.stop()
            thread.join(90)
        assert not thread.is_alive()
        assert list(spool.glob("*")) == []


def limits(**given: Any) -> SmtpLimits:
    """Limits for a test that does not want to wait."""
    return SmtpLimits(**{"failed_login_seconds": 0.01, "grace_seconds": 60, "free_disk": 0, **given})


__all__ = ["HERE", "LETTER", "TO", "House", "Open", "Talk", "Tls", "certificate", "limits", "login_of", "opened"]
