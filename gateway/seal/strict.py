"""What is odd about a CMS although its signature fits: places that the signature does not cover, written otherwise than
one careful writer writes them.

A changed byte there changes nothing that was signed, yet it is no longer the file that was sealed.  In papers of others
it may as well be their program's own way: so it is told, and never called a broken signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asn1crypto.cms import SignedData

NOT_DER = "not_der"
"""Not in the one form that DER allows (X.690, 10 and 11)."""
VERSION = "version"
"""Another version than RFC 5652, 5.1 and 5.3 give it."""
DIGEST = "digest"
"""Digest algorithms beside the signer's, or with parameters."""
SIGNER = "signer"
"""The signer is named otherwise than in the certificate."""
CERTIFICATE = "certificate"
"""A certificate came along that takes no part, or that nobody vouches for."""
ATTRIBUTE = "attribute"
"""Something beside the signature that is no time stamp."""

_STRINGS = {12, 18, 19, 22, 26}
_OPAQUE = {4, 20, 27, 28, 30}
_DEEPEST = 40
_TIMES = {23: re.compile(rb"\d{12}Z"), 24: re.compile(rb"\d{14}(?:\.\d*[1-9])?Z")}
_STAMP = "signature_time_stamp_token"


def oddities(signed: SignedData, raw: bytes, known: Iterable[Any]) -> tuple[str, ...]:
    """Codes of what is odd, in order.

    Args:
        signed: the CMS as asn1crypto reads it.
        raw: its bytes, without padding.
        known: certificates that are trusted.
    """
    return tuple(dict.fromkeys(_oddities(signed, raw, tuple(known))))


def _oddities(signed: SignedData, raw: bytes, known: tuple[Any, ...]) -> Iterator[str]:
    if not is_der(raw):
        yield NOT_DER
    about = signed["signer_infos"][0]
    by_key = about["sid"].name == "subject_key_identifier"
    plain = signed["encap_content_info"]["content_type"].native == "data" and not by_key
    if (int(signed["version"]), int(about["version"])) != (1 if plain else 3, 3 if by_key else 1):
        yield VERSION
    digests = [one["algorithm"].native for one in signed["digest_algorithms"]]
    plainly = all(_without_parameters(one) for one in (*signed["digest_algorithms"], about["digest_algorithm"]))
    if digests != [about["digest_algorithm"]["algorithm"].native] or not plainly:
        yield DIGEST
    brought = [one.chosen for one in signed["certificates"] or () if one.name == "certificate"]
    own = _own(about["sid"], brought)
    if own is None or (not by_key and about["sid"].chosen["issuer"].dump() != own.issuer.dump()):
        yield SIGNER
    if len(brought) != len(signed["certificates"] or ()) or not _all_take_part(own, brought, known):
        yield CERTIFICATE
    yield from _beside(about, known)


def _beside(about: Any, known: tuple[Any, ...]) -> Iterator[str]:
    """What stands behind the signature: one time stamp, in which nothing is odd either."""
    beside = about["unsigned_attrs"] or ()
    for one in beside:
        if one["type"].native != _STAMP or len(one["values"]) != 1 or len(beside) != 1:
            yield ATTRIBUTE
            return
        token = one["values"][0]
        found = oddities(token["content"], token.dump(), known)
        yield from (code for code in found if code != CERTIFICATE)  # the service's chain is judged with the stamp


def _without_parameters(algorithm: Any) -> bool:
    """Digest algorithms have none, or NULL (RFC 5754, 2)."""
    return bytes(algorithm["parameters"].dump()) in (b"", b"\x05\x00")


def _own(sid: Any, brought: list[Any]) -> Any:
    if sid.name == "subject_key_identifier":
        return next((one for one in brought if one.key_identifier == sid.chosen.native), None)
    serial, issuer = sid.chosen["serial_number"].native, sid.chosen["issuer"]
    return next((one for one in brought if one.serial_number == serial and one.issuer == issuer), None)


def _all_take_part(own: Any, brought: list[Any], known: tuple[Any, ...]) -> bool:
    """The certificates are one chain, each vouched for by the next; the last by itself or by one that is known.

    A chain that ends before a known root is none's fault: then nobody trusts it anyway.
    """
    from gateway.seal.hole import signed_by

    rest, last = [one for one in brought if own is None or one.dump() != own.dump()], own
    while last is not None and rest:
        following = next((one for one in rest if one.subject == last.issuer and signed_by(last, one)), None)
        if following is None:
            return False
        rest.remove(following)
        last = following
    ends = {one.dump() for one in known}
    alike = [one for one in known if last is not None and one.subject == last.subject]
    return not alike or last.dump() in ends or any(signed_by(last, one) for one in known)


def is_der(data: bytes, depth: int = 0) -> bool:
    """Whether the bytes are values in DER, one behind the other, down to the last."""
    at = 0
    while at < len(data):
        found = _value(data, at)
        if found is None or depth > _DEEPEST:
            return False
        tag, start, at = found
        inside = data[start:at]
        if not (is_der(inside, depth + 1) if tag & 0x20 else tag & 0xC0 or _is_primitive(tag, inside)):
            return False
        if tag & 0x20 and not tag & 0xC0 and tag & 0x1F not in (16, 17):
            return False
    return True


def _value(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Tag, where the content begins, and where it ends; None where the length is not as short as can be."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        return None
    tag, length, start = data[at], data[at + 1], at + 2
    if length >= 0x80:
        count = length & 0x7F
        written = data[start : start + count]
        length, start = int.from_bytes(written, "big"), start + count
        if not 0 < count <= 4 or len(written) < count or written[0] == 0 or length < 0x80:
            return None
    return (tag, start, start + length) if start + length <= len(data) else None


def _is_primitive(tag: int, data: bytes) -> bool:  # noqa: PLR0911 - one line for each kind
    if tag == 1:
        return data in (b"\x00", b"\xff")
    if tag in (2, 10):
        return bool(data) and not (len(data) > 1 and data[0] in (0, 0xFF) and (data[0] ^ data[1]) < 0x80)
    if tag == 3:
        return bool(data) and data[0] < 8 and (len(data) > 1 or not data[0]) and not data[-1] & ((1 << data[0]) - 1)
    if tag == 5:
        return not data
    if tag == 6:
        return bool(data) and data[-1] < 0x80 and not re.search(rb"(?:^|[\x00-\x7f])\x80", data)
    if tag in _STRINGS:
        return _is_text(data, "utf-8" if tag == 12 else "ascii")
    return bool(_TIMES[tag].fullmatch(data)) if tag in _TIMES else tag in _OPAQUE


def _is_text(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
