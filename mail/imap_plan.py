"""Everything the IMAP door is told about one mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

MIB = 1 << 20


class Security(StrEnum):
    """How the connection is protected."""

    TLS = "tls"  # from the first octet, port 993 (RFC 8314)
    STARTTLS = "starttls"  # before the login, port 143; without it nothing is said
    NONE = "none"  # inside one machine only


class After(StrEnum):
    """What becomes of a letter in the mailbox once it is ours."""

    FLAG = "flag"
    """Stays, with the keyword $VanthuTaken. Where a server stores no keywords: seen and flagged, both together."""
    MOVE = "move"
    """Goes to `done_folder`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapPlan:
    """One mailbox. Folder names are written with "/" between the levels, whatever the server puts there."""

    name: str  # stands in Envelope.key and account and in the log; not to be changed later
    host: str
    login: str
    spool: Path  # a folder where letters lie while they are fetched; may be shared, made when absent
    port: int = 0  # 0: 993, or 143 without TLS from the first octet
    security: Security = Security.TLS
    password_file: Path | None = None  # its first line; read again at each connection
    oauth_file: Path | None = None  # TOML, see mail.imap_oauth; instead of the password
    folders: tuple[str, ...] = ("INBOX",)  # with * and ?; a pattern never finds the two folders below, nor Sent, Trash
    largest_mb: int = 50  # larger letters go to refused_folder without being fetched
    after: After = After.FLAG
    done_folder: str = "vanthu-done"
    refused_folder: str = "vanthu-refused"
    poll_s: float = 60  # the mailbox is looked through this often, whatever IDLE says
    idle_s: float = 300  # IDLE is begun anew, or NOOP sent, this often (RFC 2177: at least every 29 minutes)
    retry_s: float = 30  # first pause after a letter was put off; doubled up to an hour
    timeout_s: float = 60  # without an octet from the server
    ca_file: Path | None = None  # certificates (PEM) trusted instead of the system's

    @property
    def port_used(self) -> int:
        """The port to connect to."""
        return self.port or (993 if self.security is Security.TLS else 143)

    @property
    def largest(self) -> int:
        """Octets."""
        return self.largest_mb * MIB

    def check(self) -> None:
        """Raises ValueError on a plan that cannot be followed."""
        if self.security is Security.NONE and not _loopback(self.host):
            raise ValueError(f"{self.name}: without TLS only inside one machine, not to {self.host}")
        if (self.password_file is None) == (self.oauth_file is None):
            raise ValueError(f"{self.name}: one of password_file and oauth_file")
        if not self.folders or not self.name:
            raise ValueError(f"{self.name}: a name and a folder are needed")
        if min(self.poll_s, self.idle_s, self.retry_s, self.timeout_s, self.largest_mb) <= 0:
            raise ValueError(f"{self.name}: times and sizes are above 0")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
