"""Encrypted mail (RFC 8551, CMS EnvelopedData and AuthEnvelopedData) opened with the office's own key.

Keys are given by RSA (PKCS#1 v1.5 or OAEP) or agreed on an elliptic curve (mail.smime_agree); the content is AES or,
from old programs, triple DES.  Whatever fails says the same, so that nobody learns from our answers; only what stands
in the open, a way that is not known here, is told apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, pem, x509
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

from mail.smime_agree import CURVES, agreed, known

_GCM = {"2.16.840.1.101.3.4.1.6", "2.16.840.1.101.3.4.1.26", "2.16.840.1.101.3.4.1.46"}
_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


class NotOurs(Exception):
    """It cannot be opened with this key."""


class UnknownWay(NotOurs):
    """It is for our certificate, but locked in a way that is not known here."""


@dataclass(frozen=True, slots=True)
class Key:
    """One private key and the certificate that senders encrypt for."""

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def keys_in(data: bytes) -> tuple[Key, ...]:
    """The keys of a PEM file: private keys without a passphrase, and their certificates, in any order.

    Raises:
        ValueError: there is no RSA key and none on a usual curve with its certificate in it.
    """
    if not pem.detect(data):
        raise ValueError("no key")
    blocks = re.findall(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", data, re.DOTALL)
    certificates = [x509.Certificate.load(der) for kind, _, der in pem.unarmor(data, multiple=True)
                    if kind == "CERTIFICATE"]  # fmt: skip
    found = []
    for block in blocks:
        try:
            private = serialization.load_pem_private_key(block, None)
        except (TypeError, UnsupportedAlgorithm) as error:
            raise ValueError("a key with a passphrase") from error
        if isinstance(private, rsa.RSAPrivateKey) or (
            isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in CURVES
        ):
            found += [Key(private, one) for one in certificates if _public(one) == private.public_key()]
    if not found:
        raise ValueError("no key with its certificate")
    return tuple(found)


def opened(info: cms.ContentInfo, keys: tuple[Key, ...]) -> bytes:
    """The mail inside.

    Raises:
        NotOurs: for others, in a way that is not known here (UnknownWay), or damaged.
    """
    content = info["content"]
    whole = info["content_type"].native == "authenticated_enveloped_data"
    inside = content["auth_encrypted_content_info" if whole else "encrypted_content_info"]
    for secret in _secrets(content["recipient_infos"], keys):
        try:
            if whole or inside["content_encryption_algorithm"]["algorithm"].dotted in _GCM:
                return _with_tag(content, inside, secret)
            return _in_blocks(inside, secret)
        except (ValueError, InvalidTag, UnsupportedAlgorithm):
            continue
    raise NotOurs


def _secrets(recipients: Any, keys: tuple[Key, ...]) -> Iterator[bytes]:
    """Raises UnknownWay when nothing was found and something is for us in a way not known here."""
    strange = found = False
    for one in recipients:
        for key, part in _ours(one, keys):
            if not _knows(key, one):
                strange = True
                continue
            found = True
            try:
                yield _secret(key, one, part)
            except ValueError:
                continue
    if strange and not found:
        raise UnknownWay


def _ours(recipient: Any, keys: tuple[Key, ...]) -> Iterator[tuple[Key, bytes]]:
    """The keys it is for, each with what is locked for it."""
    if recipient.name not in ("ktri", "kari"):
        return
    alone = recipient.name == "ktri"
    for one in [recipient.chosen] if alone else recipient.chosen["recipient_encrypted_keys"]:
        for key in keys:
            if isinstance(key.private, rsa.RSAPrivateKey) is alone and _is_for(one["rid"], key.certificate):
                yield key, one["encrypted_key"].native


def _knows(key: Key, recipient: Any) -> bool:
    if isinstance(key.private, rsa.RSAPrivateKey):
        return recipient.chosen["key_encryption_algorithm"]["algorithm"].native in ("rsaes_pkcs1v15", "rsaes_oaep")
    return known(recipient.chosen)


def _secret(key: Key, recipient: Any, locked: bytes) -> bytes:
    if isinstance(key.private, rsa.RSAPrivateKey):
        return key.private.decrypt(locked, _padding(recipient.chosen["key_encryption_algorithm"]))
    return agreed(key.private, recipient.chosen, locked)


def _is_for(rid: Any, certificate: x509.Certificate) -> bool:
    if rid.name == "subject_key_identifier":
        return bool(certificate.key_identifier == rid.native)
    if rid.name == "r_key_id":
        return bool(certificate.key_identifier == rid.chosen["subject_key_identifier"].native)
    name = rid.chosen
    return bool(name["issuer"] == certificate.issuer and name["serial_number"].native == certificate.serial_number)


def _padding(way: Any) -> padding.AsymmetricPadding:
    if way["algorithm"].native != "rsaes_oaep":
        return padding.PKCS1v15()
    told = way["parameters"]
    mask = told["mask_gen_algorithm"]["parameters"]["algorithm"].native
    return padding.OAEP(padding.MGF1(_HASHES[mask]()), _HASHES[told["hash_algorithm"]["algorithm"].native](), None)


def _in_blocks(inside: Any, secret: bytes) -> bytes:
    way = inside["content_encryption_algorithm"]
    name, start = way["algorithm"].native, way["parameters"].native
    cipher = algorithms.AES(secret) if name.startswith("aes") else TripleDES(secret)
    if not name.endswith(("_cbc", "_3key")) or not isinstance(start, bytes):
        raise ValueError(name)
    reader = Cipher(cipher, modes.CBC(start)).decryptor()
    plain = reader.update(inside["encrypted_content"].native) + reader.finalize()
    unpadder = PKCS7(cipher.block_size).unpadder()
    return unpadder.update(plain) + unpadder.finalize()


def _with_tag(content: Any, inside: Any, secret: bytes) -> bytes:
    """AES-GCM (RFC 5084): the tag stands behind the content, the signed attributes are vouched for too."""
    nonce = inside["content_encryption_algorithm"]["parameters"].native["0"]
    attributes = content["auth_attrs"]
    also = attributes.untag().dump(force=True) if attributes.native else None
    sealed = inside["encrypted_content"].native + content["mac"].native
    return AESGCM(secret).decrypt(nonce, sealed, also)


def _public(certificate: x509.Certificate) -> Any:
    try:
        return serialization.load_der_public_key(certificate.public_key.dump())
    except (ValueError, UnsupportedAlgorithm):
        return None
