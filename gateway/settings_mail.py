"""The sections of the settings that are about mail; part of gateway.settings, which loads them."""
from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import BadSettings

ROUTING = Path("routing.toml")
"""The file of routing rules that may be absent; one that the settings name must be there."""
SMTP_CERTIFICATE = Path("secrets/smtp-cert.pem")
"""The certificate that may be absent: TLS is then not offered, and nobody can log in."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What both mail doors share."""

    rules: Path = ROUTING
    """Routing rules (samples/routing.toml); without the file every letter goes to the unit of its address."""
    spool: Path = Path("spool")
    """Letters lie here while they arrive."""
    trusted_server: str = ""
    """Name of our own mail server in Authentication-Results; "" where no header is to be believed."""
    check_dkim: bool = True
    """Signatures (DKIM) are checked here, with the sender's key from the DNS."""


@dataclass(frozen=True, slots=True)
class MailUnit:
    """A unit served by mail; as often as there are units: [[mail_unit]]."""

    unit: str = ""
    """Organisation code; "" means unit.code."""
    addresses: tuple[str, ...] = ()
    """The SMTP door takes letters for these: "van-thu@xa.example", or "@xa.example" for every name there."""
    senders: tuple[str, ...] = ()
    """Who may write for the unit, with * and ?; letters of all others wait for a person."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """The SMTP door: legacy systems and scanners hand letters in; a process of its own."""

    enabled: bool = False
    hostname: str = ""
    """In the greeting; "" means the machine's name."""
    listen: str = "127.0.0.1"
    port: int = 2525
    """With STARTTLS where there is a certificate."""
    tls_port: int = 0
    """TLS from the first byte; 0 means none."""
    lmtp_socket: str = ""
    """A socket file, in the data folder, for a mail server on this machine (LMTP); "" means none."""
    certificate_file: Path = SMTP_CERTIFICATE
    """PEM, with its chain; read again when it changes."""
    key_file: Path = Path("secrets/smtp-key.pem")
    require_tls: bool = False
    """No letter without TLS on `port`."""
    login: bool = True
    """The gateway's users may log in, over TLS only."""
    networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """From here no login is needed."""
    proxy_networks: tuple[str, ...] = ()
    """Load balancers that speak the PROXY protocol."""
    keep_bare: bool = False
    """Old devices in `networks` may end lines with a lone CR or LF; else such letters are refused."""
    max_line: int = 1000
    """Longest line in bytes (RFC 5321); old devices need more, 0 means any length."""
    size_mb: int = 50
    recipients: int = 100
    """Of one letter."""
    connections: int = 200
    connections_per_peer: int = 20
    letters_per_connection: int = 100
    sender_letters_per_hour: int = 0
    """0 means any number."""
    peer_letters_per_hour: int = 0
    takers: int = 4
    """Letters taken in at the same time."""


@dataclass(frozen=True, slots=True)
class Imap:
    """A mailbox that is watched; as often as there are mailboxes: [[imap]]."""

    name: str = ""
    """Stands in the Origin and on the health page; "" means login@host.  Not to be changed later."""
    unit: str = ""
    """Organisation code whose mailbox it is; "" means unit.code."""
    host: str = ""
    port: int = 0
    """0 means 993, or 143 without TLS from the first byte."""
    tls: str = "implicit"
    """"implicit", "starttls", or "none" (inside one machine only)."""
    ca_file: str = ""
    """Certificates (PEM) to trust instead of the system's."""
    login: str = ""
    password_file: str = ""
    oauth_file: str = ""
    """TOML with token_url, client_id, client_secret, refresh_token, scope: instead of the password."""
    folders: tuple[str, ...] = ("INBOX",)
    """With * and ?."""
    done: str = "vanthu-done"
    """Folder where taken letters are moved; "" leaves them where they are, with a flag."""
    refused: str = "vanthu-refused"
    poll_s: float = 60.0
    size_mb: int = 50
    """Larger letters are refused without being fetched."""

    @property
    def called(self) -> str:
        """The mailbox's name."""
        return self.name or f"{self.login}@{self.host}"


def check_mail(smtp: Smtp, imap: Sequence[Imap]) -> None:
    """Looks at what types alone do not tell.

    Raises:
        BadSettings: a port, a network or a mailbox that cannot be.
    """
    for name, port, least in (("port", smtp.port, 1), ("tls_port", smtp.tls_port, 0)):
        if not least <= port < 65536:
            raise BadSettings(f"smtp.{name} phải từ {least} đến 65535. Hãy chọn cổng khác.")
    for key in ("networks", "proxy_networks"):
        for one in getattr(smtp, key):
            _check_network(f"smtp.{key}", one)
    for name, count in Counter(one.called for one in imap).items():
        if count > 1:
            raise BadSettings(f"Hai hộp thư [[imap]] cùng tên {name}. Hãy đặt imap.name khác nhau.")
    for mailbox in imap:
        _check_mailbox(mailbox)


def _check_network(key: str, text: str) -> None:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise BadSettings(f"{key}: {text} không phải mạng, ví dụ \"10.1.0.0/16\". Hãy sửa lại.") from error


def _check_mailbox(mailbox: Imap) -> None:
    if not mailbox.host or not mailbox.login:
        raise BadSettings("Mỗi hộp thư [[imap]] cần imap.host và imap.login. Hãy khai báo đủ.")
    if mailbox.tls not in _TLS:
        raise BadSettings(f"imap.tls = \"{mailbox.tls}\" không có. Hãy chọn một trong: {', '.join(_TLS)}.")
    if not 0 <= mailbox.port < 65536:
        raise BadSettings("imap.port phải từ 0 đến 65535. Hãy chọn cổng khác.")
    if bool(mailbox.password_file) == bool(mailbox.oauth_file):
        raise BadSettings(f"Hộp thư {mailbox.called} cần đúng một trong imap.password_file và imap.oauth_file. "
                          "Hãy khai báo một tệp.")


_TLS = ("implicit", "starttls", "none")
