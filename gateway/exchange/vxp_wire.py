"""The VXP wire, both ends of it: signed headers, the hash of the body, the time stamp (interchange notes §10.2).

Parameters travel as headers `XroadVnpt-<name>`.  A compact JSON object of these headers is signed by HMAC-SHA-256; the
body is covered by `hash-file` only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from gateway.document import VN

PREFIX = "XroadVnpt-"
VERSION = "3.0.201608"
AGENT = "JAVASDKAgent/1.0.0 XRoad/VPCP"


def hash_file(body: bytes, *, padded: bool = False) -> str:
    """SHA-256 of the body in hex.  Each byte is printed without a leading zero, as the axis' own client does; `padded`
    gives the usual 64 digits."""
    digest = hashlib.sha256(body).digest()
    return digest.hex() if padded else "".join(f"{byte:x}" for byte in digest)


def timestamp(at: dt.datetime) -> str:
    """ddMMyyyy'T'HHmmss+SSSS in Viet Nam's time; after the plus come milliseconds, four digits wide, and no zone."""
    local = at.astimezone(VN)
    return f"{local:%d%m%YT%H%M%S}+{local.microsecond // 1000:04d}"


def sign(parameters: Mapping[str, str], secret: str) -> dict[str, str]:
    """All headers of a request, in the order of `parameters`."""
    headers = {PREFIX + name: value for name, value in parameters.items()}
    signed = json.dumps(headers, ensure_ascii=False, separators=(",", ":"))
    return {
        **headers,
        PREFIX + "sign-header-key": ";".join(parameters),
        PREFIX + "sign-header": signed,
        PREFIX + "hash-header": _mac(signed, secret),
        PREFIX + "version": VERSION,
    }


def _mac(signed: str, secret: str) -> str:
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()


def verify(headers: Sequence[tuple[str, str]], secret: str) -> dict[str, str] | None:
    """The signed parameters of a request by their names and by these in lower case, or None when signature or copies
    do not agree.

    Header names are compared without regard to case; further unsigned parameters are ignored.  A client that keeps
    parameters of earlier calls may sign both "docId" and "docid": each must stand among the headers of that name.
    """
    said: dict[str, list[str]] = {}
    for name, value in headers:
        said.setdefault(name.lower(), []).append(value.strip())
    signed = said.get(PREFIX.lower() + "sign-header", [""])[-1]
    told = said.get(PREFIX.lower() + "hash-header", [""])[-1].lower()
    if not hmac.compare_digest(_mac(signed, secret).encode(), told.encode()):
        return None
    try:
        listed = json.loads(signed)
    except ValueError:
        return None
    if not isinstance(listed, dict):
        return None
    values = {str(name): _plain(value) for name, value in listed.items() if value is not None}
    if any(value not in said.get(name.lower(), [""]) for name, value in values.items()):
        return None
    named = {name.removeprefix(PREFIX): value for name, value in values.items()}
    return {name.lower(): value for name, value in named.items()} | named


def _plain(value: object) -> str:
    """A value of the signed object as its header bears it: clients may sign 1 or true beside texts."""
    return value.strip() if isinstance(value, str) else json.dumps(value)
