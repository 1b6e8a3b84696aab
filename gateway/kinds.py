"""Which files are taken besides scans: the office and text files that bodies exchange (QĐ 16/2019 Đắk Lắk, Đ4.3).

Told by the bytes, never by the name, save that a text has no bytes of its own: only what is named .txt or .csv is one,
so that a scanner's list of jobs is no paper.
"""
from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

from mail import inside, sniff
from ocr.office import ENDINGS, TEXTS
from ocr.triage import Completeness, State, completeness

LOCKED, MACROS = "locked", "macros"
"""Reasons why an office file is not taken: a password, programs inside."""
LARGEST = 256 << 20
"""Bytes: no office file is larger."""
_WRAPPED = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf")
_TEXT_NAMES = frozenset({".txt", ".csv"})
_HEAD = 8
_FREE, _LAST_SECTOR = 0xFFFFFFFF, 0xFFFFFFFA
_LISTED = 109
"""So many sectors of the allocation table the header of an OLE2 file names itself (MS-CFB 2.2)."""


def wholeness(path: Path, name: str) -> Completeness:
    """Is the whole file there, and of which kind?  As ocr.triage.completeness, for office and text files too.

    The reason of a FOREIGN one may be LOCKED or MACROS.

    Raises:
        OSError: the file cannot be read.
    """
    found = completeness(path)
    if found.state is not State.FOREIGN or path.stat().st_size > LARGEST:
        return found
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not may_be_office(head, name):
            return found
        data = head + file.read(LARGEST)
    return _judged(data, name) or found


def office_type(data: bytes, name: str) -> str:
    """Media type of an office or text file, LOCKED, MACROS, or "" for anything else."""
    if not may_be_office(data[:_HEAD], name):
        return ""
    kind = sniff.media_type(data)
    if kind in (inside.LOCKED_OFFICE, inside.MACRO_OFFICE):
        return LOCKED if kind == inside.LOCKED_OFFICE else MACROS
    if kind in TEXTS and not _named_text(name):
        return ""
    return kind if kind in ENDINGS else ""


def may_be_office(head: bytes, name: str) -> bool:
    """Could it be one?  Else the rest need not be read."""
    return head.startswith(_WRAPPED) or _named_text(name)


def _named_text(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in _TEXT_NAMES


def _judged(data: bytes, name: str) -> Completeness | None:
    """None for what is no office file at all."""
    cut = _cut(data)
    if cut:
        return Completeness(State.TRUNCATED, cut)
    kind = office_type(data, name)
    if kind in (LOCKED, MACROS):
        return Completeness(State.FOREIGN, kind)
    return Completeness(State.COMPLETE, media_type=kind) if kind else None


def _cut(data: bytes) -> str:
    """Why the end seems to be missing, or ""."""
    if data.startswith(b"PK"):
        return "" if inside.directory_size(data) is not None and _is_zip(data) else "no_directory_at_the_end"
    if data.startswith(b"{\\rtf"):
        return "" if data.rstrip(b"\0 \r\n\t").endswith(b"}") else "no_closing_brace"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "" if _ole_length(data) <= len(data) else "sectors_missing"
    return ""


def _is_zip(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return all(one.header_offset < len(data) for one in archive.infolist())
    except inside.BROKEN_ZIP:
        return False


def _ole_length(data: bytes) -> int:
    """Bytes up to the last sector that the file itself says is in use; the last one may end early."""
    try:
        (power,) = struct.unpack_from("<H", data, 30)
        sector = 1 << min(power, 16)
        listed = struct.unpack_from(f"<{_LISTED}I", data, 76)
        tables = [one for one in listed if one <= _LAST_SECTOR]
        last = max(tables, default=0)
        for number, table in enumerate(tables):
            entries = struct.unpack_from(f"<{sector // 4}I", data, (table + 1) * sector)
            used = [place for place, entry in enumerate(entries) if entry != _FREE]
            last = max(last, number * (sector // 4) + max(used, default=0))
    except struct.error:
        return len(data) + 1
    return int((last + 1) * sector + 1)
