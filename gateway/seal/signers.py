"""The key in a PKCS#12 file: for rehearsal.  A real organisation's key belongs in a token (R-091): see pkcs11.py."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from gateway.errors import KeyUnavailable
from gateway.seal.identity import Identity
from gateway.seal.port import PreparedSeal
from gateway.seal.practice import PLAIN, Practice
from gateway.seal.stamping import signed

if TYPE_CHECKING:
    from asn1crypto.keys import PrivateKeyInfo
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.signers import SimpleSigner


class Pkcs12Signer:
    """The port Signer over a key in memory.  pyHanko comes with the first seal: a start does not wait for it."""

    asks_pin = False

    def __init__(self, key: PrivateKeyInfo, chain: Sequence[Certificate], practice: Practice = PLAIN, *,
                 pss: bool = False) -> None:
        """
        Args:
            key: the private key.
            chain: its certificate, then the others of the file.
            practice: how the office seals.
            pss: an RSA key signs by RSASSA-PSS instead of PKCS#1 v1.5.
        """
        self._key, self._pss = key, pss
        self._practice = practice
        certificate = chain[0]
        others = tuple(one for one in chain[1:] if one.issuer_serial != certificate.issuer_serial)
        self.identity = Identity(certificate, others, practice)
        self.rehearsal = self.identity.rehearsal

    def opened(self, pin: str) -> AbstractContextManager[Pkcs12Signer]:
        """The key stands open; no PIN is asked for."""
        return nullcontext(self)

    def subject(self) -> str:
        """Common name of the certificate."""
        return self.identity.subject()

    def certificate(self) -> bytes:
        """The certificate, DER."""
        return bytes(self.identity.certificate.dump())

    def check(self, at: dt.datetime) -> None:
        """See gateway.seal.identity."""
        self.identity.check(at)

    def cms(self, prepared: PreparedSeal) -> bytes:
        """The detached signature, with a time stamp where one is wanted.

        Raises:
            StampUnavailable: the time stamp could not be had and the settings do not seal without it.
        """
        return asyncio.run(signed(self._signer, prepared, self._practice))

    @cached_property
    def _signer(self) -> SimpleSigner:
        from pyhanko.sign.signers import SimpleSigner
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple(self.identity.chain)
        return SimpleSigner(signing_key=self._key, signing_cert=self.identity.certificate, cert_registry=registry,
                            prefer_pss=self._pss)


def open_signer(file: Path, passphrase_file: Path, practice: Practice = PLAIN, *, pss: bool = False) -> Pkcs12Signer:
    """Opens a PKCS#12 key; the passphrase is tried once.

    Args:
        file: PKCS#12 with key, certificate and chain.
        passphrase_file: its passphrase.
        practice: how the office seals.
        pss: an RSA key signs by RSASSA-PSS instead of PKCS#1 v1.5.

    Raises:
        KeyUnavailable: a file is missing, the passphrase does not fit, or there is no key with its certificate.
    """
    from asn1crypto.keys import PrivateKeyInfo
    from asn1crypto.x509 import Certificate

    try:
        key, certificate, others = pkcs12.load_key_and_certificates(file.read_bytes(),
                                                                    passphrase_file.read_bytes().strip())
    except OSError as error:
        raise KeyUnavailable(f"Không mở được tệp khóa {file.name}. Hãy kiểm tra đường dẫn và quyền đọc.") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnavailable("Mật khẩu không mở được tệp khóa. Hãy kiểm tra tệp mật khẩu.") from error
    if key is None or certificate is None:
        raise KeyUnavailable
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    chain = [Certificate.load(one.public_bytes(Encoding.DER)) for one in (certificate, *others)]
    return Pkcs12Signer(PrivateKeyInfo.load(plain), chain, practice, pss=pss)
