"""The words of a mail that Outlook kept as RTF only (MS-OXRTFCP, MS-OXRTFEX, RTF 1.9)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace

from mail.charset import Decoded, decode, encoding_of_font

_LONGEST = 1024 * 1024
_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
_BEFORE = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par "
    rb"\pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the window holds before the first byte."""
_SILENT = frozenset(
    [
        b"fonttbl",
        b"colortbl",
        b"stylesheet",
        b"info",
        b"pict",
        b"object",
        b"themedata",
        b"listtable",
        b"header",
        b"footer",
    ]
)
_SIGNS = {
    b"par": "\n",
    b"line": "\n",
    b"row": "\n",
    b"tab": "\t",
    b"cell": " ",
    b"emdash": "\u2014",
    b"endash": "\u2013",
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
    b"bullet": "\u2022",
}
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_FONT = re.compile(rb"\\f\d+[^;{}]{0,120}? ([.\w][\w .-]{2,40});")


def unpacked_rtf(data: bytes) -> bytes:
    """Compressed RTF as RTF, at most 1 MiB; what is damaged ends where the damage begins."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<II", data, 4)
    size = min(size, _LONGEST)
    if kind == _PLAIN:
        return data[16 : 16 + size]
    return _unpacked(data, size) if kind == _PACKED else b""


def _unpacked(data: bytes, size: int) -> bytes:
    """LZ77 over a window of 4096 bytes; a control byte tells of eight tokens which are references."""
    out = bytearray(_BEFORE)
    at = 16
    while at < len(data) and len(out) < size + len(_BEFORE):
        control = data[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                out += data[at : at + 1]
                at += 1
                continue
            if at + 2 > len(data):
                return bytes(out[len(_BEFORE) :])
            reference = data[at] << 8 | data[at + 1]
            at += 2
            back = (len(out) - (reference >> 4)) % 4096
            if back == 0:
                return bytes(out[len(_BEFORE) :])
            for _ in range((reference & 15) + 2):
                out.append(out[-back] if back <= len(out) else 0x20)
    return bytes(out[len(_BEFORE) : len(_BEFORE) + size])


@dataclass(frozen=True, slots=True)
class _Group:
    silent: bool = False
    skip: int = 1
    """Characters that stand in for one of Unicode, for readers that know none."""


def rtf_text(rtf: bytes) -> Decoded:
    """The words of an RTF file, or of the HTML that Outlook wrapped in one. Bytes above ASCII are read together."""
    page = re.search(rb"\\ansicpg(\d{3,5})", rtf[:4096])
    fonts = [found.decode("latin-1") for found in _FONT.findall(rtf[:65536])]
    old = tuple(font for font in fonts if encoding_of_font(font))[:1]
    pieces = _pieces(rtf[:_LONGEST])
    raw = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    if raw.isascii() or any(isinstance(piece, str) and not piece.isascii() for piece in pieces):
        text = "".join(
            piece if isinstance(piece, str) else decode(piece, f"cp{int(page[1])}" if page else "").text
            for piece in pieces
        )
        return Decoded(_paired(text).strip(), "rtf", sure=True)
    whole = b"".join(piece if isinstance(piece, bytes) else piece.encode("ascii") for piece in pieces)
    read = decode(whole, f"cp{int(page[1])}" if page else "", old)
    return replace(read, text=read.text.strip())


def _paired(text: str) -> str:
    r"""\u tells UTF-16 units one by one."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _pieces(rtf: bytes) -> list[bytes | str]:
    """Runs of bytes, whose encoding is still to be found, and characters that RTF names itself."""
    found: list[bytes | str] = []
    group, stack, skip = _Group(), list[_Group](), 0
    for token in _TOKEN.finditer(rtf):
        word, number, code, symbol, brace, plain = token.groups()
        if brace == b"{":
            stack.append(group)
        elif brace == b"}":
            group = stack.pop() if stack else _Group()
        elif symbol == b"*" or word in _SILENT or (word == b"htmlrtf" and number != b"0"):
            group = replace(group, silent=True)
        elif word == b"htmlrtf":
            group = replace(group, silent=False)
        elif word == b"uc":
            group = replace(group, skip=int(number or 1))
        elif not group.silent and word == b"u":
            found.append(chr(int(number or 63) & 0xFFFF))
            skip = group.skip
            continue
        elif not group.silent:
            piece = _piece(word, code, symbol, plain)
            if piece and skip and not word:
                piece = piece[skip:] if plain else b""
            if isinstance(piece, bytes) and found and isinstance(found[-1], bytes):
                found[-1] += piece
            elif piece:
                found.append(piece)
        skip = 0 if word or plain else max(0, skip - 1)
    return found


def _piece(word: bytes | None, code: bytes | None, symbol: bytes | None, plain: bytes | None) -> bytes | str:
    if word:
        return _SIGNS.get(word, "")
    if code:
        return bytes([int(code, 16)])
    if symbol in (b"\\", b"{", b"}"):
        return symbol or b""
    return {b"~": " ", b"_": "-"}.get(symbol or b"", "") if symbol else plain or b""
