"""The key of an encrypted mail where the recipient's key lies on an elliptic curve (RFC 5753, ephemeral-static ECDH).

The sender made a key pair for this one mail; its public half and our private one give a secret, X9.63 makes of it the
key that unwraps the mail's own (RFC 3394).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from asn1crypto import algos, core
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"})
"""Cofactor 1: on these the schemes with and without cofactor are one."""
_SCHEMES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "1.3.133.16.840.63.0.2": hashes.SHA1, "1.3.132.1.11.0": hashes.SHA224, "1.3.132.1.11.1": hashes.SHA256,
    "1.3.132.1.11.2": hashes.SHA384, "1.3.132.1.11.3": hashes.SHA512,
    "1.3.133.16.840.63.0.3": hashes.SHA1, "1.3.132.1.14.0": hashes.SHA224, "1.3.132.1.14.1": hashes.SHA256,
    "1.3.132.1.14.2": hashes.SHA384, "1.3.132.1.14.3": hashes.SHA512}  # fmt: skip
"""dhSinglePass-stdDH and -cofactorDH, by the hash of their KDF."""
_WRAPS = {"2.16.840.1.101.3.4.1.5": 16, "2.16.840.1.101.3.4.1.25": 24, "2.16.840.1.101.3.4.1.45": 32}
"""AES key wrap: bytes of the wrapping key."""


class _SharedInfo(core.Sequence):  # type: ignore[misc]
    """ECC-CMS-SharedInfo, RFC 5753 section 7.2."""

    _fields = [
        ("key_info", algos.AlgorithmIdentifier),
        ("entity_u_info", core.OctetString, {"explicit": 0, "optional": True}),
        ("supp_pub_info", core.OctetString, {"explicit": 2}),
    ]


def known(recipient: Any) -> bool:
    """Is the way of this KeyAgreeRecipientInfo one that can be gone here?"""
    way = recipient["key_encryption_algorithm"]
    if way["algorithm"].dotted not in _SCHEMES or recipient["originator"].name != "originator_key":
        return False
    return _wrap(way)["algorithm"].dotted in _WRAPS


def agreed(private: ec.EllipticCurvePrivateKey, recipient: Any, wrapped: bytes) -> bytes:
    """The mail's key out of a KeyAgreeRecipientInfo that is `known`; `wrapped` is what it holds for our certificate.

    Raises:
        ValueError: the sender's point is not on our curve, or the key was wrapped for another.
    """
    way = recipient["key_encryption_algorithm"]
    wrap = _wrap(way)
    size = _WRAPS[wrap["algorithm"].dotted]
    # The point is read on OUR curve, whatever the parameters beside it say (RFC 5753 lets them be absent).
    point = recipient["originator"].chosen["public_key"].contents[1:]
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(private.curve, point))
    told: dict[str, Any] = {"key_info": wrap, "supp_pub_info": struct.pack(">I", size * 8)}
    if recipient["ukm"].native is not None:
        told["entity_u_info"] = recipient["ukm"].native
    info = _SharedInfo(told).dump()
    key = X963KDF(_SCHEMES[way["algorithm"].dotted](), size, info).derive(shared)
    try:
        return aes_key_unwrap(key, wrapped)
    except InvalidUnwrap as error:
        raise ValueError("wrapped for another") from error


def _wrap(way: Any) -> Any:
    return algos.AlgorithmIdentifier.load(way["parameters"].dump())
