"""Everything the SMTP door is told before it opens: listeners, who may hand in, for whom, how much."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path

Networks = tuple[IPv4Network | IPv6Network, ...]
MIB = 1 << 20


class Tls(StrEnum):
    """How a listener speaks TLS."""

    NONE = "none"  # never: nobody can log in here
    STARTTLS = "starttls"  # offered; a login needs it (RFC 3207)
    REQUIRED = "required"  # offered, and no letter without it
    IMPLICIT = "implicit"  # from the first octet, port 465 (RFC 8314)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One port, or one socket file, with its own policy."""

    name: str  # stands in the log and as Envelope.account
    host: str = "127.0.0.1"
    port: int = 0  # 0: any free one, see SmtpDoor.ports
    socket: Path | None = None  # a socket file instead of host and port; whoever may write to it is inside
    tls: Tls = Tls.STARTTLS
    lmtp: bool = False  # RFC 2033: LHLO, one reply per recipient
    login: bool = True  # AUTH is offered, once TLS is on
    open_networks: Networks = ()  # from here no login is needed; from everywhere else it is
    proxy_networks: Networks = ()  # peers which must begin with a PROXY header; from others it is unknown
    keep_bare: bool = False  # a lone CR or LF from inside open_networks is data; else the letter is refused
    max_line: int = 1000  # octets with CRLF (RFC 5321, 4.5.3.1.6); old devices send longer ones; 0: any length

    def inside(self, peer: str) -> bool:
        """Does this address need no login here? An unknown address ("") is inside at a socket file only."""
        return self.socket is not None if not peer else within(peer, self.open_networks)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpLimits:
    """How much one connection, sender and hour may bring. 0 means no limit for everything counted."""

    size: int = 50 * MIB  # octets of one letter, announced as SIZE
    recipients: int = 100  # of one letter
    letters: int = 100  # in one connection
    errors: int = 20  # replies 4xx and 5xx in one connection
    connections: int = 200  # at once, all listeners together
    connections_per_peer: int = 20  # at once
    sender_letters_per_hour: int = 0  # of one login, else of one MAIL FROM
    peer_letters_per_hour: int = 0
    peer_failed_logins_per_hour: int = 30
    idle_seconds: float = 300  # without an octet from the other side (RFC 5321, 4.5.3.2.7)
    data_seconds: float = 3600  # for the whole of one letter
    failed_login_seconds: float = 1  # the answer to a wrong password waits
    grace_seconds: float = 20  # a letter that is on its way when the door closes
    free_disk: int = 256 * MIB  # octets that must stay free in the spool


Recipients = Collection[str] | Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpPlan:
    """The whole plan of the door."""

    hostname: str  # in the banner and the EHLO reply
    spool: Path  # a folder of the door's own, made when absent
    listeners: tuple[Listener, ...]
    recipients: Recipients  # "a@b.vn" or "@b.vn" in lower case; or a fast function of the lower-case address
    certificate: Path | None = None  # PEM chain; read again when the file changes
    private_key: Path | None = None  # PEM; None: in the certificate's file
    announce_dsn: bool = False  # only where the house really answers NOTIFY; the parameters are noted in any case
    takers: int = 4  # letters handed to Take at once
    limits: SmtpLimits = field(default_factory=SmtpLimits)

    def knows(self, address: str) -> bool:
        """Is this one of our recipients? Case counts in no part of an address here."""
        low = address.lower()
        if callable(self.recipients):
            return self.recipients(low)
        return low in self.recipients or "@" + low.rpartition("@")[2] in self.recipients

    def check(self) -> None:
        """Raises ValueError on a plan that cannot be served."""
        for one in self.listeners:
            if one.tls is not Tls.NONE and self.certificate is None:
                raise ValueError(f"listener {one.name}: TLS needs a certificate")


def within(peer: str, networks: Networks) -> bool:
    """Is the address in one of the networks? An IPv4 address in IPv6 clothes counts as IPv4."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)


class Certificate:
    """The TLS context of the door. A renewed certificate serves the next connection without a restart."""

    def __init__(self, chain: Path, key: Path | None) -> None:
        self._chain, self._key = chain, key
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._seen = self._stamp()
        self.context.load_cert_chain(chain, key)

    def _stamp(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in (self._chain, self._key) if path)

    def refresh(self) -> None:
        """Loads the files anew when they changed. Raises OSError (ssl.SSLError too) when they cannot be read."""
        stamp = self._stamp()
        if stamp != self._seen:
            self.context.load_cert_chain(self._chain, self._key)
            self._seen = stamp
