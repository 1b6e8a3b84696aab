"""ZIP and OLE2 are only wrappings: what lies inside tells a Word file from an archive or a mail.  Raises nothing."""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib

BROKEN_ZIP = (zipfile.BadZipFile, RuntimeError, OSError, ValueError, EOFError, struct.error, OverflowError, IndexError,
              MemoryError, zlib.error, lzma.LZMAError)  # fmt: skip
"""What Python's zipfile raises for damaged and hostile archives (ValueError covers wrong Unicode, RuntimeError ways of
packing that it does not know)."""

DOC, XLS, PPT, MSG = (
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-outlook",
)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT, ODS = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"
LOCKED_OFFICE = "application/x-office-encrypted"
MACRO_OFFICE = "application/x-office-macro"
OLE = "application/x-ole-storage"
JAVA = "application/java-archive"

BROKEN_OLE = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, OverflowError,
              RecursionError, MemoryError)  # fmt: skip
"""What olefile raises for damaged files; some only by way of a broken directory's missing entries."""

BOUNDED_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Only these does Python 3.11 unpack piece by piece; bzip2 and LZMA it unfolds in one go, whatever their size."""
_MANIFEST = "META-INF/manifest.xml"
_MOST_OF_MEMBER = 256 * 1024
_LARGEST_DIRECTORY = 8 * 1024 * 1024


def zip_type(data: bytes) -> str:
    """The type "application/zip", or the office type that an archive's own files tell."""
    if data[30:38] == b"mimetype":  # OpenDocument stores its type first, plain (ODF 1.2 part 3, section 3.3)
        declared = re.fullmatch(rb"application/vnd\.oasis\.opendocument\.[\w.-]{1,60}", data[38:140].split(b"PK")[0])
        if declared:
            return LOCKED_OFFICE if b"encryption-data" in _member(data, _MANIFEST) else declared[0].decode("ascii")
    if not (b"[Content_Types].xml" in data or b"META-INF/MANIFEST.MF" in data) or directory_size(data) is None:
        return "application/zip"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = frozenset(archive.namelist())
    except BROKEN_ZIP:
        return "application/zip"
    if "META-INF/MANIFEST.MF" in names and any(name.endswith((".class", ".dex")) for name in names):
        return JAVA
    types = _member(data, "[Content_Types].xml")
    return _office(names, types) if types else "application/zip"


def _member(data: bytes, name: str) -> bytes:
    """The beginning of one file in an archive; b"" when there is none or it cannot be read in bounds."""
    if directory_size(data) is None:
        return b""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.getinfo(name).compress_type not in BOUNDED_METHODS:
                return b""
            with archive.open(name) as file:
                return file.read(_MOST_OF_MEMBER)
    except (KeyError, *BROKEN_ZIP):
        return b""


def _office(names: frozenset[str], types: bytes) -> str:
    if b"macroenabled" in types.lower() or any(name.endswith("vbaProject.bin") for name in names):
        return MACRO_OFFICE
    for folder, name in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
        if any(one.startswith(folder) for one in names):
            return name
    return "application/zip"


def directory_size(data: bytes) -> int | None:
    """Bytes of a ZIP's central directory; None when there is none or it is too large to be looked through."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    if at < 0 or at + 22 > len(data):
        return None
    size: int = struct.unpack_from("<I", data, at + 12)[0]
    return size if size <= _LARGEST_DIRECTORY else None


def ole_names(data: bytes) -> frozenset[str]:
    """Names at the root of an OLE2 file; none when it is too broken to be opened."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            return frozenset(one[0] for one in file.listdir(streams=True, storages=True) if one)
    except BROKEN_OLE:
        return frozenset()


def ole_type(data: bytes) -> str:
    """Word, Excel, PowerPoint or Outlook, or an office file locked with a password."""
    names = ole_names(data)
    if "EncryptedPackage" in names:
        return LOCKED_OFFICE
    known = (
        ("WordDocument", DOC),
        ("Workbook", XLS),
        ("Book", XLS),
        ("PowerPoint Document", PPT),
        ("__properties_version1.0", MSG),
    )
    return next((name for key, name in known if key in names), OLE)
