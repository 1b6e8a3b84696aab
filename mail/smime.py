"""S/MIME (RFC 8551): opens signed mail and says whether the bytes are those that were signed.

Whose key it was is another question: a mail carries its own certificates, so without roots to trust an intact signature
is "unknown".  Encrypted mail is told apart and left closed, unless the office has the key (mail.smime_open).
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asn1crypto.pdf
import asn1crypto.tsp
from asn1crypto import cms, core
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mail import reasons
from mail.part import Allowance, Unopenable
from mail.smime_open import Key, NotOurs, UnknownWay, opened
from mail.vouching import vouched_for

VALID, INVALID, UNKNOWN = "valid", "invalid", "unknown"
_NAMES_WHOLE = (asn1crypto.pdf, asn1crypto.tsp)
"""These modules add names of attributes to `cms`, which closes its list at its first use: were they imported later, as
pyHanko does, whoever opened a signed mail in a process could seal nothing in it."""
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, AttributeError)
"""What asn1crypto raises for damaged structures; AttributeError when a choice holds another kind than its label."""
_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_MOST_SIGNERS, _MOST_CERTIFICATES = 20, 200
_ENCRYPTED = ("enveloped_data", "authenticated_enveloped_data")
_CURVES = ("ecdsa", "sha1_ecdsa", "sha224_ecdsa", "sha256_ecdsa", "sha384_ecdsa", "sha512_ecdsa")
_FIRST_LABEL = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Trust:
    """Who may vouch for the sender's key."""

    roots: tuple[bytes, ...] = ()
    """Certificates, DER."""
    address: str = ""
    """From: of the letter; a signature is "valid" only for the address in the signer's certificate."""
    keys: tuple[Key, ...] = ()
    """The office's own, for mail that is encrypted for it."""


NOBODY = Trust()


def unwrap(data: bytes, allowance: Allowance, trust: Trust = NOBODY) -> tuple[bytes, str]:
    """What is inside application/pkcs7-mime, and the state of the signature ("" for a compressed one).

    Raises:
        Unopenable: encrypted for others, broken, or only a bundle of certificates.
    """
    try:
        info = cms.ContentInfo.load(data)
        kind = info["content_type"].native
        if kind == "signed_data":
            return _signed(info["content"], trust)
        if kind == "compressed_data":
            return _compressed(info["content"], allowance), ""
        if kind in _ENCRYPTED and trust.keys:
            return opened(info, trust.keys), ""
    except UnknownWay as trouble:
        raise Unopenable(reasons.ENCRYPTED_UNKNOWN_WAY) from trouble
    except NotOurs as trouble:
        raise Unopenable(reasons.ENCRYPTED_FOR_OTHERS) from trouble
    except _DAMAGE as trouble:
        raise Unopenable(reasons.BROKEN_PACKAGE) from trouble
    raise Unopenable(reasons.ENCRYPTED_MAIL if "envelop" in str(kind) or "encrypt" in str(kind) else reasons.SIGNATURE)


def check_detached(signed: bytes, signature: bytes, trust: Trust = NOBODY) -> str:
    """State of a multipart/signed: `signed` is the first child as it stands in the mail, headers included.

    Line ends are made canonical when the bytes as they stand do not fit: files of mails are often kept with bare LF.
    """
    try:
        content = cms.ContentInfo.load(signature)["content"]
        state = _state(content, signed, trust)
        return state if state != INVALID else _state(content, re.sub(rb"\r?\n", b"\r\n", signed), trust)
    except _DAMAGE:
        return INVALID


def _signed(content: Any, trust: Trust) -> tuple[bytes, str]:
    inside: bytes | None = content["encap_content_info"]["content"].native
    if inside is None:
        raise Unopenable(reasons.SIGNATURE)
    return inside, _state(content, inside, trust)


def _compressed(content: Any, allowance: Allowance) -> bytes:
    packed: bytes = content["encap_content_info"]["content"].native or b""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, allowance.unpacked_left + 1)
    except zlib.error as trouble:
        raise Unopenable(reasons.BROKEN_PACKAGE) from trouble
    if not allowance.fits(len(data), len(packed)):
        raise Unopenable(reasons.BOMB)
    allowance.spend(len(data))
    return data


def _state(content: Any, signed: bytes, trust: Trust) -> str:
    """Every signer must have signed these bytes; no signer at all proves nothing."""
    signers = list(content["signer_infos"])
    bundle = content["certificates"]
    keys = [] if isinstance(bundle, core.Void) else [one.chosen for one in list(bundle)[:_MOST_CERTIFICATES]]
    owners = [next((one for one in keys if _fits(signer["sid"], one)), None) for signer in signers]
    if not 0 < len(signers) <= _MOST_SIGNERS or not all(
        _intact(signer, owner, signed) for signer, owner in zip(signers, owners, strict=True)
    ):
        return INVALID
    return VALID if all(vouched_for(one, keys, trust.roots, trust.address) for one in owners) else UNKNOWN


def _intact(signer: Any, certificate: Any, signed: bytes) -> bool:
    name = signer["digest_algorithm"]["algorithm"].native
    if name not in _HASHES:
        return False
    attributes = signer["signed_attrs"]
    if attributes.native:
        told = {one["type"].native: one["values"].native for one in attributes}
        if told.get("message_digest") != [hashlib.new(name, signed).digest()]:
            return False
        # RFC 5652 section 5.4: signed as a SET, though it stands in the structure under another tag.
        signed = attributes.untag().dump(force=True)
    return certificate is not None and _verifies(certificate, signer, name, signed)


def _fits(sid: Any, certificate: Any) -> bool:
    if sid.name == "subject_key_identifier":
        return bool(certificate.key_identifier == sid.native)
    return bool(certificate.issuer == sid.chosen["issuer"]
                and certificate.serial_number == sid.chosen["serial_number"].native)  # fmt: skip


def _verifies(certificate: Any, signer: Any, digest: str, signed: bytes) -> bool:
    signature = signer["signature"].native
    method = signer["signature_algorithm"]
    kind = method["algorithm"].native
    first = _FIRST_LABEL.match(kind)
    name = first[0] if first and first[0] in _HASHES else digest
    try:
        key = load_der_public_key(certificate.public_key.dump())
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, _padding(method), _HASHES[_pss_hash(method) or name]())
        elif isinstance(key, ec.EllipticCurvePublicKey) and kind in _CURVES:
            key.verify(signature, signed, ec.ECDSA(_HASHES[name]()))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, *_DAMAGE):
        return False
    return True


def _pss_hash(method: Any) -> str:
    if method["algorithm"].native != "rsassa_pss":
        return ""
    return str(method["parameters"]["hash_algorithm"]["algorithm"].native)


def _padding(method: Any) -> padding.AsymmetricPadding:
    if method["algorithm"].native != "rsassa_pss":
        return padding.PKCS1v15()
    settings = method["parameters"]
    mask = settings["mask_gen_algorithm"]["parameters"]["algorithm"].native
    return padding.PSS(padding.MGF1(_HASHES[mask]()), settings["salt_length"].native)
