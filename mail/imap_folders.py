"""Which folders of a mailbox are watched, and where letters are put when the house is done with them.

Names in the plan are written with "/"; a server may part levels by "." and keep all folders below "INBOX." (RFC 2342).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from mail.imap_trouble import FolderMissing

# Folders of no letters to us (RFC 6154); watched only where the plan names one of them without * and ?.
_SPECIAL = {b"\\all", b"\\drafts", b"\\junk", b"\\sent", b"\\trash", b"\\flagged", b"\\important"}
_CLOSED = {b"\\noselect", b"\\nonexistent"}


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder as the server calls it, and as the plan would."""

    name: str  # the server's
    plain: str  # levels parted by "/", without the namespace's beginning
    special: bool = False

    def matches(self, pattern: str) -> bool:
        """Does the pattern of a plan find it?"""
        wild = "*" in pattern or "?" in pattern
        if wild and self.special:
            return False
        rule = re.escape(_fold(pattern)).replace(r"\*", ".*").replace(r"\?", ".")
        return any(re.fullmatch(rule, _fold(name)) for name in (self.plain, self.name))


class Folders:
    """The folders of one mailbox, as they are now. Errors of the server and of the connection pass through."""

    def __init__(self, client: IMAPClient) -> None:
        self._client = client
        self._prefix, self._mark = _namespace(client)
        self.all = self._list()

    def watched(self, patterns: Iterable[str], homes: Collection[str]) -> list[Folder]:
        """Those that a pattern finds, INBOX last (it is the one to idle in), never one of `homes`."""
        own = {self.server_name(home) for home in homes}
        found = [one for one in self.all if one.name not in own and any(one.matches(each) for each in patterns)]
        return sorted(found, key=lambda one: (one.plain == "INBOX", one.plain))

    def missing(self, patterns: Iterable[str]) -> list[str]:
        """Patterns that find nothing."""
        return [each for each in patterns if not any(one.matches(each) for one in self.all)]

    def server_name(self, plain: str) -> str:
        """A name of the plan as the server wants it."""
        if _fold(plain) == "INBOX":
            return "INBOX"
        for one in self.all:
            if _fold(plain) in (_fold(one.plain), _fold(one.name)):
                return one.name
        return self._prefix + unicodedata.normalize("NFC", plain).replace("/", self._mark or "/")

    def home(self, plain: str) -> str:
        """The server's name of a folder letters are moved to, made when absent.

        Raises:
            FolderMissing: it is not there and cannot be made.
        """
        name = self.server_name(plain)
        if any(one.name == name for one in self.all):
            return name
        try:
            self._client.create_folder(name)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            self.all = self._list()  # the other gateway may have been quicker
            if not any(one.name == name for one in self.all):
                raise FolderMissing(
                    f"Không tạo được thư mục “{plain}” trong hộp thư. Hãy tạo sẵn thư mục này hoặc khai báo tên khác."
                ) from error
        else:
            self.all = self._list()
        return name

    def _list(self) -> list[Folder]:
        found = []
        for flags, mark, name in self._client.list_folders():
            low = {bytes(flag).lower() for flag in flags}
            if low & _CLOSED:
                continue
            text = str(name) if not isinstance(name, bytes) else name.decode("utf-8", "replace")
            found.append(Folder(text, self._plain(text, mark), bool(low & _SPECIAL)))
        return found

    def _plain(self, name: str, mark: bytes | None) -> str:
        if name.upper() == "INBOX":
            return "INBOX"
        short = name.removeprefix(self._prefix)
        return short.replace(mark.decode("ascii", "replace"), "/") if mark else short


def _namespace(client: IMAPClient) -> tuple[str, str]:
    """The beginning of all personal folders and what parts the levels; ("", "") when the server does not say."""
    if not client.has_capability("NAMESPACE"):
        return "", ""
    personal = client.namespace().personal
    prefix, mark = personal[0][:2] if personal else ("", "")
    return prefix or "", mark or ""


def _fold(name: str) -> str:
    """Vietnamese names come composed or not; INBOX has no case (RFC 3501, 5.1)."""
    text = unicodedata.normalize("NFC", name)
    return "INBOX" + text[5:] if re.match(r"inbox(?=$|[/.])", text, re.IGNORECASE) else text
