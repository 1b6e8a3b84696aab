"""Outlook's .msg: a mail in an OLE2 file (MS-OXMSG)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from mail import reasons
from mail.charset import Decoded, decode
from mail.inside import BROKEN_OLE
from mail.package import NAMELESS, Attached, Package
from mail.part import Limits, Unopenable
from mail.tnef import LONGEST_BODY, LONGEST_NAME, wide_text

if TYPE_CHECKING:
    import olefile

_FOLDER = "__attach_version1.0_#"


def read_outlook(data: bytes, limits: Limits) -> Package:
    """The words and files of a .msg file; mails inside it are opened as deep as the limits allow.

    Raises:
        Unopenable: the file is too broken.
    """
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            return _Mailbag(file, limits).mail((), 0)
    except BROKEN_OLE as trouble:
        raise Unopenable(reasons.BROKEN_PACKAGE) from trouble


class _Mailbag:
    """One .msg file while it is being read. OLE2 lets storages share sectors, so what is read is counted."""

    def __init__(self, file: olefile.OleFileIO, limits: Limits) -> None:
        self.file = file
        self.limits = limits
        self.left = limits.unpacked_bytes
        self.names: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for path in file.listdir(streams=False, storages=True):
            self.names.setdefault(tuple(path[:-1]), []).append(tuple(path))

    def mail(self, place: tuple[str, ...], depth: int) -> Package:
        folders = [path for path in self.names.get(place, []) if path[-1].startswith(_FOLDER)]
        files = [self.attached(path, depth) for path in sorted(folders)[: self.limits.parts + 1]]
        return Package(
            self.text(place, "0037").text,
            self.text(place, "1000", LONGEST_BODY).text,
            self.stream(place, "10130102"),
            self.stream(place, "10090102"),
            tuple(files),
        )

    def attached(self, place: tuple[str, ...], depth: int) -> Attached:
        names = (self.text(place, key) for key in ("3707", "3704", "3001"))
        name = next((one for one in names if one.text), NAMELESS)
        inner = (*place, "__substg1.0_3701000D")
        if inner in self.names.get(place, []):
            return self.object_in(inner, name, depth)
        data = self.stream(place, "37010102")
        said = self.text(place, "370E").text.lower()
        content_id = self.text(place, "3712").text.strip("<>")
        return Attached(name, data, said, content_id, self.hidden(place))

    def object_in(self, inner: tuple[str, ...], name: Decoded, depth: int) -> Attached:
        if not self.file.exists([*inner, "__properties_version1.0"]):
            return Attached(name, why=reasons.BROKEN_PACKAGE)
        if depth >= self.limits.depth:
            return Attached(name, why=reasons.TOO_DEEP)
        return Attached(name, mail=self.mail(inner, depth + 1))

    def stream(self, place: tuple[str, ...], tag: str) -> bytes:
        path = [*place, f"__substg1.0_{tag}"]
        if not self.file.exists(path):
            return b""
        self.left -= self.file.get_size(path)
        if self.left < 0:
            raise Unopenable(reasons.BOMB)
        with self.file.openstream(path) as stream:
            data: bytes = stream.read()
        return data

    def text(self, place: tuple[str, ...], name: str, most: int = LONGEST_NAME) -> Decoded:
        if wide := self.stream(place, name + "001F"):
            return wide_text(wide[:most])
        narrow = self.stream(place, name + "001E")[:most].rstrip(b"\0")
        return decode(narrow) if narrow else NAMELESS

    def hidden(self, place: tuple[str, ...]) -> bool:
        """PidTagAttachmentHidden among the fixed-size properties: eight bytes of head, then sixteen each."""
        path = [*place, "__properties_version1.0"]
        if not self.file.exists(path):
            return False
        with self.file.openstream(path) as stream:
            data = stream.read(64 * 1024)
        rows = (data[at : at + 16] for at in range(8, len(data) - 15, 16))
        return any(row[:4] == b"\x0b\x00\xfe\x7f" and row[8] for row in rows)
