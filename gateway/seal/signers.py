"""Who holds the key: for now a PKCS#12 file.  A token is the same port with another `cms`."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import CertificateUnfit, KeyUnavailable
from gateway.seal.port import PreparedSeal
from gateway.seal.rehearsal import ISSUER

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.signers import SimpleSigner

_RSA_BITS, _EC_BITS = 2048, 256
_STRONG = ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "ed25519", "ed448")


class Pkcs12Signer:
    """A key in a PKCS#12 file.  Fit for rehearsal; a real organisation's key belongs in a token (R-091)."""

    def __init__(self, signer: SimpleSigner) -> None:
        self._signer = signer
        self.rehearsal = self._certificate.issuer.native.get("common_name") == ISSUER

    @property
    def _certificate(self) -> Certificate:
        certificate = self._signer.signing_cert
        if certificate is None:
            raise KeyUnavailable
        return certificate

    def subject(self) -> str:
        """Common name of the certificate."""
        return str(self._certificate.subject.native.get("common_name", ""))

    def certificate(self) -> bytes:
        """The certificate, DER."""
        return bytes(self._certificate.dump())

    def check(self, at: dt.datetime) -> None:
        """Validity, purpose and strength at that time.

        Raises:
            CertificateUnfit: with the reason.
        """
        validity = self._certificate["tbs_certificate"]["validity"].native
        if not validity["not_before"] <= at <= validity["not_after"]:
            ends = validity["not_after"].strftime("%d/%m/%Y")
            raise CertificateUnfit(f"Chứng thư chỉ có hiệu lực đến {ends}. Hãy gia hạn hoặc thay chứng thư rồi ký lại.")
        usage = self._certificate.key_usage_value
        if usage is not None and not usage.native & {"digital_signature", "non_repudiation"}:
            raise CertificateUnfit("Chứng thư không dùng để ký. Hãy chọn chứng thư ký số của cơ quan.")
        self._check_strength()

    def _check_strength(self) -> None:
        public = self._certificate.public_key
        enough = public.bit_size >= (_EC_BITS if public.algorithm == "ec" else _RSA_BITS)
        algorithm = self._certificate["signature_algorithm"]
        hash_name = (
            algorithm.hash_algo if algorithm.signature_algo not in ("ed25519", "ed448") else algorithm.signature_algo
        )
        if not enough or hash_name not in _STRONG:
            raise CertificateUnfit("Chứng thư dùng khóa hoặc thuật toán băm quá yếu. Hãy thay chứng thư mới.")

    def cms(self, prepared: PreparedSeal) -> bytes:
        """The detached signature (ETSI EN 319 142-1, level B-B)."""
        content = asyncio.run(self._signer.async_sign(prepared.digest, prepared.algorithm, use_pades=True))
        return bytes(content.dump())


def open_signer(file: Path, passphrase_file: Path) -> Pkcs12Signer:
    """Opens a PKCS#12 key; the passphrase is tried once.

    Raises:
        KeyUnavailable: a file is missing, or the passphrase does not fit.
    """
    from pyhanko.sign.signers import SimpleSigner

    try:
        passphrase = passphrase_file.read_bytes().strip()
        signer = SimpleSigner.load_pkcs12(str(file), passphrase=passphrase)
    except OSError as error:
        raise KeyUnavailable(f"Không mở được tệp khóa {file.name}. Hãy kiểm tra đường dẫn và quyền đọc.") from error
    if signer is None:
        raise KeyUnavailable("Mật khẩu không mở được tệp khóa. Hãy kiểm tra tệp mật khẩu.")
    return Pkcs12Signer(signer)
