"""The one way onto the network for adapters of the interchange: chosen hosts, checked TLS, no redirects, no proxies."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from gateway.errors import BadSettings, ExchangeRefused

_FOREIGN = "Máy chủ {} không có trong exchange.hosts nên không gửi. Hãy kiểm tra cấu hình."


@dataclass(frozen=True, slots=True)
class Line:
    """How an endpoint is reached."""

    endpoint: str
    hosts: Collection[str] = ()
    """The only hosts that are spoken to; none means the endpoint's own (R-134)."""
    ca_file: Path | None = None
    """Certificates of the authority behind it; None, or a file that is not there, means those of the system."""
    seconds: float = 20.0
    """For connecting, and again for each silence while reading."""


def client(line: Line, agent: str) -> httpx.Client:
    """A connection to the endpoint's hosts and no other.

    Raises:
        BadSettings: the address is not http or https, its host is not among those chosen, or the file of certificates
            cannot be read.
    """
    address = urlsplit(line.endpoint)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise BadSettings("exchange.endpoint phải là địa chỉ http hoặc https. Hãy sửa tệp cấu hình.")
    allowed = frozenset(line.hosts or (address.hostname,))
    if address.hostname not in allowed:
        raise BadSettings(_FOREIGN.format(address.hostname))

    def only_allowed(request: httpx.Request) -> None:
        if request.url.host not in allowed:
            raise ExchangeRefused(_FOREIGN.format(request.url.host))

    # Redirects are not followed and proxies of the environment are not asked: what is signed must not travel to a host
    # that nobody configured.
    return httpx.Client(timeout=line.seconds, follow_redirects=False, trust_env=False, verify=_trust(line.ca_file),
                        headers={"User-Agent": agent}, event_hooks={"request": [only_allowed]})  # fmt: skip


def _trust(file: Path | None) -> ssl.SSLContext | bool:
    if file is None or not file.is_file():
        return True
    try:
        return ssl.create_default_context(cafile=str(file))
    except (ssl.SSLError, OSError) as error:
        raise BadSettings(f"Không đọc được chứng thư trong {file}. Hãy kiểm tra exchange.ca_file.") from error
