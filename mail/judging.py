"""The fate of one file that came in a letter, once it is unwrapped."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mail import inside, reasons, sniff
from mail.charset import Decoded
from mail.filename import clean_name, made_name
from mail.package import NAMELESS
from mail.part import Fate, Part

ACCEPTED = frozenset(
    {
        sniff.PDF, sniff.JPEG, sniff.PNG, sniff.TIFF, sniff.WEBP, sniff.HEIC, sniff.GIF, sniff.BMP,
        sniff.RTF, sniff.TXT, sniff.CSV, sniff.EDXML,
        inside.DOC, inside.XLS, inside.DOCX, inside.XLSX, inside.ODT, inside.ODS,
    }
)  # fmt: skip
"""The formats of the regulation and the pictures that scanners and telephones make."""
PICTURES = frozenset({sniff.JPEG, sniff.PNG, sniff.GIF, sniff.BMP, sniff.WEBP})
"""Pictures that pages of mail are decorated with; TIFF and HEIC never are."""
CLOSED_ARCHIVES = frozenset({sniff.RAR, sniff.TAR, sniff.BZIP2, sniff.XZ, sniff.ZSTD, sniff.CAB})
_PROGRAMS = frozenset({sniff.PROGRAM, sniff.LINK, inside.JAVA, "text/x-script"})
_PROGRAM_ENDINGS = (
    ".exe", ".com", ".scr", ".pif", ".cpl", ".dll", ".msi", ".msp", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js",
    ".jse", ".wsf", ".wsh", ".hta", ".lnk", ".reg", ".jar", ".apk", ".sh", ".iso", ".img", ".vhd", ".vhdx", ".url",
    ".scf", ".chm",
)  # fmt: skip
_OTHER_TEXTS = (
    ".json",
    ".xml",
    ".htm",
    ".html",
    ".css",
    ".py",
    ".ini",
    ".sql",
    ".yaml",
    ".yml",
    ".toml",
    ".svg",
    ".tex",
)
"""Text for machines."""
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature",
                         "application/pgp-keys"})  # fmt: skip
_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory", "text/calendar", "application/ics"})
_TINY = 20 * 1024
_PAGE_SIDE = 1000
"""Pixels: a sheet scanned at 100 dpi already has more on its short side; banners and logos have fewer on one."""


@dataclass(frozen=True, slots=True)
class Item:
    """A file out of a letter, unwrapped but not yet judged."""

    place: str
    data: bytes
    name: Decoded = NAMELESS
    said: str = ""
    depth: int = 0
    shown: bool = False
    """The letter's own page shows it (its Content-ID is named there), or its program says so."""
    inline: bool = False
    """Disposition inline, or a Content-ID and no disposition."""


def judge(item: Item) -> Part:
    """The Part an item becomes; containers are not for here."""
    kind = kind_of(item)
    fate, why = _fate(item, kind)
    return part_of(item, fate, why, kind=kind)


def part_of(item: Item, fate: Fate, why: str = "", *, kind: str = "") -> Part:
    """An item with a fate. What is held keeps its bytes, so that a person can look at them."""
    kind = kind or kind_of(item)
    keep = fate in (Fate.TAKEN, Fate.HELD)
    other = item.name.others[0][1] if item.name.others and not item.name.sure else ""
    name = clean_name(item.name.text) or made_name(item.place, kind)
    return Part(item.place, name, kind, item.said, item.data if keep else b"", fate, why, clean_name(other))


def kind_of(item: Item) -> str:
    """The media type by the bytes; among kinds of text, which look alike, the name may choose."""
    kind = sniff.media_type(item.data)
    name = item.name.text.lower()
    if kind in (sniff.TXT, sniff.CSV, sniff.EML):
        return sniff.CSV if name.endswith(".csv") else sniff.TXT if name.endswith(".txt") else kind
    if kind == sniff.UNKNOWN and name.endswith((".txt", ".csv")) and b"\0" not in item.data[:65536]:
        return sniff.TXT if name.endswith(".txt") else sniff.CSV
    return kind


def as_same(part: Part, place: str) -> Part:
    """The Part of a file whose bytes were taken before."""
    return replace(part, data=b"", fate=Fate.IGNORED, why=reasons.SAME.format(place=place))


def _fate(item: Item, kind: str) -> tuple[Fate, str]:
    name = item.name.text.lower().rstrip(". ")
    if item.said in _SIGNATURES or name.endswith((".p7s", ".asc")):
        return Fate.IGNORED, reasons.SIGNATURE
    if item.said == "application/applefile":
        return Fate.IGNORED, reasons.SYSTEM_FILE
    if item.said in _CARDS or item.data[:15].upper().startswith((b"BEGIN:VCARD", b"BEGIN:VCALENDAR")):
        return Fate.IGNORED, reasons.CARD
    if not item.data:
        return Fate.REFUSED, reasons.EMPTY
    if kind in _PROGRAMS or name.endswith(_PROGRAM_ENDINGS):
        return Fate.REFUSED, reasons.PROGRAM
    if kind == inside.MACRO_OFFICE:
        return Fate.REFUSED, reasons.MACRO
    if kind == inside.LOCKED_OFFICE:
        return Fate.HELD, reasons.LOCKED
    if kind in CLOSED_ARCHIVES:
        return Fate.HELD, reasons.OTHER_ARCHIVE
    if kind in (sniff.TXT, sniff.CSV) and name.endswith(_OTHER_TEXTS):
        return Fate.REFUSED, reasons.UNLISTED
    if is_decoration(item, kind):
        return Fate.IGNORED, reasons.PICTURE
    return (Fate.TAKEN, "") if kind in ACCEPTED else (Fate.REFUSED, reasons.UNLISTED)


def is_decoration(item: Item, kind: str) -> bool:
    """Logos and pictures in the text. A picture as large as a page may be the paper itself, so it never is one."""
    if kind not in PICTURES:
        return False
    size = sniff.picture_size(item.data)
    if (size is None and len(item.data) >= _TINY) or (size is not None and min(size) >= _PAGE_SIDE):
        return False
    name = item.name.text.lower()
    numbered = name.startswith("image") and name[5:8].isdigit() and name[8:9] in (".", "")
    return item.shown or (item.inline and (len(item.data) < _TINY or numbered))
