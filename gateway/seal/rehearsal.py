"""A rehearsal key: a certificate authority of our own and one certificate, named so that nobody takes it for real."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

ISSUER = "VANTHU TẬP DƯỢT - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
"""Common name of the rehearsal authority; a signer whose issuer bears it is a rehearsal signer."""
_YEARS = 3


@dataclass(frozen=True, slots=True)
class RehearsalFiles:
    """Where the parts lie; all for the owner's eyes only."""

    key: Path
    """PKCS#12 with key, certificate and authority."""
    passphrase: Path
    authority: Path
    """The authority's certificate, PEM: what verification trusts."""


def make_rehearsal_key(files: RehearsalFiles, *, body: str, place: str, now: dt.datetime) -> None:
    """Makes the three files; does nothing when the key is there already.

    Args:
        files: where to.
        body: name of the organisation, becomes the common name.
        place: locality.
        now: aware; start of validity less a day.
    """
    if files.key.exists():
        return
    authority_key, key = (rsa.generate_private_key(public_exponent=65537, key_size=3072) for _ in range(2))
    authority_name = _name(ISSUER, "vanthu", "")
    authority = _certificate(authority_name, authority_name, authority_key.public_key(), authority_key, now, leaf=False)
    subject = _name(body, body, place)
    certificate = _certificate(subject, authority_name, key.public_key(), authority_key, now, leaf=True)
    passphrase = secrets.token_urlsafe(24)
    bundle = pkcs12.serialize_key_and_certificates(
        b"coquan", key, certificate, [authority], serialization.BestAvailableEncryption(passphrase.encode())
    )
    # The key comes last: it is the mark that all three are there.
    _write(files.authority, authority.public_bytes(serialization.Encoding.PEM))
    _write(files.passphrase, passphrase.encode())
    _write(files.key, bundle)


def _name(common: str, organization: str, locality: str) -> x509.Name:
    parts = [
        (NameOID.COUNTRY_NAME, "VN"),
        (NameOID.LOCALITY_NAME, locality),
        (NameOID.ORGANIZATION_NAME, organization[:64]),
        (NameOID.COMMON_NAME, common[:64]),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: rsa.RSAPublicKey,
    signing: rsa.RSAPrivateKey,
    now: dt.datetime,
    *,
    leaf: bool,
) -> x509.Certificate:
    start = now.astimezone(dt.UTC) - dt.timedelta(days=1)
    usage = x509.KeyUsage(
        digital_signature=leaf, content_commitment=leaf, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=not leaf, crl_sign=not leaf, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=not leaf, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    half.rename(path)
