"""Our clock, held against a time server (SNTP, RFC 4330): a seal by a wrong clock would say a wrong time (R-165)."""
from __future__ import annotations

import datetime as dt
import secrets
import socket
import struct
import threading

from gateway.errors import ClockOff, TimeServerSilent

_PORT = 123
_SINCE_1900 = 2_208_988_800
_UNSET = "Máy chủ giờ trả lời không hợp lệ. Hãy kiểm tra seal.time_server."


class ClockWatch:
    """What is known of our clock; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._off_s: float | None = None

    def look(self, server: str, limit_s: float, timeout_s: float = 5.0) -> None:
        """Asks the server ("host" or "host:port").

        Raises:
            TimeServerSilent: no answer; what was known before stays.
            ClockOff: the clocks differ by more than the limit.
        """
        off = _asked(server, timeout_s)
        with self._lock:
            self._off_s = off
        self.demand(limit_s)

    def demand(self, limit_s: float) -> None:
        """Raises ClockOff when the last look found the clock wrong; an unasked clock passes."""
        with self._lock:
            off = self._off_s
        if off is not None and abs(off) > limit_s:
            raise ClockOff(f"Đồng hồ của máy lệch {abs(off):.0f} giây so với máy chủ giờ nên không ký số. "
                           "Hãy chỉnh đồng hồ rồi ký lại.")


def _asked(server: str, timeout_s: float) -> float:
    """Seconds by which the server's clock is ahead of ours."""
    host, _, port = server.partition(":")
    ours = secrets.token_bytes(8)  # the server gives it back: an answer to somebody else's question is none
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(timeout_s)
            line.connect((host, int(port or _PORT)))
            begun = _now()
            line.send(b"\x23" + bytes(39) + ours)
            answer = line.recv(512)
            ended = _now()
    except (OSError, ValueError) as error:
        raise TimeServerSilent from error
    if len(answer) < 48 or answer[0] & 7 != 4 or not 0 < answer[1] < 16 or answer[24:32] != ours:
        raise TimeServerSilent(_UNSET)
    heard, said = (_seconds(answer[at : at + 8]) for at in (32, 40))
    return ((heard - begun) + (said - ended)) / 2


def _now() -> float:
    return dt.datetime.now(dt.UTC).timestamp()


def _seconds(stamp: bytes) -> float:
    """An NTP time stamp as seconds since 1970; the second era begins in 2036 (RFC 4330, 3)."""
    whole, part = (int(one) for one in struct.unpack(">II", stamp))
    era = 1 << 32 if whole < 1 << 31 else 0
    return whole + era - _SINCE_1900 + part / (1 << 32)
