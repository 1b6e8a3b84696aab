"""File names as people know them, safe to show and to store: NFC, one line, no path."""

from __future__ import annotations

import re
import unicodedata

from mail import inside, sniff

_LONGEST = 200
"""Bytes in UTF-8: file systems take 255, and others add to the name."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ENDINGS = {
    sniff.PDF: ".pdf",
    sniff.JPEG: ".jpg",
    sniff.PNG: ".png",
    sniff.TIFF: ".tif",
    sniff.WEBP: ".webp",
    sniff.HEIC: ".heic",
    sniff.GIF: ".gif",
    sniff.BMP: ".bmp",
    sniff.ZIP: ".zip",
    sniff.SEVENZIP: ".7z",
    sniff.RAR: ".rar",
    sniff.GZIP: ".gz",
    sniff.RTF: ".rtf",
    sniff.EML: ".eml",
    sniff.HTML: ".html",
    sniff.XML: ".xml",
    sniff.EDXML: ".edxml",
    sniff.CSV: ".csv",
    sniff.TXT: ".txt",
    sniff.PKCS7: ".p7m",
    sniff.TNEF: ".dat",
    inside.DOC: ".doc",
    inside.XLS: ".xls",
    inside.MSG: ".msg",
    inside.DOCX: ".docx",
    inside.XLSX: ".xlsx",
    inside.ODT: ".odt",
    inside.ODS: ".ods",
}


def clean_name(said: str) -> str:
    """The last path part, without control, direction and forbidden characters; "" when nothing is left.

    Direction marks go because "gpj.exe" written backwards shows as a picture's name.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", said))[-1]
    name = " ".join(re.sub(r'[<>:"|?*]', "_", visible(last)).split()).rstrip(". ")
    return "" if not name.strip("._ ") else _shortened(name)


def visible(text: str) -> str:
    """The characters of a text that can be seen."""
    return "".join(char for char in text if unicodedata.category(char) not in _UNSEEN)


def made_name(place: str, media_type: str) -> str:
    """A name for what came without one: "phan-2.1.pdf"."""
    number = re.sub(r"[^0-9.]+", "-", place.rpartition("/")[2]).strip("-.") or "1"
    return f"phan-{number}{ending_of(media_type)}"


def ending_of(media_type: str) -> str:
    """The usual ending of a type, ".bin" for others."""
    return _ENDINGS.get(media_type, ".bin")


def _shortened(name: str) -> str:
    if len(name.encode()) <= _LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    ending = dot + ending if stem and len(ending.encode()) <= 10 else ""
    room = _LONGEST - len(ending.encode())
    return name.removesuffix(ending).encode()[:room].decode("utf-8", "ignore").rstrip(". ") + ending
