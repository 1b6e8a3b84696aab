"""What comes after DATA: finds the end, takes the transparency dots away, watches line ends. Pure; bounded memory.

Only CRLF "." CRLF ends a letter (RFC 5321, 4.1.1.4). A lone LF or CR never does, whatever stands around it: other
servers that saw an end there were fooled into taking the rest of the letter for commands ("SMTP smuggling").
"""

from __future__ import annotations

_END = b"\r\n.\r\n"


class DataStream:
    """Fed with pieces as they come; gives back the letter's own bytes."""

    def __init__(self, max_line: int = 0) -> None:
        """`max_line`: octets of a line with its end; 0 for any."""
        self.ended = False
        self.rest = b""  # what came after the end: commands sent ahead (RFC 2920)
        self.bare = False  # a CR or LF without its partner was seen
        self.long_line = False
        self.size = 0  # octets of the letter so far
        self._max_line = max_line
        self._line = 0  # octets of the line that is not finished yet
        self._held = b"\r\n"  # starts as if after a line end, so that a dot at once is seen; never given out
        self._virtual = 2

    def feed(self, piece: bytes) -> bytes:
        """The next bytes of the letter; `ended` and `rest` are set when the end was in this piece."""
        raw = self._held + piece
        end = raw.find(_END)
        if end >= 0:
            self.ended, self.rest, self._held = True, raw[end + len(_END) :], b""
            raw = raw[: end + 2]
        else:
            cut = len(raw) - _kept_back(raw)
            raw, self._held = raw[:cut], raw[cut:]
        pairs = raw.count(b"\r\n")
        self.bare = self.bare or raw.count(b"\n") != pairs or raw.count(b"\r") != pairs
        out = raw.replace(b"\r\n.", b"\r\n")
        if raw:
            out, self._virtual = out[self._virtual :], 0
        self.size += len(out)
        self._measure(out)
        return out

    def _measure(self, out: bytes) -> None:
        if not self._max_line or self.long_line:
            return
        start = 0
        while True:
            # The last line end within reach: every line before it is short enough, one look for many lines.
            last = out.rfind(b"\n", start, start + self._max_line - self._line)
            if last < 0:
                break
            start, self._line = last + 1, 0
        self._line += len(out) - start
        self.long_line = self._line >= self._max_line


def _kept_back(raw: bytes) -> int:
    """How many octets at the end may be the beginning of the letter's end."""
    return next((n for n in range(len(_END) - 1, 0, -1) if raw.endswith(_END[:n])), 0)
