"""Is a letter from whom it says? What our own mail server found (RFC 8601), and its DKIM signatures (RFC 6376).

Results are words of RFC 8601: "pass", "fail", "softfail", "none", "temperror" ...; "" means nobody has looked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mail.entity import read_entity
from mail.header import Headers

_HEAD = 256 * 1024
_LARGEST = 8 * 1024 * 1024
"""A larger letter's signature is not computed here: it would have to lie in memory several times."""
_DNS_S = 5
_MOST_SIGNATURES = 3
_quiet = logging.getLogger(f"{__name__}.dkim")
_quiet.setLevel(logging.CRITICAL + 1)  # the library's lines quote the letter
_RESULT = re.compile(r"\s*(?P<method>[a-z][a-z0-9-]*)(?:/\d+)?\s*=\s*(?P<result>[a-z]+)")
_RANK = ("pass", "fail", "softfail", "permerror", "temperror", "policy", "neutral", "none")
"""Of several results for one method (many signatures) the first in this order counts."""

FetchKey = Callable[..., bytes | None]
"""dkim's dnsfunc: name, timeout -> TXT record."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known about a letter's origin."""

    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    by: str = ""
    """Who looked: the name of our mail server; "" for nobody or this machine."""

    @property
    def forged(self) -> bool:
        """The owner of the sender's domain says that it is not his (DMARC covers SPF and DKIM)."""
        return self.dmarc == "fail"

    def __str__(self) -> str:
        words = (("SPF", self.spf), ("DKIM", self.dkim), ("DMARC", self.dmarc))
        return ", ".join(f"{name} {result}" for name, result in words if result)


def trust_of(path: Path, *, server: str = "", check_dkim: bool = False, fetch_key: FetchKey | None = None) -> Trust:
    """The results of the trusted server where its header is there, else of the signatures when they shall be checked.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        headers = read_entity(memoryview(file.read(_HEAD))).headers
    if server and (found := _of_server(headers, server)):
        return found
    count = len(headers.all("dkim-signature"))
    if check_dkim and count and path.stat().st_size <= _LARGEST:
        return Trust(dkim=_dkim(path.read_bytes(), count, fetch_key))
    return Trust()


def _of_server(headers: Headers, server: str) -> Trust | None:
    """Of the topmost headers of that server; one that came with the letter lies below or was taken away by it."""
    for value in headers.all("authentication-results"):
        text = _without_comments(value.decode("latin-1"))
        name, _, rest = text.partition(";")
        if (name.split() or [""])[0].lower() == server.lower():
            return _parsed(rest.lower(), server)
    return None


def _parsed(rest: str, server: str) -> Trust:
    found: dict[str, list[str]] = {}
    for clause in rest.split(";"):
        if match := _RESULT.match(clause):
            found.setdefault(match["method"], []).append(match["result"])
    best = {method: min(results, key=_order) for method, results in found.items()}
    return Trust(best.get("spf", ""), best.get("dkim", ""), best.get("dmarc", ""), server)


def _order(result: str) -> int:
    return _RANK.index(result) if result in _RANK else len(_RANK)


def _without_comments(text: str) -> str:
    """Comments and quoted words may hold a ";" or what looks like a result."""
    text = re.sub(r'"(?:\\.|[^"\\])*"', '""', text)
    while (shorter := re.sub(r"\([^()]*\)", " ", text)) != text:
        text = shorter
    return text


def _dkim(raw: bytes, count: int, fetch_key: FetchKey | None) -> str:
    """One word for all signatures: one that holds is enough."""
    results = [_signature(raw, number, fetch_key) for number in range(min(count, _MOST_SIGNATURES))]
    return min(results, key=_order)


def _signature(raw: bytes, number: int, fetch_key: FetchKey | None) -> str:
    import dkim
    from dkim.dnsplug import get_txt
    from dns.exception import DNSException

    away = False

    def fetch(name: bytes, timeout: float = _DNS_S) -> bytes | None:
        nonlocal away
        try:
            return (fetch_key or get_txt)(name, timeout=timeout)
        except (dkim.DnsTimeoutError, DNSException, OSError) as error:
            away = True
            raise dkim.DnsTimeoutError from error

    try:
        holds = dkim.DKIM(raw, logger=_quiet, timeout=_DNS_S).verify(number, dnsfunc=fetch)
    except dkim.ValidationError:
        holds = False
    except (dkim.DKIMException, ValueError, TypeError, LookupError, AttributeError):  # the library trusts its input
        return "temperror" if away else "permerror"
    if away:  # the library takes an unanswered question for a broken signature
        return "temperror"
    return "pass" if holds else "fail"
