"""The section of the settings about webhooks: programs that are told what happens to their unit's papers."""
from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import BadSettings


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Where programs may listen; an administrator puts in their addresses at /webhooks."""

    hosts: tuple[str, ...] = ()
    """The only hosts that are spoken to; none means that nothing is told to anybody."""
    networks: tuple[str, ...] = ()
    """Private networks that a host may lie in ("10.20.0.0/16"); public addresses need no entry."""
    secret_file: Path = Path("secrets/webhooks.txt")
    """One secret a line, the newest first; made up when it is not there.  Each line signs."""
    ca_file: str = ""
    """Certificates of the authority behind the hosts; "" means those of the system."""
    timeout_s: float = 10.0
    """A call is over after so long, whatever its receiver does."""
    tries: int = 16
    """Tries of one call before it is given up: about thirty hours."""


def check_hooks(plan: Webhooks) -> None:
    """Looks at what types alone do not tell.

    Raises:
        BadSettings: a host or network that cannot be, or no try at all.
    """
    for host in plan.hosts:
        if not host or host != host.strip().lower() or any(mark in host for mark in "/@ "):
            raise BadSettings(f'webhooks.hosts: "{host}" không phải tên máy chủ. Hãy ghi chữ thường, không có https:// '
                              "và đường dẫn.")
    for network in plan.networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise BadSettings(f'webhooks.networks: "{network}" không phải mạng. Hãy ghi như "10.20.0.0/16".') from error
    if plan.tries < 1 or plan.timeout_s <= 0:
        raise BadSettings("webhooks.tries và webhooks.timeout_s phải lớn hơn 0. Hãy sửa tệp cấu hình.")
