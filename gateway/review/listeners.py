"""Where a program may listen: a chosen host, https outside this machine, no private address that nobody has named."""
from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from gateway.errors import NotAllowed
from gateway.review.translations import mark
from gateway.settings_hooks import Webhooks

WRONG = mark("Địa chỉ webhook phải có dạng https://máy-chủ/đường-dẫn, không có tên đăng nhập và dấu #. Hãy sửa lại.")
FOREIGN = mark("Máy chủ này không có trong webhooks.hosts. Hãy bổ sung vào tệp cấu hình, hoặc sửa địa chỉ.")
PLAIN = mark("Địa chỉ webhook ngoài máy này phải là https. Hãy sửa lại.")
_LONGEST = 500
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked(url: str, plan: Webhooks) -> str:
    """The address, when a program may listen there.

    Raises:
        NotAllowed: it may not; the sentence says why.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # a port that is no number is found here
    except ValueError as error:
        raise NotAllowed(WRONG) from error
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url and len(url) <= _LONGEST
    if not plain or parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or parts.fragment:
        raise NotAllowed(WRONG)
    if host not in plan.hosts:
        raise NotAllowed(FOREIGN)
    if parts.scheme == "http" and not here(host):
        raise NotAllowed(PLAIN)
    return url


def here(host: str) -> bool:
    """This machine."""
    address = _literal(host)
    return host == "localhost" if address is None else address.is_loopback


def open_to(address: Address, host: str, plan: Webhooks) -> bool:
    """A host may lie at that address: it is public, or somebody has named it or its network."""
    plain = _inner(address)
    if plain == _literal(host) or (host == "localhost" and plain.is_loopback):
        return True
    if any(plain in ipaddress.ip_network(network) for network in plan.networks):
        return True
    return plain.is_global and not plain.is_multicast


def _inner(address: Address) -> Address:
    """The IPv4 address that hides in one of IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _literal(host: str) -> Address | None:
    try:
        return _inner(ipaddress.ip_address(host))
    except ValueError:
        return None
