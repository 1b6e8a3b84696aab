"""Old Vietnamese encodings to NFC: TCVN3 (ABC), VNI, VIQR, VISCII, VPS, windows-1258, and Unicode in decomposed form.

The font's name decides where one is known, else how many words are well-formed Vietnamese syllables.
When two readings are near each other both are given, for a clerk to choose (R-161).  The bytes that came in are the
caller's to keep.

Sources: TCVN 5712:1993, TCVN 6909:2001, RFC 1456 (VISCII and VIQR), Microsoft code page 1258; the VNI and VPS tables
agree with those of the recode program.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mail.syllable import is_syllable, vietnamese_share

_GONE = "\ufffd"
_TCVN_HIGH = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ\xa0ĂÂÊÔƠƯĐăâêôơưđẶ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíị"
    "òỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_VISCII_LOW = {2: "Ẳ", 5: "Ẵ", 6: "Ẫ", 20: "Ỷ", 25: "Ỹ", 30: "Ỵ"}
_VISCII_HIGH = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉ"
    "đựòóôõỏọụùúũủýợỮ"
)
_VPS_LOW = {
    2: "Ạ",
    3: "Ậ",
    4: "Ặ",
    5: "Ẹ",
    6: "Ệ",
    16: "Ị",
    17: "Ọ",
    18: "Ộ",
    19: "Ợ",
    20: "Ụ",
    21: "Ự",
    25: "Ỵ",
    28: "Ẫ",
    29: "Ữ",
}
_VPS_HIGH = (
    "ÀẢÃẤẦẨọỗĂếềểệẮẰẲẾ\ufffd\ufffdỀỂỄỐỒỔ\ufffdýỷỵỚỜỞ\ufffdắằẳẵặỠớÙờởỡŨỨợỪổỬỲỸÍÌộỈĨÓửữÒỎÕựầÁÂấẩẫậđẻÉÊẹỉễịỹƯỦồốÔỏơÈừứÚũưÝẺ\ufffd"
    "àáâãảạă\ufffdèéêẽìí\ufffdĩẴĐòóôõ\ufffdƠụùúủ\ufffdỶẼỳ"
)

_VNI_ALONE = {"Ñ": "Đ", "ñ": "đ", "Í": "Í", "Ì": "Ì", "Æ": "Ỉ", "Ó": "Ĩ", "Ò": "Ị", "Î": "Ỵ", "Ô": "Ơ", "Ö": "Ư"}
_VNI_TONES = {"Ù": "\u0301", "Ø": "\u0300", "Û": "\u0309", "Õ": "\u0303", "Ï": "\u0323"}
_VNI_HAT = {"Â": "", "Á": "\u0301", "À": "\u0300", "Å": "\u0309", "Ã": "\u0303", "Ä": "\u0323"}
_VNI_BREVE = {"Ê": "", "É": "\u0301", "È": "\u0300", "Ú": "\u0309", "Ü": "\u0303", "Ë": "\u0323"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text in NFC and how it was read."""

    text: str
    encoding: str
    """"utf-8", "tcvn3", "vni", "viqr", "viscii", "vps", "windows-1258", "nfd" or the name that was declared."""
    sure: bool
    """False when a person should choose between `text` and `others`."""
    others: tuple[tuple[str, str], ...] = ()
    """Other readings that are nearly as good: (encoding, text)."""


def _table(high: str, low: dict[int, str]) -> dict[int, str]:
    return {**{128 + i: char for i, char in enumerate(high)}, **low}


_TABLES = {
    "tcvn3": _table(_TCVN_HIGH, {}),
    "viscii": _table(_VISCII_HIGH, _VISCII_LOW),
    "vps": _table(_VPS_HIGH, _VPS_LOW),
}


def _vni_pairs() -> dict[str, str]:
    pairs = {base + mark: base + tone for base in "AEOUYÔÖ" for mark, tone in _VNI_TONES.items()}
    pairs |= {base + mark: base + "\u0302" + tone for base in "AEO" for mark, tone in _VNI_HAT.items()}
    pairs |= {"A" + mark: "A\u0306" + tone for mark, tone in _VNI_BREVE.items()}
    pairs = {key: value.replace("Ô", "Ơ").replace("Ö", "Ư") for key, value in pairs.items()} | _VNI_ALONE
    lower = {key.lower(): value.lower() for key, value in pairs.items()}
    mixed = {key[0] + key[1:].lower(): value for key, value in pairs.items() if len(key) > 1}
    return {key: unicodedata.normalize("NFC", value) for key, value in (mixed | pairs | lower).items()}


_VNI = _vni_pairs()
_VNI_FIND = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))

_VIQR_SHAPE = {"(": "\u0306", "^": "\u0302", "+": "\u031b"}
_VIQR_TONE = {"'": "\u0301", "`": "\u0300", "?": "\u0309", "~": "\u0303", ".": "\u0323"}
_VIQR_VOWEL = re.compile(r"(?P<base>[aeiouyAEIOUY])(?P<shape>[(^+*])?(?P<tone>['`?~.])?|(?P<d>dd|DD|Dd)|\\(?P<plain>.)")
_VIQR_FITS = {"(": "aA", "^": "aAeEoO", "+": "oOuU"}


def from_table(data: bytes, name: str) -> str:
    """Bytes of "tcvn3", "viscii" or "vps" as NFC text; bytes without a meaning become U+FFFD."""
    table = _TABLES[name]
    return unicodedata.normalize("NFC", "".join(table.get(byte, chr(byte)) for byte in data))


def from_vni(data: bytes) -> str:
    """VNI for Windows (one or two bytes a letter) as NFC text."""
    return _VNI_FIND.sub(lambda found: _VNI[found[0]], data.decode("cp1252", errors="replace"))


def from_viqr(text: str) -> str:
    r"""VIQR (RFC 1456 section 2) as NFC text; `\` takes the next character as it is.

    A mark is taken only where the word it would make is a Vietnamese syllable, so that "La^`n na`y?" keeps its question
    mark and an English sentence its full stop.
    """
    return re.sub(r"[A-Za-z(^+*'`?~.\\]+", lambda found: _viqr_word(found[0]), text)


_LONGEST_VIQR = 16
"""Characters of the longest syllable, "nghie^~ng", with room: without a bound one endless word takes hours."""


def _viqr_word(word: str) -> str:
    for end in range(min(len(word), _LONGEST_VIQR), 0, -1):
        head, tail = word[:end], word[end:]
        read = unicodedata.normalize("NFC", _VIQR_VOWEL.sub(_viqr_letter, head))
        if is_syllable(read) and (not tail or not tail[0].isalpha()):
            return read + tail
    return word.replace("DD", "Đ") if word.isupper() else word


def _viqr_letter(found: re.Match[str]) -> str:
    if found["plain"]:
        return found["plain"]
    if found["d"]:
        return "đ" if found["d"] == "dd" else "Đ"
    shape = "+" if found["shape"] == "*" else found["shape"] or ""
    if shape and found["base"] not in _VIQR_FITS[shape]:
        return found[0]
    return found["base"] + _VIQR_SHAPE.get(shape, "") + _VIQR_TONE.get(found["tone"] or "", "")


_BY_FONT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^\.?vn\w*h$", re.IGNORECASE), "tcvn3-capitals"),
    (re.compile(r"^\.vn", re.IGNORECASE), "tcvn3"),
    (re.compile(r"^vni[- ]", re.IGNORECASE), "vni"),
    (re.compile(r"^vps[- ]", re.IGNORECASE), "vps"),
)


def encoding_of_font(font: str) -> str:
    """The encoding that a font's name tells (".VnTime", ".VnTimeH", "VNI-Times", "VPS Times"), or ""."""
    return next((name for pattern, name in _BY_FONT if pattern.search(font)), "")


def read_as(data: bytes, encoding: str) -> str:
    """Bytes read in one named old encoding, NFC.

    Raises:
        LookupError: no such encoding is known here or to Python.
        UnicodeDecodeError: the bytes cannot be that encoding.
    """
    if encoding == "tcvn3-capitals":
        return from_table(data, "tcvn3").upper()
    if encoding in _TABLES:
        return from_table(data, encoding)
    if encoding == "vni":
        return from_vni(data)
    if encoding == "viqr":
        return from_viqr(data.decode("ascii"))
    return unicodedata.normalize("NFC", data.decode(encoding))


_LEGACY = ("tcvn3", "vni", "viscii", "vps", "windows-1258")
_ENOUGH, _NEAR, _FEW_WORDS = 0.9, 0.12, 3


def decode(data: bytes, declared: str = "", fonts: Sequence[str] = ()) -> Decoded:
    """Reads bytes of a mail body, file name or text file.

    Args:
        data: the bytes as they came.
        declared: the charset the sender names; believed only when the result reads as Vietnamese or is plain.
        fonts: font names met in the same text; the first that tells an encoding wins.

    Raises nothing: what cannot be read keeps U+FFFD and is not sure.
    """
    for font in fonts:
        if encoding := encoding_of_font(font):
            return Decoded(read_as(data, encoding), encoding, sure=True)
    if data.isascii():
        return _decode_ascii(data.decode("ascii"))
    if (text := _strict(data, "utf-8")) is not None:
        name = "utf-8" if unicodedata.is_normalized("NFC", text) else "nfd"
        return Decoded(unicodedata.normalize("NFC", text), name, sure=True)
    return _best(data, declared)


def repair(text: str) -> Decoded:
    """Unicode text that may hold old 8-bit letters shown as Western ones ("Sè: 12/Q§-UBND"), or VIQR, or NFD."""
    plain = unicodedata.normalize("NFC", text)
    share, words = vietnamese_share(plain)
    if words == 0:
        return _decode_ascii(plain) if plain.isascii() else Decoded(plain, "utf-8", sure=True)
    data = western_bytes(plain)
    if share >= _ENOUGH or data is None:
        return Decoded(plain, "utf-8" if plain == text else "nfd", sure=True)
    best = _best(data, "")
    best_share, best_words = vietnamese_share(best.text)
    if best_words >= 1 and best_share > share + _NEAR:
        return best
    return Decoded(plain, "utf-8", sure=share >= 0.5)


def western_bytes(text: str) -> bytes | None:
    """The bytes behind text that was read as windows-1252 or Latin-1; None when it cannot have been."""
    out = bytearray()
    for char in text:
        try:
            out += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 255:
                return None
            out.append(ord(char))
    return bytes(out)


def _decode_ascii(text: str) -> Decoded:
    if not _has_viqr_shapes(text):
        return Decoded(text, "ascii", sure=True)
    read = from_viqr(text)
    share, words = vietnamese_share(read)
    if read != text and words >= _FEW_WORDS and share >= _ENOUGH:
        return Decoded(read, "viqr", sure=True, others=(("ascii", text),))
    return Decoded(text, "ascii", sure=True)


def _has_viqr_shapes(text: str) -> bool:
    """Full stops and question marks alone prove nothing: VIQR shows itself by its hats, horns, breves and dd."""
    return len(re.findall(r"[aeoAEO]\^|[ouOU]\+|[aA]\(|\bdd|\bDD", text)) >= 2


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _best(data: bytes, declared: str) -> Decoded:
    readers: dict[str, Callable[[], str]] = {name: (lambda name=name: _tolerant(data, name)) for name in _LEGACY}  # type: ignore[misc]
    if declared and _strict(data, declared) is not None:
        readers = {declared.lower(): lambda: unicodedata.normalize("NFC", data.decode(declared)), **readers}
    ranked = sorted(
        ((_merit(text := read()), name, text) for name, read in readers.items()), key=lambda row: -row[0][0]
    )
    (merit, words), name, text = ranked[0]
    near = tuple(
        (other, reading) for (score, _), other, reading in ranked[1:] if merit - score < _NEAR and reading != text
    )
    if merit < 0.5:
        plain = _strict(data, declared) if declared else None
        return Decoded(
            plain or data.decode("cp1252", errors="replace"), declared or "windows-1252", sure=False, others=near
        )
    return Decoded(text, name, sure=merit >= _ENOUGH and not near and words >= 1, others=near)


def _tolerant(data: bytes, encoding: str) -> str:
    if encoding == "windows-1258":
        return unicodedata.normalize("NFC", data.decode(encoding, errors="replace"))
    return read_as(data, encoding)


def _merit(text: str) -> tuple[float, int]:
    """Share of good syllables less the share of characters without a meaning; number of words that speak."""
    share, words = vietnamese_share(text)
    odd = sum(1 for char in text if char == _GONE or (ord(char) < 32 and char not in "\t\r\n"))
    return share - 2 * odd / max(len(text), 1), words
