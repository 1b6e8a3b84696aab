"""AUTH PLAIN (RFC 4616) and AUTH LOGIN: the talk that ends in a name and a password."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable

Challenge = Callable[[str], Awaitable[bytes]]  # what to ask, in base64; the answer as it came

_ABORTED = "501 5.7.0 Login given up"
_MALFORMED = "501 5.5.2 Not base64"


class _TalkEnded(Exception):
    """The talk is over before there was a password; the text is the reply."""


async def credentials_of(words: list[str], challenge: Challenge) -> tuple[str, str] | None | str:
    """Name and password; None when they cannot belong to anybody; a reply when the talk failed."""
    mechanism, initial = words[0].upper(), words[1:]
    try:
        if mechanism == "PLAIN":
            return _plain(_decoded(initial[0].encode()) if initial else await _ask(challenge, ""))
        if mechanism == "LOGIN":
            name = _decoded(initial[0].encode()) if initial else await _ask(challenge, "VXNlcm5hbWU6")
            return _texts(name, await _ask(challenge, "UGFzc3dvcmQ6"))
    except _TalkEnded as end:
        return str(end)
    return "504 5.5.4 PLAIN or LOGIN"


async def _ask(challenge: Challenge, line: str) -> bytes:
    answer = await challenge(line)
    if answer == b"*":
        raise _TalkEnded(_ABORTED)
    return _decoded(answer)


def _decoded(text: bytes) -> bytes:
    try:
        return b"" if text == b"=" else base64.b64decode(text, validate=True)
    except binascii.Error:
        raise _TalkEnded(_MALFORMED) from None


def _plain(blob: bytes) -> tuple[str, str] | None:
    fields = blob.split(b"\0")
    if len(fields) != 3:
        raise _TalkEnded("501 5.5.2 Not what PLAIN looks like")
    acting, name, password = fields
    return None if acting not in (b"", name) else _texts(name, password)


def _texts(name: bytes, password: bytes) -> tuple[str, str] | None:
    try:
        return (name.decode("utf-8"), password.decode("utf-8")) if name and password else None
    except UnicodeDecodeError:
        return None
