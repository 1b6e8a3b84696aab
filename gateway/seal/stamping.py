"""Time stamps (RFC 3161): the CMS with one inside, and what happens when the stamping service is out of reach."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import BadSettings, StampUnavailable
from gateway.seal.port import PreparedSeal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamping:
    """Where time stamps come from."""

    url: str = ""
    """The time-stamping service; "" for seals without a time stamp (level B-B)."""
    timeout_s: float = 10.0
    password_file: Path | None = None
    """"login:password" for a service that asks for it."""
    without: bool = False
    """Seals without a time stamp when the service is out of reach; otherwise the seal is refused."""

    def client(self) -> Any:
        """pyHanko's client, or None without a service.

        Raises:
            BadSettings: the password file cannot be read.
        """
        from pyhanko.sign.timestamps import HTTPTimeStamper

        if not self.url:
            return None
        auth = None
        if self.password_file is not None:
            try:
                login, _, password = self.password_file.read_text("utf-8").strip().partition(":")
            except OSError as error:
                raise BadSettings(f"Không đọc được {self.password_file}. Hãy kiểm tra đường dẫn.") from error
            auth = (login, password)
        return HTTPTimeStamper(self.url, timeout=self.timeout_s, auth=auth)


async def signed(signer: Any, prepared: PreparedSeal, stamping: Stamping) -> bytes:
    """The CMS over the digest (ETSI EN 319 142-1): B-B, or B-T with a time stamp inside.

    Raises:
        StampUnavailable: no time stamp, and `stamping.without` is off.
    """
    client = stamping.client()
    if client is not None:
        try:
            made = await signer.async_sign(prepared.digest, prepared.algorithm, use_pades=True, timestamper=client)
            return bytes(made.dump())
        except (OSError, ValueError) as error:
            if not stamping.without:
                raise StampUnavailable from error
            log.warning("seal without_stamp reason=%s", type(error).__name__)
    made = await signer.async_sign(prepared.digest, prepared.algorithm, use_pades=True)
    return bytes(made.dump())
