"""Header fields of a mail: unfolding, RFC 2047 words, RFC 2231 parameters, addresses.

Reads everything, raises nothing.
"""

from __future__ import annotations

import binascii
import codecs
import re
import unicodedata
from dataclasses import dataclass, field

from mail.charset import Decoded, decode

LONGEST_HEADER = 1024 * 1024
"""Bytes of a header block that are looked at."""
_LONGEST_FIELD = 64 * 1024
_LONGEST_LABEL = 8 * 1024

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_NOT_SETS = frozenset(
    {
        "undefined",
        "punycode",
        "idna",
        "unicode-escape",
        "raw-unicode-escape",
        "unicode_escape",
        "raw_unicode_escape",
        "base64",
        "hex",
        "rot13",
        "quopri",
        "uu",
        "zlib",
        "bz2",
        "unicodeescape",
    }
)
"""What Python calls a codec though it is no character set, some of them dangerous to unfold."""
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_OTHER_ALPHABETS = re.compile(r"iso.?2022|utf.?7|utf.?16|utf.?32|gb|big5|euc|shift|ks_c|hz", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header block in order; names lower case, values unfolded bytes."""

    fields: tuple[tuple[str, bytes], ...] = ()
    broken: bool = False
    """A line in the block was no field."""

    def all(self, name: str) -> list[bytes]:
        """Every value of a field."""
        return [value for key, value in self.fields if key == name]

    def first(self, name: str) -> bytes:
        """The first value of a field, b"" when there is none."""
        return next((value for key, value in self.fields if key == name), b"")

    def text(self, name: str) -> str:
        """The first value, decoded."""
        return decode_words(self.first(name)).text

    def token(self, name: str) -> str:
        """The first value's leading word, lower case: "auto-replied; x=y" is "auto-replied"."""
        return self.first(name).split(b";")[0].strip().decode("latin-1").lower()


def read_headers(block: bytes) -> Headers:
    """Reads a header block (without the empty line that ends it), whatever the line ends."""
    fields: list[tuple[str, bytes]] = []
    broken = len(block) > LONGEST_HEADER
    for line in re.sub(rb"\r\n?|\n", b"\n", block[:LONGEST_HEADER]).split(b"\n"):
        found = _FIELD.match(line)
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            if len(value) < _LONGEST_FIELD:
                fields[-1] = (name, value + b" " + line.strip())
        elif found:
            fields.append((found[1].decode("ascii").lower(), found[2].strip()))
        elif line.strip() and not line.startswith((b"From ", b">From ")):
            broken = True
    return Headers(tuple((name, value[:_LONGEST_FIELD]) for name, value in fields), broken)


def decode_text(data: bytes, declared: str = "", fonts: tuple[str, ...] = ()) -> Decoded:
    """`charset.decode`, and the alphabets it does not know (Japanese, Chinese, UTF-7, UTF-16) as declared."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        declared = "utf-16"
    if declared and (_OTHER_ALPHABETS.match(declared)):
        try:
            return Decoded(unicodedata.normalize("NFC", data.decode(declared)), declared.lower(), sure=True)
        except (UnicodeError, LookupError):
            declared = ""
    return decode(data.removeprefix(b"\xef\xbb\xbf"), _known(declared), fonts)


def _known(charset: str) -> str:
    """The name when Python has such a character set, else ""."""
    try:
        return charset if charset and codecs.lookup(charset).name not in _NOT_SETS else ""
    except (LookupError, ValueError, UnicodeError):
        return ""


def decode_words(value: bytes) -> Decoded:
    """RFC 2047 words and raw 8-bit letters as NFC text; words side by side are joined before they are decoded."""
    runs: list[tuple[str, bytes]] = []
    at = 0
    for found in _WORD.finditer(value):
        between, at = value[at : found.start()], found.end()
        name = found[1].split(b"*")[0].decode("latin-1").lower()
        if between.strip() or (between and not runs):
            runs.append(("", between))
        data = _word_bytes(found[2], found[3])
        if runs and runs[-1][0] == name and not between.strip():
            runs[-1] = (name, runs[-1][1] + data)
        else:
            runs.append((name, data))
    runs.append(("", value[at:]))
    read = [decode_text(data, name) for name, data in runs if data]
    doubtful = next((one for one in read if not one.sure), None)
    text = _clean("".join(one.text for one in read))
    if doubtful is None:
        return Decoded(text, "", sure=True)
    others = tuple(
        (name, _clean("".join(other if one is doubtful else one.text for one in read)))
        for name, other in doubtful.others
    )
    return Decoded(text, doubtful.encoding, sure=False, others=others)


def _clean(text: str) -> str:
    """One line: no control characters, which would forge a log line, no direction marks, which would hide a name."""
    plain = "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
    return " ".join(_DIRECTIONS.sub("", plain).split())


def _word_bytes(kind: bytes, data: bytes) -> bytes:
    if kind in b"qQ":
        return binascii.a2b_qp(data, header=True)
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A field with parameters: `attachment; filename="a.pdf"`."""

    value: str = ""
    parameters: dict[str, Decoded] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A parameter as text, "" when it is missing."""
        found = self.parameters.get(name)
        return found.text if found else ""


_PARAMETER = re.compile(rb';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")


def read_labelled(value: bytes) -> Labelled:
    """Value and parameters by RFC 2045, RFC 2231 (charset, language, continuations) and what mailers write instead."""
    value = value[:_LONGEST_LABEL]
    head = re.sub(rb"[^!-~]", b"", value.split(b";")[0]).strip(b'"')[:127].decode("ascii").lower()
    pieces: dict[str, dict[int, tuple[bool, bytes]]] = {}
    for found in _PARAMETER.finditer(value):
        section = _SECTION.fullmatch(found[1].decode("latin-1").lower())
        if section is None:
            continue
        text = found[2].strip()
        if text.startswith(b'"'):
            text = re.sub(rb'\\(["\\])', rb"\1", text[1:].removesuffix(b'"'))
        number = int(section[2] or -1) if section[2] or section[3] else -2
        pieces.setdefault(section[1], {}).setdefault(number, (bool(section[3]), text))
    return Labelled(head, {name: _join(found) for name, found in pieces.items()})


def _join(pieces: dict[int, tuple[bool, bytes]]) -> Decoded:
    """Extended form before numbered sections before the plain form (RFC 6266 section 4.3)."""
    if -1 in pieces:
        return _extended([pieces[-1]])
    if numbered := [pieces[number] for number in sorted(pieces) if number >= 0]:
        return _extended(numbered)
    plain = pieces[-2][1]
    if b"%" in plain and (escaped := _unescape(plain)) != plain and not escaped.isascii():
        return decode_text(escaped)
    return decode_words(plain)


def _extended(pieces: list[tuple[bool, bytes]]) -> Decoded:
    coded, first = pieces[0]
    name = ""
    if coded and first.count(b"'") >= 2:
        start, _, first = first.split(b"'", 2)
        name = start.decode("latin-1").lower()
    data = b"".join(_unescape(text) if coded else text for coded, text in [(coded, first), *pieces[1:]])
    if not name and b"=?" in data:
        return decode_words(data)
    read = decode_text(data, name)
    return Decoded(_clean(read.text), read.encoding, sure=read.sure, others=read.others)


def _unescape(data: bytes) -> bytes:
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), data)


_PIECE = re.compile(rb'"(?:[^"\\]|\\.)*"?|\((?:[^()\\]|\\.)*\)?|<[^<>]*>?|[^"(<,;]+|.', re.DOTALL)
_TOKEN = re.compile(r"[^\s<>()\[\],;:\"]+")
_UNSAFE = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]")
_LONGEST_ADDRESS = 320


def addresses(value: bytes) -> list[tuple[str, str]]:
    """(name, address) of an address list. Split before words are decoded, so that no name can smuggle an address in.

    The domain is lower case, the local part as it came. Entries without an address are left out.
    """
    found: list[tuple[str, str]] = []
    words, comment, angle = b"", b"", b""
    for piece in [*_PIECE.findall(value[:_LONGEST_FIELD]), b","]:
        if piece in (b",", b";"):
            if one := _mailbox(words, comment, angle):
                found.append(one)
            words, comment, angle = b"", b"", b""
        elif piece.startswith(b"<"):
            angle = piece
        elif piece.startswith(b"("):
            comment += piece[1:].rstrip(b")")
        elif piece.startswith(b'"'):
            words += b'"' + re.sub(rb"\\(.)", rb"\1", piece[1:].rstrip(b'"')) + b'"'
        else:  # "Group: a@b" leaves its name behind
            words += piece.rpartition(b":")[2] if b"=?" not in piece else piece
    return found


def _mailbox(words: bytes, comment: bytes, angle: bytes) -> tuple[str, str] | None:
    """One address; quoted words are a name, never an address, unless nothing else is there."""
    spot = angle or re.sub(rb'"[^"]*"', b" ", words)
    tokens = _TOKEN.findall(spot.decode("utf-8", errors="replace"))
    local, _, domain = next((one for one in tokens if one.count("@") == 1), "").partition("@")
    if not local or not domain or len(local + domain) > _LONGEST_ADDRESS or _UNSAFE.search(local + domain):
        return None
    said = words.replace(b'"', b"").strip() if angle else b""
    return decode_words(said or comment).text, f"{local}@{domain.lower().rstrip('.')}"
