"""The part of a signed file that its signature cannot cover: the hole in which the signature itself stands.

A changed byte there leaves the digest right.  So it is asked whether the hole is as one writer writes it: hexadecimal
digits of one case, zeros behind the CMS, certificates that bear their issuers' signatures, one word for the digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_ONE_CASE = re.compile(rb"<(?:[0-9a-f]*|[0-9A-F]*)>")
_LINES = re.compile(rb"[\r\n]+")


def whole(embedded: Any, known: Iterable[Any]) -> bool:
    """Whether the hole of a signature stands as it was written.

    Args:
        embedded: pyHanko's EmbeddedPdfSignature.
        known: certificates whose keys are trusted to check others with.
    """
    written = _written_once(embedded) and _nothing_behind(embedded)
    return written and _one_digest(embedded) and _certificates_stand(embedded, tuple(known))


def _nothing_behind(embedded: Any) -> bool:
    """Behind the newest revision stand line ends at most: what else lies there belongs to no revision."""
    reader = embedded.reader
    if embedded.signed_revision < reader.xrefs.total_revisions - 1:
        return True
    stream, end = reader.stream, int(embedded.byte_range[2]) + int(embedded.byte_range[3])
    at = stream.tell()
    try:
        stream.seek(end)
        return not stream.read().strip(b"\r\n \t\0")
    finally:
        stream.seek(at)


def _written_once(embedded: Any) -> bool:
    start, end = int(embedded.byte_range[1]), int(embedded.byte_range[2])
    stream = embedded.reader.stream
    at = stream.tell()
    try:
        stream.seek(start)
        written = _LINES.sub(b"", stream.read(end - start))
    finally:
        stream.seek(at)
    if not _ONE_CASE.fullmatch(written):
        return False
    digits = written[1:-1]
    data = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    length = _length(data)
    return not data[length:].strip(b"\0")


def _length(data: bytes) -> int:
    """Bytes of the DER value that the data begins with (X.690, 8.1.3); all of it where that is not told."""
    if len(data) < 2:
        return len(data)
    first = data[1]
    if first < 0x80:
        return 2 + first
    count = first & 0x7F
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big") if count else len(data)


def _one_digest(embedded: Any) -> bool:
    """What stands before the certificates says the same as the signer's part (RFC 5652, 5.1 and 5.3)."""
    signed = embedded.signed_data
    named = {one["algorithm"].native for one in signed["digest_algorithms"]}
    about = embedded.signer_info
    versions = (signed["version"].native, about["version"].native)
    by_key = about["sid"].name == "subject_key_identifier"
    return about["digest_algorithm"]["algorithm"].native in named and versions[1] == ("v3" if by_key else "v1")


def _certificates_stand(embedded: Any, known: tuple[Any, ...]) -> bool:
    """No certificate in the hole bears a broken signature of an issuer that is at hand."""
    brought = [embedded.signer_cert, *embedded.other_embedded_certs]
    for one in brought:
        issuers = [issuer for issuer in (*brought, *known) if _may_have_issued(issuer, one)]
        if issuers and not any(signed_by(one, issuer) for issuer in issuers):
            return False
    return True


def cms_of(embedded: Any) -> bytes:
    """The bytes of the CMS in the hole, without what pads it."""
    data = bytes(embedded.pkcs7_content)
    return data[: _length(data)]


def _may_have_issued(issuer: Any, one: Any) -> bool:
    """By name, or by key where both say which key it is: an authority may renew its key under the same name."""
    wanted, has = one.authority_key_identifier, issuer.key_identifier
    if wanted and has:
        return bool(wanted == has)
    return bool(issuer.subject == one.issuer)


def signed_by(one: Any, issuer: Any) -> bool:
    """Whether a certificate bears the other's signature; also True where our library knows no such algorithm."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    try:
        if one["signature_algorithm"].dump() != one["tbs_certificate"]["signature"].dump():  # RFC 5280, 4.1.1.2
            return False
        own = x509.load_der_x509_certificate(one.dump())
        key = x509.load_der_x509_certificate(issuer.dump()).public_key()
        how, digest = own.signature_algorithm_parameters, own.signature_hash_algorithm
        if isinstance(key, rsa.RSAPublicKey) and isinstance(how, padding.PKCS1v15 | padding.PSS) and digest:
            key.verify(own.signature, own.tbs_certificate_bytes, how, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(how, ec.ECDSA):
            key.verify(own.signature, own.tbs_certificate_bytes, how)
    except (InvalidSignature, ValueError, x509.InvalidVersion):
        return False
    except (TypeError, UnsupportedAlgorithm):  # nothing that this library could judge
        return True
    return True
