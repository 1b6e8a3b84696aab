"""Archives opened in memory under limits: ZIP, 7z, gzip.  Nothing is ever written by a name that an archive tells."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from binascii import crc32
from collections.abc import Iterator
from dataclasses import dataclass

from mail import reasons, sniff
from mail.charset import Decoded, decode
from mail.inside import BOUNDED_METHODS, BROKEN_ZIP, directory_size
from mail.part import Allowance, Fate, Unopenable
from mail.sevenzip import read_sevenzip

_LONGEST_PATH = 4096
_MOST_MEMBERS = 100
"""Each further one costs a copy of the rest."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive. With a `why` there is no data."""

    path: str
    data: bytes = b""
    why: str = ""
    fate: Fate = Fate.TAKEN
    other_path: str = ""


def entries(data: bytes, media_type: str, name: str, allowance: Allowance) -> Iterator[Entry]:
    """Files of an archive, one after the other; folders are left out.

    Args:
        data: the archive.
        media_type: ZIP, SEVENZIP or GZIP of `mail.sniff`.
        name: the archive's own file name, from which a gzip's content gets its name.
        allowance: what may still be unpacked; is spent here.

    Raises:
        Unopenable: broken, locked or too large as a whole.
    """
    if media_type == sniff.GZIP:
        yield _gunzip(data, name, allowance)
    elif media_type == sniff.SEVENZIP:
        for path, content, why in read_sevenzip(data, allowance):
            yield _judged(Decoded(path, "", sure=True)) or Entry(path, content, why, Fate.HELD if why else Fate.TAKEN)
    else:
        yield from _zip(data, allowance)


def _zip(data: bytes, allowance: Allowance) -> Iterator[Entry]:
    if directory_size(data) is None:
        raise Unopenable(reasons.BROKEN_ARCHIVE)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > allowance.limits.files_in_archive:
                raise Unopenable(reasons.TOO_MANY)
            for info in infos:
                path = _path(info)
                if _is_link(info):
                    yield Entry(path.text, why=reasons.LINK, fate=Fate.IGNORED)
                    continue
                yield _judged(path) or _zip_entry(archive, info, path, allowance)
    except BROKEN_ZIP as trouble:
        raise Unopenable(reasons.BROKEN_ARCHIVE) from trouble


def _zip_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Decoded, allowance: Allowance) -> Entry:
    other = path.others[0][1] if path.others and not path.sure else ""
    why = _zip_trouble(info, allowance)
    if why:
        return Entry(path.text, why=why, fate=Fate.HELD, other_path=other)
    try:
        with archive.open(info) as file:
            content = file.read(info.file_size + 1)
    except BROKEN_ZIP:
        return Entry(path.text, why=reasons.BROKEN_ARCHIVE, fate=Fate.HELD, other_path=other)
    allowance.spend(len(content))
    return Entry(path.text, content, other_path=other)


def _zip_trouble(info: zipfile.ZipInfo, allowance: Allowance) -> str:
    if info.flag_bits & 0x41:
        return reasons.LOCKED
    if info.compress_type == 99:  # WinZip AES
        return reasons.LOCKED
    if info.compress_type not in BOUNDED_METHODS:
        return reasons.OTHER_ARCHIVE
    return "" if allowance.fits(info.file_size, info.compress_size) else reasons.BOMB


def _judged(path: Decoded) -> Entry | None:
    """What the name alone decides."""
    parts = [part for part in re.split(r"[/\\]", path.text) if part not in ("", ".")]
    if ".." in parts or re.match(r"[/\\]|[A-Za-z]:", path.text) or "\x00" in path.text:
        return Entry(path.text, why=reasons.OUTSIDE_PATH, fate=Fate.HELD)
    last = parts[-1].lower() if parts else ""
    if "__MACOSX" in parts or last in (".ds_store", "thumbs.db", "desktop.ini") or last.startswith("._"):
        return Entry(path.text, why=reasons.SYSTEM_FILE, fate=Fate.IGNORED)
    return None


def _path(info: zipfile.ZipInfo) -> Decoded:
    """The name by the Unicode flag, by Info-ZIP's extra field, else by the bytes that old programs left."""
    if info.flag_bits & 0x800:
        return Decoded(decode(info.filename[:_LONGEST_PATH].encode("utf-8", "replace")).text, "utf-8", sure=True)
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return Decoded(info.filename, "utf-8", sure=True)
    told = _unicode_path(info.extra, raw)
    return decode((told or raw)[:_LONGEST_PATH])


def _unicode_path(extra: bytes, raw: bytes) -> bytes:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == 0x7075 and size > 5 and extra[at + 5 : at + 9] == struct.pack("<I", crc32(raw)):
            return extra[at + 9 : at + 4 + size]
        at += 4 + size
    return b""


def _is_link(info: zipfile.ZipInfo) -> bool:
    return info.create_system == 3 and stat.S_ISLNK(info.external_attr >> 16)


def _gunzip(data: bytes, name: str, allowance: Allowance) -> Entry:
    most = max(0, min(allowance.unpacked_left, max(len(data) * allowance.limits.ratio, 4 * 1024 * 1024)))
    content, rest = b"", data
    for _ in range(_MOST_MEMBERS):  # one after the other they are one file (RFC 1952 section 2.2)
        if not rest.startswith(b"\x1f\x8b"):
            break
        unpacker = zlib.decompressobj(wbits=31)
        try:
            content += unpacker.decompress(rest, most + 1 - len(content))
        except zlib.error as trouble:
            raise Unopenable(reasons.BROKEN_ARCHIVE) from trouble
        if len(content) > most:
            raise Unopenable(reasons.BOMB)
        if not unpacker.eof:
            raise Unopenable(reasons.BROKEN_ARCHIVE)
        rest = unpacker.unused_data
    allowance.spend(len(content))
    return Entry(_name_in_gzip(data) or _without_ending(name), content)


def _name_in_gzip(data: bytes) -> str:
    """The original name (RFC 1952 section 2.3.1), which many programs leave out."""
    if not data[3] & 8:
        return ""
    at = 12 + struct.unpack_from("<H", data, 10)[0] if data[3] & 4 else 10
    return decode(data[at : at + 1024].split(b"\0")[0]).text


def _without_ending(name: str) -> str:
    if name.lower().endswith(".tgz"):
        return name[:-3] + "tar"
    return name[:-3] if name.lower().endswith(".gz") else name
