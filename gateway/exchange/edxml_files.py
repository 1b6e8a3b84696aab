"""Files inside a message: base64 undone, bytes sniffed, a zip of one file unwrapped.  No path and no bomb gets out."""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile
from dataclasses import replace

from lxml import etree

from gateway.exchange.edxml_message import Attachment
from gateway.exchange.edxml_xml import MAX_BYTES, child, children, find, text
from mail.inside import BROKEN_ZIP

_MAX_ENTRIES = 1000
_MAX_RATIO, _SMALL = 200, 1_000_000
"""A zip may grow to `_MAX_RATIO` times its size; below `_SMALL` bytes nobody asks."""
_ZIPS_BY_NATURE = ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "jar", "epub")
_MARKS = ("[Content_Types].xml", "mimetype")
"""Inside every file of an office program; inside no wrapping."""
_NO_ZIPS = ("pdf", "doc", "xls", "ppt", "rtf", "txt", "csv", "xml", "html", "htm", "png", "jpg", "jpeg", "tif", "tiff")
_UNKNOWN = "application/octet-stream"
"""A label that claims nothing; who wraps a file says so."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def attachments(root: etree._Element) -> tuple[list[Attachment], list[str]]:
    """All files of a message and what is to be warned of."""
    found: list[Attachment] = []
    warnings: list[str] = []
    left = MAX_BYTES
    listed = _manifest(root)
    for place, node in enumerate(children(find(root, "AttachmentEncoded"), "Attachment")):
        key = text(node, "ContentId").removeprefix("cid:")
        named, typed = listed.get(key) or listed.get(str(place)) or ("", "")
        media_type = text(node, "ContentType")
        if typed and typed.lower() != media_type.lower():
            warnings.append(f"manifest_mismatch:{place + 1}")
        name = safe_name(text(node, "AttachmentName") or named or f"tep-{place + 1}")
        data, whole = _decode(_encoded(node))
        files = unwrap(Attachment(name, media_type, data, "" if whole else "base64_damaged"), left)
        left -= sum(len(file.data) for file in files)
        found += files
        warnings += [f"doubt:{file.doubt}:{file.name}" for file in files if file.doubt]
    return found, warnings


def _manifest(root: etree._Element) -> dict[str, tuple[str, str]]:
    """ContentId without cid:, and the place in the list, to name and media type."""
    listed: dict[str, tuple[str, str]] = {}
    for place, node in enumerate(children(find(root, "edXMLManifest"), "Reference")):
        what = text(node, "AttachmentName"), text(node, "ContentType")
        listed[text(node, "ContentId").removeprefix("cid:")] = listed[str(place)] = what
    return listed


def _encoded(node: etree._Element) -> str:
    """The base64 text; a parser may have cut it into pieces."""
    encoded = child(node, "ContentTransferEncoded")
    return "".join(str(piece) for piece in encoded.itertext()) if encoded is not None else ""


def safe_name(name: str) -> str:
    """The last part of a file name, without anything a file system could take for a path."""
    return re.sub(r"[\x00-\x1f]", "", re.split(r"[/\\]", name)[-1]).strip(". ") or "tep"


def _decode(encoded: str) -> tuple[bytes, bool]:
    """Bytes, and whether the text was clean base64 (lines and the URL-safe alphabet are)."""
    compact = "".join(encoded.split()).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(compact, validate=True), True
    except (binascii.Error, ValueError):
        kept = re.sub(r"[^A-Za-z0-9+/]", "", compact)
        return base64.b64decode(kept[: len(kept) // 4 * 4]), False


def unwrap(file: Attachment, allowance: int) -> list[Attachment]:
    """The file, or the files of a zip that only wraps it; at most `allowance` bytes are unpacked.

    A zip that cannot be opened stays as it is, with a doubt: the rest of the message is worth reading.
    """
    ending = _ending(file.name)
    if file.data[:4] != b"PK\x03\x04" or ending == "zip":
        return [replace(file, doubt=file.doubt or _doubt(ending, file.data))]
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if _whole(file, ending, {entry.filename for entry in entries}):
                return [file]
            if _bomb(entries, allowance):
                return [replace(file, doubt="zip_bomb")]
            alone = len(entries) == 1
            return [_entry(archive, entry, file, alone=alone) for entry in entries] or [
                replace(file, doubt="unreadable_zip")
            ]
    except BROKEN_ZIP:
        return [replace(file, doubt="unreadable_zip")]


def _whole(file: Attachment, ending: str, inside: set[str]) -> bool:
    """A zip that is the file itself and no wrapping: by what stands inside, by its name, or for want of other signs."""
    if not inside.isdisjoint(_MARKS) or (ending in _ZIPS_BY_NATURE and len(inside) != 1):
        return True
    return file.media_type == _UNKNOWN and ending not in _ZIPS_BY_NATURE and ending not in _NO_ZIPS


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, outer: Attachment, *, alone: bool) -> Attachment:
    if entry.compress_type not in _METHODS:
        raise ValueError("a method that unpacks without a bound")
    data = archive.read(entry)
    name = outer.name if alone else f"{outer.name}-{safe_name(entry.filename)}"
    doubt = outer.doubt or _doubt(_ending(name), data) or ("" if alone else "several_in_zip")
    return Attachment(name, "", data, doubt)


def _bomb(entries: list[zipfile.ZipInfo], allowance: int) -> bool:
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    return len(entries) > _MAX_ENTRIES or total > allowance or total > _SMALL + _MAX_RATIO * packed


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _doubt(ending: str, data: bytes) -> str:
    if ending != "pdf":
        return ""
    start = data[:1024]
    if b"%PDF-" not in start:
        return "not_a_pdf"
    return "destroyed_by_text" if b"\xef\xbf\xbd" in start[:64] else ""
