"""One call on the wire: no redirect, no proxy, an end to waiting, and only to the address that was looked at.

The name is resolved once and every address it has must be allowed: a name cannot lead elsewhere between look and call.
"""
from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

from gateway.errors import BadSettings, NotAllowed
from gateway.review.listeners import checked, open_to
from gateway.settings_hooks import Webhooks

_SHORTEST_S = 0.001


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def deliver(call: Call, plan: Webhooks) -> str:
    """"" when its receiver took it (any 2xx), else what went wrong as a sentence.

    Raises:
        BadSettings: webhooks.ca_file cannot be read.
    """
    host = urlsplit(call.url).hostname or ""
    try:
        checked(call.url, plan)
        with httpcore.ConnectionPool(ssl_context=_trust(plan.ca_file), max_connections=1, retries=0,
                                     network_backend=_Guarded(plan, host)) as pool:
            sent = {"host": urlsplit(call.url).netloc, "content-type": "application/json", "user-agent": "vanthu",
                    "content-length": str(len(call.body)), **call.headers}
            with pool.stream("POST", call.url, headers=list(sent.items()), content=call.body) as answer:
                status = answer.status
    except NotAllowed as error:
        return str(error)
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.UnsupportedProtocol,
            ssl.SSLError, OSError) as error:
        return f"Không gửi được đến {host} ({type(error).__name__}). Hãy kiểm tra chương trình nhận và mạng."
    if 200 <= status < 300:
        return ""
    return f"{host} trả lời mã {status}. Hãy kiểm tra chương trình nhận."


def _trust(file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file or None)
    except (ssl.SSLError, OSError) as error:
        raise BadSettings(f"Không đọc được chứng thư trong {file}. Hãy kiểm tra webhooks.ca_file.") from error


class _Guarded(httpcore.NetworkBackend):
    """Connects to allowed addresses of one host; everything is over by one deadline."""

    def __init__(self, plan: Webhooks, host: str) -> None:
        self._plan = plan
        self._host = host
        self._deadline = time.monotonic() + plan.timeout_s
        self._net = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
                    socket_options: Iterable[Any] | None = None) -> httpcore.NetworkStream:
        """As httpcore asks for it."""
        found = dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        for address in found:
            if not open_to(ipaddress.ip_address(address), self._host, self._plan):
                raise NotAllowed(f"{host} nằm ở địa chỉ nội bộ {address} không có trong webhooks.networks. "
                                 "Hãy kiểm tra tên máy chủ hoặc bổ sung mạng.")
        trouble: Exception = httpcore.ConnectError(host)
        for address in found:
            try:
                stream = self._net.connect_tcp(address, port, timeout=_left(self._deadline))
                return _Timed(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble


class _Timed(httpcore.NetworkStream):
    """A connection on which nothing lasts beyond the deadline, however slowly the other side drips."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As httpcore asks for it."""
        return self._inner.read(max_bytes, timeout=_left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As httpcore asks for it."""
        self._inner.write(buffer, timeout=_left(self._deadline))

    def close(self) -> None:
        """As httpcore asks for it."""
        self._inner.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
                  timeout: float | None = None) -> httpcore.NetworkStream:
        """As httpcore asks for it."""
        left = _left(self._deadline)
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, timeout=left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """As httpcore asks for it."""
        return self._inner.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return max(left, _SHORTEST_S)
