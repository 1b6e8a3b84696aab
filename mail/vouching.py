"""Whose S/MIME key is it?  Answered only by roots that somebody chose to trust; nothing is fetched from anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any


def vouched_for(certificate: Any, others: Sequence[Any], roots: Sequence[bytes], address: str) -> bool:
    """True when the certificate leads to one of the roots today and names the sender's address (RFC 8551 section 3).

    Without the address anybody with any certificate of the same authority could sign for anybody.

    Args:
        certificate: the signer's, as asn1crypto has it.
        others: further certificates that the mail carries.
        roots: trusted certificates, DER.
        address: From: of the mail.
    """
    if not roots or not address:
        return False
    from asn1crypto import x509
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import PathError, ValidationError

    try:
        if address.lower() not in _addresses(certificate):
            return False
        trusted = [x509.Certificate.load(one) for one in roots]
        context = ValidationContext(trust_roots=trusted, other_certs=others, allow_fetching=False)
        asyncio.run(CertificateValidator(certificate, others, context).async_validate_path())
    except (PathError, ValidationError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        return False
    return True


def _addresses(certificate: Any) -> set[str]:
    names = certificate.subject_alt_name_value or []
    found = {str(name.native).lower() for name in names if name.name == "rfc822_name"}
    return found | {str(certificate.subject.native.get("email_address", "")).lower()}
