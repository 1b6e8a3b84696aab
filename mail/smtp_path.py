"""The arguments of MAIL and RCPT: an address between angle brackets and parameters (RFC 5321 4.1.2, 6531, 3461)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

_PATH = re.compile(
    r"""
    \s*(?P<open><)?
    (?:@[^:<>\s]*:)?                                                # a source route, which is to be ignored
    (?P<local>"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"|[^\x00-\x20\x7f"<>@\\,;:()\[\]]+)?
    (?:@(?P<domain>\[[0-9A-Za-z.:]+\]|[^\x00-\x20\x7f"<>@\\,;:()\[\]_/]+))?
    (?(open)>)
    (?P<rest>(?:\ .*)?)
    """,
    re.VERBOSE,
)
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_LONGEST_ADDRESS = 320
_RET = ("FULL", "HDRS")
_NOTIFY = {"SUCCESS", "FAILURE", "DELAY"}


@dataclass(frozen=True, slots=True)
class MailPath:
    """`address` is "" for the null return path, NFC, its domain in lower case; `parameters` by upper-case key."""

    address: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def ascii(self) -> bool:
        """Can be written without SMTPUTF8."""
        return self.address.isascii()


def parse_path(argument: str, keyword: str) -> MailPath | None:
    """`FROM:<a@b> SIZE=1` or `TO:<a@b>`; brackets and the space after the colon are forgiven. None: malformed."""
    if argument[: len(keyword)].upper() != keyword:
        return None
    found = _PATH.fullmatch(argument[len(keyword) :].rstrip())
    if not found or (not found["open"] and not found["local"]) or (found["domain"] and not found["local"]):
        return None
    address = found["local"] or ""
    if found["domain"]:
        address += "@" + found["domain"].lower()
    parameters = _parameters(found["rest"])
    if parameters is None or not _writable(address):
        return None
    return MailPath(unicodedata.normalize("NFC", address), parameters)


def _writable(address: str) -> bool:
    try:
        return len(address.encode("utf-8")) <= _LONGEST_ADDRESS
    except UnicodeEncodeError:  # octets that are no UTF-8 came as surrogates
        return False


def _parameters(text: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for one in text.split():
        key, equals, value = one.partition("=")
        if not _KEY.fullmatch(key) or key.upper() in found or (equals and not value):
            return None
        found[key.upper()] = value
    return found


def wishes_of(path: MailPath) -> tuple[str, ...] | None:
    """The DSN parameters of MAIL or RCPT as they are noted; None when one of them is malformed."""
    given = path.parameters
    if "RET" in given and given["RET"].upper() not in _RET:
        return None
    if "ENVID" in given and not 0 < len(given["ENVID"]) <= 100:
        return None
    if "ORCPT" in given and not re.fullmatch(r"[A-Za-z0-9-]+;[\x21-\x7e]{1,500}", given["ORCPT"]):
        return None
    if "NOTIFY" in given:
        asked = given["NOTIFY"].upper().split(",")
        if asked != ["NEVER"] and not set(asked) <= _NOTIFY:
            return None
    of_mail = tuple(f"{key}={given[key]}" for key in ("RET", "ENVID") if key in given)
    of_recipient = tuple(f"{key}={given[key]} {path.address}" for key in ("NOTIFY", "ORCPT") if key in given)
    return of_mail + of_recipient
