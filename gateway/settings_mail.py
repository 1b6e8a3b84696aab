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
    own_scanners: tuple[str, ...] = ()
    """Addresses of the office's own scan-to-mail devices, under which nobody else can write: what they send counts as
    a scan of the office's own."""
    smime_key_file: str = ""
    """PEM with the office's private key (RSA or on an elliptic curve, no passphrase) and its certificate: mail
    encrypted for it is opened.
    "" leaves such mail to a person."""
    smime_trust: str = ""
    """File or folder of certificates (.pem .cer .crt): whoever they vouch for has signed his mail himself."""
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
    hand_to: str = ""
    """What comes over the interchange for the unit is handed on to this address; "" lays it into the print folder."""


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
    """0 means 993, or 143 where security is not "tls"."""
    security: str = "tls"
    """"tls" from the first byte, "starttls", or "none" (inside one machine only)."""
    ca_file: str = ""
    """Certificates (PEM) to trust instead of the system's."""
    login: str = ""
    password_file: str = ""
    oauth_file: str = ""
    """TOML with token_url, client_id, refresh_token, client_secret, scope: instead of the password."""
    folders: tuple[str, ...] = ("INBOX",)
    """With * and ?."""
    after: str = "flag"
    """Letters that are ours: "flag" leaves them where they are, "move" puts them into done_folder."""
    done_folder: str = "vanthu-done"
    refused_folder: str = "vanthu-refused"
    poll_s: float = 60.0
    """The mailbox is looked through this often, whatever the server tells by itself."""
    idle_s: float = 300.0
    """IDLE is begun anew this often: some firewalls forget a silent line sooner (RFC 2177 asks for 29 minutes)."""
    largest_mb: int = 50
    """Of larger letters only the head is fetched: the desk shows it, and the sender is told."""

    @property
    def called(self) -> str:
        """The mailbox's name."""
        return self.name or f"{self.login}@{self.host}"


@dataclass(frozen=True, slots=True)
class Notices:
    """What the bringers of letters are told by mail; without a mail server they are told nothing."""

    host: str = ""
    """The mail server that takes our letters."""
    port: int = 25
    security: str = "starttls"
    """"tls" from the first byte, "starttls", or "none" (inside one machine only)."""
    ca_file: str = ""
    """Certificates (PEM) to trust instead of the system's."""
    login: str = ""
    password_file: str = ""
    sender: str = ""
    """Address in From: the office's own."""
    dkim_selector: str = ""
    dkim_key_file: str = ""
    """PEM; "" leaves signing to the mail server."""
    per_hour: int = 30
    """Most letters to one address within an hour; the rest wait."""
    send_s: float = 10.0
    """Between two looks for what is due."""


def check_notices(notices: Notices) -> None:
    """Looks at what types alone do not tell.

    Raises:
        BadSettings: no sender, or a kind of security that there is not.
    """
    if notices.security not in ("tls", "starttls", "none"):
        raise BadSettings(f"notices.security = \"{notices.security}\" không có. "
                          "Hãy chọn một trong: tls, starttls, none.")
    if notices.host and notices.sender.count("@") != 1:
        raise BadSettings("[notices] cần notices.sender là địa chỉ thư của cơ quan. Hãy khai báo địa chỉ.")
    if notices.host and not 0 < notices.port < 65536:
        raise BadSettings("notices.port phải từ 1 đến 65535. Hãy chọn cổng khác.")


def check_mail(smtp: Smtp, units: Sequence[MailUnit], imap: Sequence[Imap]) -> None:
    """Looks at what types alone do not tell.

    Raises:
        BadSettings: a port, a network, an address or a mailbox that cannot be.
    """
    _check_smtp(smtp)
    addresses = [address for unit in units for address in unit.addresses]
    for address in addresses:
        if address.count("@") != 1 or address.endswith("@"):
            raise BadSettings(f"mail_unit.addresses: {address} không phải địa chỉ thư hoặc \"@tên.miền\". Hãy sửa lại.")
    for unit in units:
        if unit.hand_to and unit.hand_to.count("@") != 1:
            raise BadSettings(f"mail_unit.hand_to: {unit.hand_to} không phải địa chỉ thư. Hãy sửa lại.")
    if smtp.enabled and not addresses:
        raise BadSettings("[smtp] đã bật nhưng chưa có địa chỉ nhận. Hãy khai báo mail_unit.addresses.")
    for name, count in Counter(one.called for one in imap).items():
        if count > 1:
            raise BadSettings(f"Hai hộp thư [[imap]] cùng tên {name}. Hãy đặt imap.name khác nhau.")
    for mailbox in imap:
        _check_mailbox(mailbox)


def _check_smtp(smtp: Smtp) -> None:
    for name, port, least in (("port", smtp.port, 1), ("tls_port", smtp.tls_port, 0)):
        if not least <= port < 65536:
            raise BadSettings(f"smtp.{name} phải từ {least} đến 65535. Hãy chọn cổng khác.")
    for key in ("networks", "proxy_networks"):
        for one in getattr(smtp, key):
            try:
                ipaddress.ip_network(one)
            except ValueError as error:
                raise BadSettings(f"smtp.{key}: {one} không phải mạng, ví dụ \"10.1.0.0/16\". Hãy sửa lại.") from error


def _check_mailbox(mailbox: Imap) -> None:
    if not mailbox.host or not mailbox.login:
        raise BadSettings("Mỗi hộp thư [[imap]] cần imap.host và imap.login. Hãy khai báo đủ.")
    for key, choices in (("security", ("tls", "starttls", "none")), ("after", ("flag", "move"))):
        if (value := getattr(mailbox, key)) not in choices:
            raise BadSettings(f"imap.{key} = \"{value}\" không có. Hãy chọn một trong: {', '.join(choices)}.")
    if not 0 <= mailbox.port < 65536:
        raise BadSettings("imap.port phải từ 0 đến 65535. Hãy chọn cổng khác.")
    if bool(mailbox.password_file) == bool(mailbox.oauth_file):
        raise BadSettings(f"Hộp thư {mailbox.called} cần đúng một trong imap.password_file và imap.oauth_file. "
                          "Hãy khai báo một tệp.")
