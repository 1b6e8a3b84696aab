"""The one way onto the network for adapters of the interchange: chosen hosts, checked TLS, no redirects, no proxies."""

from __future__ import annotations

import ssl
import stat
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
_ASKS_WHO = ("Máy chủ của trục đòi chứng thư của cổng, hoặc không chấp nhận chứng thư đã trình. Hãy đặt chứng thư và "
             "khóa mà đơn vị quản trị trục cấp vào exchange.client_certificate_file và exchange.client_key_file, rồi "
             "khởi động lại.")
_CERTIFICATE_ALERTS = ("ALERT_CERTIFICATE", "ALERT_BAD_CERTIFICATE", "ALERT_UNSUPPORTED_CERTIFICATE",
                       "ALERT_UNKNOWN_CA", "ALERT_ACCESS_DENIED", "ALERT_HANDSHAKE_FAILURE")
"""What a server tells a client whose certificate it misses or does not like (RFC 8446 section 6.2), as OpenSSL names
it; before TLS 1.3 a missing one is a handshake failure."""
_FOREIGN = "Máy chủ {} không có trong exchange.hosts nên không gửi. Hãy kiểm tra cấu hình."


@dataclass(frozen=True, slots=True)
class ClientKey:
    """How we say who we are, to an interchange that asks (mutual TLS)."""

    certificate: Path
    """With its issuers, PEM; while it is not there, nothing is shown."""
    key: Path


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
    own: ClientKey | None = None


def client(line: Line, agent: str) -> httpx.Client:
    """A connection to the endpoint's hosts and no other.

    Raises:
        BadSettings: the address is not http or https, its host is not among those chosen, the file of certificates
            cannot be read, or our own certificate and key are not fit to be shown.
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
    return httpx.Client(timeout=line.seconds, follow_redirects=False, trust_env=False, verify=_trust(line),
                        headers={"User-Agent": agent}, event_hooks={"request": [only_allowed]})  # fmt: skip


def _trust(line: Line) -> ssl.SSLContext | bool:
    file = line.ca_file if line.ca_file and line.ca_file.is_file() else None
    own = line.own if line.own and line.own.certificate.is_file() else None
    if file is None and own is None:
        return True
    try:
        context = ssl.create_default_context(cafile=str(file)) if file else httpx.create_ssl_context()
    except (ssl.SSLError, OSError) as error:
        raise BadSettings(f"Không đọc được chứng thư trong {file}. Hãy kiểm tra exchange.ca_file.") from error
    if own is not None:
        _show(context, own)
    return context


def _show(context: ssl.SSLContext, own: ClientKey) -> None:
    """Raises BadSettings when the key is missing, open to others, locked, or not that of the certificate."""
    try:
        mode = own.key.stat().st_mode
    except OSError as error:
        raise BadSettings(f"Không có khóa {own.key} của chứng thư {own.certificate}. "
                          "Hãy kiểm tra exchange.client_key_file.") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadSettings(f"Người khác đọc được {own.key} (exchange.client_key_file). "
                          f"Hãy chạy chmod 600 {own.key} rồi thử lại.")
    try:
        context.load_cert_chain(own.certificate, own.key, password=b"")  # without one OpenSSL asks at the terminal
    except (ssl.SSLError, OSError) as error:
        raise BadSettings(f"Chứng thư {own.certificate} và khóa {own.key} không dùng được cùng nhau. "
                          "Hãy đặt đúng cặp tệp PEM, khóa không mật khẩu.") from error


def down(error: Exception) -> ExchangeDown:
    """What a failure of the network is to a person: where TLS stands in the way, it says why."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return ExchangeDown()
    if not isinstance(cause, ssl.SSLCertVerificationError):
        asked = any(word in (cause.reason or "") for word in _CERTIFICATE_ALERTS)
        return ExchangeDown(_ASKS_WHO if asked else _NO_TLS)
    return ExchangeDown(_UNTRUSTED.get(cause.verify_code, _OTHER_DOUBT.format(cause.verify_message)))
