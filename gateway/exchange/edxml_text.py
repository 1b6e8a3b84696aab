"""Elements as literal text: names with the prefix receivers look for, cleaned text, checked lengths."""

from __future__ import annotations

import re
import unicodedata
from xml.sax.saxutils import escape

from gateway.errors import BadMessage
from gateway.exchange.codes import LIMITS

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
_BLANKS = re.compile(r"[ \t\r\n\u0085\u2028\u2029]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """NFC on one line without control characters: what may stand in an element."""
    # Control characters go first: what they parted may compose.
    return unicodedata.normalize("NFC", _CONTROL.sub("", _BLANKS.sub(" ", text))).strip()


def element(name: str, value: str | int | None, *, prefix: str = "edXML:", limit: tuple[int, str] | None = None) -> str:
    """One element, "" when it has no text.

    Raises:
        BadMessage: longer than receivers take; says so with the field's Vietnamese name.
    """
    text = clean(str(value)) if value is not None else ""
    if not text:
        return ""
    longest, called = limit or LIMITS.get(name, (len(text), ""))
    if len(text) > longest:
        raise BadMessage(f"{called} dài {len(text)} ký tự, vượt quá {longest} ký tự. Hãy rút gọn rồi gửi lại.")
    return f"<{prefix}{name}>{escape(text)}</{prefix}{name}>"


def group(name: str, *children: str, prefix: str = "edXML:", attributes: str = "") -> str:
    """An element around others, "" when it would be empty."""
    inner = "".join(children)
    return f"<{prefix}{name}{attributes}>{inner}</{prefix}{name}>" if inner else ""
