"""What comes after DATA or BDAT, watched while it passes. Pure; bounded memory.

DATA: finds the end, takes the transparency dots away, watches line ends. Only CRLF "." CRLF ends a letter (RFC 5321,
4.1.1.4). A lone LF or CR never does, whatever stands around it: other servers that saw an end there were fooled into
taking the rest of the letter for commands ("SMTP smuggling").

BDAT: a chunk has as many octets as were announced (RFC 3030), nothing in it can be taken for its end; so its octets
stay as they came, dots and lone line ends too.
"""

from __future__ import annotations

import re

_END = b"\r\n.\r\n"
_CHUNK = re.compile(r"([0-9]{1,20})(?: +(LAST))?", re.IGNORECASE | re.ASCII)


class DataStream:
    """Fed with pieces as they come; gives back the letter's own bytes."""

    def __init__(self, max_line: int = 0) -> None:
        """`max_line`: octets of a line with its end; 0 for any."""
        self.ended = False
        self.wanted = 1 << 20  # octets that may be read at once: what is too much comes back in `rest`
        self.rest = b""  # what came after the end: commands sent ahead (RFC 2920)
        self.bare = False  # a CR or LF without its partner was seen
        self.size = 0  # octets of the letter so far
        self._lines = _Lines(max_line)
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
        self._lines.measure(out)
        return out

    @property
    def long_line(self) -> bool:
        """A line was longer than it may be."""
        return self._lines.too_long


class ChunkStream:
    """The chunks of one letter: `expect` each, then feed it with pieces of at most `wanted` octets."""

    bare = False  # a lone CR or LF is data here
    rest = b""

    def __init__(self, max_line: int = 0) -> None:
        """`max_line`: octets of a line with its end; 0 for any."""
        self.size = 0  # octets of the letter so far
        self.wanted = 0  # octets of the chunk that have not come yet
        self._lines = _Lines(max_line)

    def expect(self, octets: int) -> None:
        """A chunk begins."""
        self.wanted = octets

    def feed(self, piece: bytes) -> bytes:
        """The next bytes of the letter."""
        self.wanted -= len(piece)
        self.size += len(piece)
        self._lines.measure(piece)
        return piece

    @property
    def ended(self) -> bool:
        """The chunk is all here."""
        return not self.wanted

    @property
    def long_line(self) -> bool:
        """A line was longer than it may be."""
        return self._lines.too_long


def parse_chunk(argument: str) -> tuple[int, bool] | None:
    """`86 LAST`: the octets of the chunk, and whether it is the last. None: malformed."""
    found = _CHUNK.fullmatch(argument)
    return (int(found[1]), found[2] is not None) if found else None


class _Lines:
    """Measures lines, however they are cut."""

    def __init__(self, max_line: int) -> None:
        self.too_long = False
        self._max_line = max_line
        self._line = 0  # octets of the line that is not finished yet

    def measure(self, out: bytes) -> None:
        """The next bytes."""
        if not self._max_line or self.too_long:
            return
        start = 0
        while True:
            # The last line end within reach: every line before it is short enough, one look for many lines.
            last = out.rfind(b"\n", start, start + self._max_line - self._line)
            if last < 0:
                break
            start, self._line = last + 1, 0
        self._line += len(out) - start
        self.too_long = self._line >= self._max_line


def _kept_back(raw: bytes) -> int:
    """How many octets at the end may be the beginning of the letter's end."""
    return next((n for n in range(len(_END) - 1, 0, -1) if raw.endswith(_END[:n])), 0)
