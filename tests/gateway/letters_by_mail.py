"""A gateway's settings for mail, letters to hand in, and the SMTP door's process, for tests of the real thing."""
from __future__ import annotations

import contextlib
import os
import smtplib
import socket
import subprocess
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from gateway.store.store import Store
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
SENDER, OFFICE = "lan@xa.example", "van-thu@mau.example"


def letter(subject: str, *, sample: str = "", padding: int = 0) -> bytes:
    """A mail with a sample scan, or with a few bytes of its own."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Lan <{SENDER}>", OFFICE, subject
    mail.set_content("Kính gửi văn thư,\n")
    data = (SAMPLES / sample).read_bytes() if sample else b"%PDF-1.4\n" + subject.encode() + b" " * padding
    mail.add_attachment(data, maintype="application", subtype="pdf", filename=sample or "a.pdf")
    return mail.as_bytes(policy=SMTP)


@dataclass
class Place:
    """One data folder with mail doors."""

    folder: Path
    smtp: int
    web: int

    @classmethod
    def made(cls, folder: Path, more: str = "", *, smtp: bool = True) -> Place:
        place = cls(folder, free_port(), free_port())
        (folder / "gateway.toml").write_text(f"""
[web]
port = {place.web}
[sandbox]
port = {free_port()}
[engine]
poll_s = 0.2
heal_s = 0.5
[smtp]
enabled = {str(smtp).lower()}
port = {place.smtp}
[[mail_unit]]
addresses = ["{OFFICE}"]
senders = ["*@xa.example"]
{more}""", "utf-8")
        place.data.mkdir(exist_ok=True)
        (place.data / "sample-given").touch()
        return place

    @property
    def data(self) -> Path:
        return self.folder / "var"

    def store(self) -> Store:
        return Store.open(f"sqlite:///{self.data / 'vanthu.db'}")

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "gateway", "--config", str(self.folder / "gateway.toml"), *words]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "log.txt").open("ab")
        with log:
            return subprocess.Popen(self.command(*words), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    env=os.environ | {"PYTHONPATH": str(ROOT)})

    def open(self) -> bool:
        """Does the SMTP door answer?"""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.smtp), 1) as sock:
            sock.settimeout(2)
            return sock.recv(3) == b"220"
        return False

    def hand_in(self, raw: bytes) -> None:
        """As any mail server would."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=20) as client:
            client.sendmail(SENDER, [OFFICE], raw)
