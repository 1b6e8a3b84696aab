"""Asks clamd (ClamAV's daemon) about a file by INSTREAM, so that clamd needs no right to our files.

Fail closed: a file is clean only when clamd has said so about all of its bytes.
"""
from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import VirusCheckDown

_CHUNK = 1 << 18
_LONGEST_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class Clamd:
    """Where clamd listens."""

    address: str
    """A socket file ("/run/clamav/clamd.ctl") or "host:port"."""
    timeout_s: float = 120.0

    def virus_in(self, path: Path) -> str:
        """Name of what was found in the file; "" when clamd has seen all of it and found nothing.

        Raises:
            VirusCheckDown: clamd cannot be reached, has not answered, or would not look at the whole file.
            OSError: the file cannot be read.
        """
        with path.open("rb") as file:
            try:
                with self._connected() as line:
                    line.sendall(b"zINSTREAM\0")
                    for chunk in iter(lambda: file.read(_CHUNK), b""):
                        line.sendall(struct.pack(">I", len(chunk)) + chunk)
                    line.sendall(struct.pack(">I", 0))
                    said = b"".join(_answer(line)).partition(b"\0")[0].decode("utf-8", "replace").strip()
            except OSError as error:
                raise VirusCheckDown from error
        if said == "stream: OK":
            return ""
        if said.startswith("stream: ") and said.endswith(" FOUND"):
            return said.removeprefix("stream: ").removesuffix(" FOUND")
        raise VirusCheckDown

    def is_there(self) -> bool:
        """Does clamd answer?"""
        try:
            with self._connected() as line:
                line.sendall(b"zPING\0")
                return b"".join(_answer(line)).startswith(b"PONG")
        except OSError:
            return False

    def _connected(self) -> socket.socket:
        host, colon, port = self.address.rpartition(":")
        if colon and port.isdecimal():
            return socket.create_connection((host.strip("[]"), int(port)), self.timeout_s)
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(self.timeout_s)
        try:
            line.connect(self.address)
        except OSError:
            line.close()
            raise
        return line


def _answer(line: socket.socket) -> Iterator[bytes]:
    left = _LONGEST_ANSWER
    while left > 0 and (got := line.recv(left)):
        left -= len(got)
        yield got
        if b"\0" in got:
            return
