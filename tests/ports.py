"""Ports for servers that tests start."""
from __future__ import annotations

import random
import socket

_BELOW_EPHEMERAL = (20_000, 32_000)
"""Linux gives outgoing connections the ports from 32,768 on: one of those may be gone before the server has it."""


def free_port() -> int:
    """A port of this machine that nothing listens on, and that no outgoing connection will be given."""
    dice = random.SystemRandom()
    while True:
        port = dice.randrange(*_BELOW_EPHEMERAL)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
