"""How this office seals: whom it trusts, which level, where time stamps come from, what if nobody answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import BadSettings
from gateway.seal.trust import Trust

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")
"""PAdES levels (ETSI EN 319 142-1), each holds the ones before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """What all seals of an office have in common."""

    trust: Callable[[], Trust] = Trust
    """Asked at every seal, so that a new revocation list counts at once.  Without roots no chain is judged."""
    level: str = "B-B"
    stamp_url: str = ""
    """The time-stamping service (RFC 3161); "" for none."""
    login_file: Path | None = None
    """"login:password" for a service that asks for it."""
    timeout_s: float = 10.0
    """For one question to the service or to the certificate's issuer."""
    ask_issuer: bool = False
    """Asks the OCSP and CRL addresses in our own certificate, beyond the lists in the trust folder."""
    later: bool = False
    """Seals also when nobody answers; what is missing comes later.  Otherwise the seal is refused."""
    clock_limit_s: float = 60.0
    """Our clock may differ so much from the service's (R-165)."""

    def reaches(self, level: str) -> bool:
        """Whether that level is wanted, or one above it."""
        return LEVELS.index(self.level) >= LEVELS.index(level)

    def stamps(self) -> Any:
        """pyHanko's client of the service, or None without one.

        Raises:
            BadSettings: the login file cannot be read.
        """
        from pyhanko.sign.timestamps import HTTPTimeStamper

        if not self.stamp_url:
            return None
        auth = None
        if self.login_file is not None:
            try:
                login, _, password = self.login_file.read_text("utf-8").strip().partition(":")
            except (OSError, UnicodeDecodeError) as error:
                raise BadSettings(f"Không đọc được {self.login_file}. Hãy kiểm tra đường dẫn.") from error
            auth = (login, password)
        return HTTPTimeStamper(self.stamp_url, timeout=self.timeout_s, auth=auth)


PLAIN = Practice()
"""No time stamp, nobody trusted."""
