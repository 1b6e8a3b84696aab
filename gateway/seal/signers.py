"""The key in a PKCS#12 file: for rehearsal.  A real organisation's key belongs in a token (R-091): see pkcs11.py."""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import KeyUnavailable
from gateway.seal.identity import Identity
from gateway.seal.port import PreparedSeal
from gateway.seal.practice import PLAIN, Practice
from gateway.seal.stamping import signed

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner


class Pkcs12Signer:
    """The port Signer over a key in memory."""

    asks_pin = False

    def __init__(self, signer: SimpleSigner, practice: Practice = PLAIN) -> None:
        """
        Args:
            signer: pyHanko's signer with certificate and chain.
            practice: how the office seals.

        Raises:
            KeyUnavailable: the file holds a key without a certificate.
        """
        certificate = signer.signing_cert
        if certificate is None:
            raise KeyUnavailable
        self._signer = signer
        self._practice = practice
        chain = tuple(one for one in signer.cert_registry if one.issuer_serial != certificate.issuer_serial)
        self.identity = Identity(certificate, chain, practice)
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


def open_signer(file: Path, passphrase_file: Path, practice: Practice = PLAIN, *, pss: bool = False) -> Pkcs12Signer:
    """Opens a PKCS#12 key; the passphrase is tried once.

    Args:
        file: PKCS#12 with key, certificate and chain.
        passphrase_file: its passphrase.
        practice: how the office seals.
        pss: an RSA key signs by RSASSA-PSS instead of PKCS#1 v1.5.

    Raises:
        KeyUnavailable: a file is missing, or the passphrase does not fit.
    """
    from pyhanko.sign.signers import SimpleSigner

    try:
        passphrase = passphrase_file.read_bytes().strip()
        signer = SimpleSigner.load_pkcs12(str(file), passphrase=passphrase, prefer_pss=pss)
    except OSError as error:
        raise KeyUnavailable(f"Không mở được tệp khóa {file.name}. Hãy kiểm tra đường dẫn và quyền đọc.") from error
    if signer is None:
        raise KeyUnavailable("Mật khẩu không mở được tệp khóa. Hãy kiểm tra tệp mật khẩu.")
    return Pkcs12Signer(signer, practice)
