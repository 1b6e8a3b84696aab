"""Time stamps (RFC 3161): the CMS with one inside, and what happens when the stamping service is out of reach."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from typing import Any

from gateway.errors import ClockOff, StampUnavailable
from gateway.seal.port import PreparedSeal
from gateway.seal.practice import Practice

log = logging.getLogger(__name__)
TROUBLE = (OSError, ValueError)
"""A service out of reach (pyHanko's TimestampRequestError and requests' own are OSErrors), or no answer of its kind."""


async def signed(signer: Any, prepared: PreparedSeal, practice: Practice) -> bytes:
    """The CMS over the digest (ETSI EN 319 142-1): B-B, or B-T with a time stamp inside.

    Raises:
        StampUnavailable: no time stamp, and `practice.later` is off.
        ClockOff: our clock and the service's differ too much.
    """
    made = await signer.async_sign(prepared.digest, prepared.algorithm, use_pades=True)
    client = practice.stamps()
    if client is not None:
        (about,) = made["content"]["signer_infos"]
        try:
            digest = hashlib.new(prepared.algorithm, about["signature"].native).digest()
            token = await client.async_timestamp(digest, prepared.algorithm)
        except TROUBLE as error:
            if not practice.later:
                raise StampUnavailable from error
            log.warning("- seal_without_stamp reason=%s", type(error).__name__)
        else:
            check_clock(token, practice.clock_limit_s)
            about["unsigned_attrs"] = [_attribute(token)]
    return bytes(made.dump())


def _attribute(token: Any) -> Any:
    from pyhanko.sign.general import simple_cms_attribute

    return simple_cms_attribute("signature_time_stamp_token", token)


def check_clock(token: Any, limit_s: float) -> None:
    """Compares our clock with the time in a token that has just come.

    Raises:
        ClockOff: they differ by more than the limit.
    """
    said = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    off = abs((dt.datetime.now(dt.UTC) - said).total_seconds())
    if off > limit_s:
        raise ClockOff(
            f"Đồng hồ của máy lệch {off:.0f} giây so với dịch vụ cấp dấu thời gian nên chưa ký. "
            "Hãy chỉnh đồng hồ rồi ký lại."
        )
