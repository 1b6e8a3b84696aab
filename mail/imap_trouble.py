"""What ends a session with a mailbox. The text is a sentence for the health page; `temporary`: can trying again help?

ImapTrouble
├── Unreachable      no connection, or it broke
├── TlsFailed        nothing secret was said
├── LoginRefused     password, token or token service
├── FolderMissing    nothing to watch, or nowhere to move to
├── ServerRefused    the server answered NO, BAD or nonsense
└── SpoolTrouble     our own disk
"""

from __future__ import annotations

import re


class ImapTrouble(Exception):
    """Hộp thư gặp sự cố."""

    temporary = True

    def __init__(self, text: str, *, temporary: bool | None = None) -> None:
        super().__init__(text)
        if temporary is not None:
            self.temporary = temporary


class Unreachable(ImapTrouble):
    """Không kết nối được với máy chủ thư."""


class TlsFailed(ImapTrouble):
    """Không lập được kênh mã hóa với máy chủ thư."""

    temporary = False


class LoginRefused(ImapTrouble):
    """Máy chủ thư không cho đăng nhập."""

    temporary = False


class FolderMissing(ImapTrouble):
    """Không có thư mục cần dùng trong hộp thư."""

    temporary = False


class ServerRefused(ImapTrouble):
    """Máy chủ thư từ chối một lệnh."""


class SpoolTrouble(ImapTrouble):
    """Không ghi được thư vào thư mục đệm."""


def response_code(error: Exception) -> str:
    """What the log says of a refusal: "NOPERM" (RFC 5530), else its kind; never the server's words, which may quote."""
    found = re.search(r"\[([A-Z][A-Z-]*)", str(error))
    return found[1] if found else type(error).__name__
