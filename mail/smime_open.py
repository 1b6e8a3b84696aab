"""Encrypted mail (RFC 8551, CMS EnvelopedData and AuthEnvelopedData) opened with the office's own key.

Keys are given by RSA (PKCS#1 v1.5 or OAEP); the content is AES or, from old programs, triple DES.  Whatever fails says
the same, so that nobody learns from our answers.
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
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

_GCM = {"2.16.840.1.101.3.4.1.6", "2.16.840.1.101.3.4.1.26", "2.16.840.1.101.3.4.1.46"}
_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


class NotOurs(Exception):
    """It cannot be opened with this key."""


@dataclass(frozen=True, slots=True)
class Key:
    """One private key and the certificate that senders encrypt for."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate


def keys_in(data: bytes) -> tuple[Key, ...]:
    """The keys of a PEM file: private keys without a passphrase, and their certificates, in any order.

    Raises:
        ValueError: there is no RSA key with its certificate in it.
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
        if isinstance(private, rsa.RSAPrivateKey):
            numbers = private.public_key().public_numbers()
            found += [Key(private, one) for one in certificates if _modulus(one) == numbers.n]
    if not found:
        raise ValueError("no RSA key with its certificate")
    return tuple(found)


def opened(info: cms.ContentInfo, keys: tuple[Key, ...]) -> bytes:
    """The mail inside.

    Raises:
        NotOurs: for others, in a way that is not known here, or damaged.
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
    for one in recipients:
        if one.name != "ktri":
            continue
        for key in keys:
            if _is_for(one.chosen["rid"], key.certificate):
                way = one.chosen["key_encryption_algorithm"]
                try:
                    yield key.private.decrypt(one.chosen["encrypted_key"].native, _padding(way))
                except ValueError:
                    continue


def _is_for(rid: Any, certificate: x509.Certificate) -> bool:
    if rid.name == "subject_key_identifier":
        return bool(certificate.key_identifier == rid.native)
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


def _modulus(certificate: x509.Certificate) -> int:
    if certificate.public_key.algorithm != "rsa":
        return 0
    return int(certificate.public_key["public_key"].parsed["modulus"].native)
