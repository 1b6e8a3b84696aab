"""Time stamps over a bare hash (RFC 3161): asked for, and judged again years later, offline."""
from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Any

from gateway.errors import StampUnavailable
from gateway.seal.practice import Practice
from gateway.seal.stamping import TROUBLE, check_clock
from gateway.seal.trust import Trust, context

ALGORITHM = "sha256"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token says."""

    at: dt.datetime
    by: str
    """The service, as its certificate names it."""
    fits: bool
    """It is whole, and over this hash."""
    trusted: bool
    """Its certificate leads to a root of the office, as of its own time."""


def stamp_hash(digest: bytes, practice: Practice) -> bytes:
    """The service's token over a SHA-256, DER.

    Raises:
        StampUnavailable: no service is named, or it gives none.
        ClockOff: our clock and the service's differ too much.
    """
    client = practice.stamps()
    if client is None:
        raise StampUnavailable
    try:
        token = asyncio.run(client.async_timestamp(digest, ALGORITHM))
    except TROUBLE as error:
        raise StampUnavailable from error
    check_clock(token, practice.clock_limit_s)
    return bytes(token.dump())


def read_stamp(token: bytes, digest: bytes, trust: Trust) -> Stamp | None:
    """What the token says about this hash; None when it is no token."""
    from asn1crypto import cms

    try:
        signed = cms.ContentInfo.load(token, strict=True)["content"]
        said = signed["encap_content_info"]["content"].parsed
        at: dt.datetime = said["gen_time"].native
        found = asyncio.run(_judged(signed, digest, trust, at))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return Stamp(at, str(found.signing_cert.subject.human_friendly), bool(found.intact and found.valid),
                 bool(found.trusted))


async def _judged(signed: Any, digest: bytes, trust: Trust, at: dt.datetime) -> Any:
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
    from pyhanko.sign.validation.status import TimestampSignatureStatus

    def imprint(algorithm: str) -> bytes:
        return digest if algorithm == ALGORITHM else b""

    facts = await validate_tst_signed_data(signed, context(trust, None, moment=at), imprint)
    return TimestampSignatureStatus(**facts)
