"""The one way onto the network for adapters of the interchange: chosen hosts, checked TLS, no redirects, no proxies."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from gateway.errors import BadSettings, ExchangeDown, ExchangeRefused

_NO_TLS = ("Máy chủ của trục không nói TLS hoặc không chung phiên bản TLS. "
           "Hãy kiểm tra exchange.endpoint với đơn vị quản trị trục.")
_EXPIRED = "Chứng thư của máy chủ trục đã hết hạn. Hãy báo đơn vị quản trị trục; kiểm tra cả đồng hồ của máy này."
_STRANGER = ("Chứng thư của máy chủ trục không do cơ quan chứng thực được tin cậy cấp. Hãy đặt chứng thư gốc mà đơn vị "
             "quản trị trục cung cấp vào exchange.ca_file, rồi khởi động lại.")
_OTHER_HOST = ("Chứng thư của máy chủ trục cấp cho máy chủ khác. Hãy kiểm tra tên máy chủ trong exchange.endpoint; "
               "nếu đúng, hãy báo đơn vị quản trị trục.")
_OTHER_DOUBT = "Chứng thư của máy chủ trục không dùng được ({}). Hãy báo đơn vị quản trị trục."
_UNTRUSTED = {10: _EXPIRED, 18: _STRANGER, 19: _STRANGER, 20: _STRANGER, 21: _STRANGER, 62: _OTHER_HOST,
              64: _OTHER_HOST}
"""OpenSSL's X509_V_ERR numbers."""
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


def down(error: Exception) -> ExchangeDown:
    """What a failure of the network is to a person: where TLS stands in the way, it says why."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return ExchangeDown()
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return ExchangeDown(_NO_TLS)
    return ExchangeDown(_UNTRUSTED.get(cause.verify_code, _OTHER_DOUBT.format(cause.verify_message)))
