"""Judges one embedded signature with pyHanko, offline."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
import struct
import zlib
from typing import Any

from gateway.seal.hole import cms_of, whole
from gateway.seal.report import Doubt, Revocation, SignatureReport
from gateway.seal.strict import oddities
from gateway.seal.trust import Trust, context

# A chain that ends nowhere and a file that was tampered with are results here, not faults worth a traceback in the log.
for _name in ("pyhanko.sign", "pyhanko.pdf_utils", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

ODD = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    MemoryError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What libraries throw at a file that was built to harm; each becomes a sentence."""
_WEAK = ("md2", "md5", "sha1")
_DOUBTS = {
    "NO_CERTIFICATE_CHAIN_FOUND": Doubt.UNKNOWN_ROOT,
    "NO_SIGNING_CERTIFICATE_FOUND": Doubt.UNKNOWN_ROOT,
    "REVOKED": Doubt.REVOKED,
    "REVOKED_NO_POE": Doubt.REVOKED,
    "REVOKED_CA_NO_POE": Doubt.REVOKED,
    "EXPIRED": Doubt.EXPIRED,
    "OUT_OF_BOUNDS_NO_POE": Doubt.EXPIRED,
    "OUT_OF_BOUNDS_NOT_REVOKED": Doubt.EXPIRED,
    "NOT_YET_VALID": Doubt.NOT_YET,
    "CHAIN_CONSTRAINTS_FAILURE": Doubt.PURPOSE,
    "CRYPTO_CONSTRAINTS_FAILURE": Doubt.WEAK,
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": Doubt.WEAK,
}


def judge(embedded: Any, trust: Trust, store: Any) -> SignatureReport:
    """The report on one signature.  Never raises for what is in the file.

    Args:
        embedded: pyHanko's EmbeddedPdfSignature.
        trust: whom the office trusts.
        store: the file's own DocumentSecurityStore, or None.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation.errors import SignatureValidationError

    about: dict[str, Any] = {"signer": ""}
    try:
        about = _about(embedded)
        status, looked_up, stamp = _judged(embedded, trust, store)
        known = (*trust.roots, *trust.others)
        hole, odd = whole(embedded, known), oddities(embedded.signed_data, cms_of(embedded), known)
    except (SignatureValidationError, SigningError, PdfError, OSError, *ODD) as error:
        return SignatureReport(**about, problem=type(error).__name__)
    stamped_at = stamp.timestamp if stamp is not None and stamp.valid and stamp.intact else None
    level = _level(embedded, stamped=stamp is not None, store=store)
    found = _found(embedded, status, looked_up)
    found["intact"] = found["intact"] and hole
    return SignatureReport(**about | found | {"stamped_at": stamped_at, "level": level, "odd": odd})


def _about(embedded: Any) -> dict[str, Any]:
    certificate = embedded.signer_cert
    names = certificate.subject.native if certificate is not None else {}
    issuer = certificate.issuer.native if certificate is not None else {}
    return {
        "signer": _one(names.get("common_name")),
        "organization": _one(names.get("organization_name")),
        "locality": _one(names.get("locality_name")),
        "issuer": _one(issuer.get("common_name")),
        "time": _said_time(embedded),
        "weak": str(embedded.md_algorithm).lower() in _WEAK,
    }


def _judged(embedded: Any, trust: Trust, store: Any) -> tuple[Any, bool, Any]:
    """The library's status, whether revocation could be looked up, and the status of the time stamp or None.

    A signature whose certificate is out of date now is judged at the time of its time stamp, where that stamp is good.
    """
    data = bool(trust.lists or trust.answers or (store is not None and (store.crls or store.ocsps)))
    status = _status(embedded, context(trust, store, strict=True)) if data else None
    if status is not None and (status.trusted or status.revoked):
        known = True
    else:
        known, status = False, _status(embedded, context(trust, store))
    stamp = status.timestamp_validity or _later_stamp(embedded, context(trust, store))
    if status.trusted or stamp is None or not (stamp.valid and stamp.intact and stamp.trusted):
        return status, known or status.revoked, stamp
    for strict in (True, False) if data else (False,):
        earlier = _status(embedded, context(trust, store, moment=stamp.timestamp, strict=strict))
        if earlier.trusted:
            return earlier, strict, stamp
    return status, known or status.revoked, stamp


def _later_stamp(embedded: Any, judged_by: Any) -> Any:
    """The status of the first document time stamp over the signature, or None."""
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY
    from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_timestamp

    stamps = embedded.reader.embedded_timestamp_signatures
    first = next((one for one in stamps if one.signed_revision > embedded.signed_revision), None)
    if first is None:
        return None
    return asyncio.run(async_validate_pdf_timestamp(first, judged_by, diff_policy=DEFAULT_DIFF_POLICY))


def _status(embedded: Any, judged_by: Any) -> Any:
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    usage = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)
    return asyncio.run(
        async_validate_pdf_signature(
            embedded,
            signer_validation_context=judged_by,
            ts_validation_context=judged_by,
            diff_policy=DEFAULT_DIFF_POLICY,
            key_usage_settings=usage,
        )
    )


def _found(embedded: Any, status: Any, known: bool) -> dict[str, Any]:
    changes = status.modification_level.name if status.modification_level else "OTHER"
    coverage = status.coverage.name if status.coverage else "UNCLEAR"
    fits = status.intact and status.valid and status.docmdp_ok is not False
    trusted = bool(status.trusted and status.bottom_line)
    indication = status.trust_problem_indic.name if status.trust_problem_indic else ""
    revocation = Revocation.GOOD if known else Revocation.UNKNOWN
    return {
        "time": status.signer_reported_dt or _said_time(embedded),
        "intact": bool(status.intact),
        "valid": bool(fits and changes != "OTHER" and coverage in ("ENTIRE_FILE", "ENTIRE_REVISION")),
        "trusted": trusted,
        "coverage": coverage,
        "changes": changes,
        "revocation": Revocation.REVOKED if status.revoked else revocation,
        "doubt": Doubt.NONE if trusted else _DOUBTS.get(indication, Doubt.CHAIN),
    }


def _level(embedded: Any, *, stamped: bool, store: Any) -> str:
    """PAdES level as far as the file's own parts say (ETSI EN 319 142-1)."""
    if embedded.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        return "CMS"
    if not stamped:
        return "B-B"
    if store is None or not (store.crls or store.ocsps):
        return "B-T"
    later = embedded.reader.embedded_timestamp_signatures
    return "B-LTA" if any(one.signed_revision > embedded.signed_revision for one in later) else "B-LT"


def _one(value: object) -> str:
    """A name attribute that may occur several times."""
    return str(value[0] if isinstance(value, list) and value else value or "")


_PDF_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:([+\-Z])(\d\d)?'?(\d\d)?)?")


def _said_time(embedded: Any) -> dt.datetime | None:
    """The /M entry of the signature dictionary."""
    found = _PDF_DATE.match(str(embedded.sig_object.get("/M", "")))
    if found is None:
        return None
    shift = dt.timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0)) * (-1 if found[7] == "-" else 1)
    try:
        year, month, day, hour, minute, second = (int(found[i]) for i in range(1, 7))
        return dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.timezone(shift))
    except ValueError:
        return None
