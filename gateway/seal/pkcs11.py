"""The key in a token or HSM (PKCS#11): the PIN is given to it, the key never leaves it (R-091).

One session is kept open, logged in, and calls take turns: python-pkcs11 starts the maker's library without telling it
that there are threads (C_Initialize without CKF_OS_LOCKING_OK), so that two calls at once could harm it.  A pool of
sessions would gain nothing either: of the 158 ms of a seal a turn takes 3 (SoftHSM, RSA 2048), and four sealers at once
make 445 seals a minute.  Time stamps are fetched outside of a turn.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import KeyUnavailable
from gateway.seal.identity import Identity, leading_up
from gateway.seal.pins import Pin, typed
from gateway.seal.port import PreparedSeal
from gateway.seal.practice import PLAIN, Practice
from gateway.seal.stamping import signed
from gateway.seal.trust import certificates_in

_LOCKED = "Thiết bị ký đã bị khóa do nhập sai mã PIN. Hãy liên hệ nhà cung cấp chứng thư để mở khóa."
_NO_TOKEN = "Không thấy thiết bị ký. Hãy cắm thiết bị rồi ký lại."
_NO_KEY = "Thiết bị ký không có đúng một khóa như khai báo. Hãy kiểm tra seal.key rồi ký lại."
_BUSY = "Người khác đang ký bằng thiết bị này. Hãy chờ một lát rồi ký lại."
_TURN = threading.RLock()
"""One for all: the library is the process's."""
_ACT = threading.Lock()
"""A login counts for the whole process: where the sealer types the PIN, acts go one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """Which token and which key."""

    library: Path
    """The maker's PKCS#11 library (.so)."""
    label: str
    """Label of the token."""
    key: str
    """Label of the key and of its certificate."""
    certificates: Path | None = None
    """The key's certificate, then its issuers (PEM or DER), for a token that holds the key alone."""
    pss: bool = False
    """An RSA key signs by RSASSA-PSS instead of PKCS#1 v1.5."""


class Pkcs11Signer:
    """The port Signer over a token."""

    rehearsal = False

    def __init__(self, token: TokenSettings, pin: Pin, practice: Practice = PLAIN) -> None:
        """Touches nothing: the token may be put in later.

        Args:
            token: which key.
            pin: asked for when a login is needed.
            practice: how the office seals.
        """
        self._token, self._pin, self._practice = token, pin, practice
        self._session: Any = None
        self._identity: Identity | None = None

    @property
    def identity(self) -> Identity:
        """The certificate, read at first use; no PIN is needed for that.

        Raises:
            KeyUnavailable: no such library, token or certificate.
        """
        with _TURN:
            if self._identity is None:
                file = self._token.certificates
                own, *others = certificates_in(file) if file else self._certificates()
                self._identity = Identity(own, leading_up(own, others), self._practice)
            return self._identity

    @property
    def asks_pin(self) -> bool:
        """The sealer types the PIN at every act."""
        return self._pin.asked

    @contextmanager
    def opened(self, pin: str) -> Iterator[Pkcs11Signer]:
        """See the port."""
        if not self.asks_pin:
            yield self
            return
        identity = self.identity
        with _ACT:
            mine = Pkcs11Signer(self._token, typed(pin, self._pin), self._practice)
            mine._identity = identity
            try:
                yield mine
            finally:
                mine.close()

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
        """The detached signature; see the port.

        Raises:
            KeyUnavailable: token missing or locked, PIN wrong, or the token's own trouble.
            StampUnavailable: see gateway.seal.stamping.
        """
        return asyncio.run(signed(self._holder(), prepared, self._practice))

    def close(self) -> None:
        """Ends the session and with it the login."""
        from pkcs11.exceptions import PKCS11Error

        with _TURN:
            session, self._session = self._session, None
            if session is not None:
                try:
                    session.close()
                except PKCS11Error:  # it is gone already
                    return

    def _holder(self) -> Any:
        from pyhanko.sign.pkcs11 import select_pkcs11_signing_params
        from pyhanko.sign.signers import Signer

        raw, curve = self._raw, self.identity.certificate.public_key.algorithm == "ec"

        class Holder(Signer):
            """Makes the CMS; the token makes the signature in it."""

            async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
                if dry_run:
                    return bytes(512)
                mechanism = self.get_signature_mechanism_for_digest(digest_algorithm)
                # Hardly a token hashes for ECDSA by itself.
                how = select_pkcs11_signing_params(mechanism, digest_algorithm, curve, {})
                return raw(data, how)

        holder = Holder(prefer_pss=self._token.pss, signing_cert=self.identity.certificate)
        holder.cert_registry.register_multiple(self.identity.chain)
        return holder

    def _raw(self, data: bytes, how: Any) -> bytes:
        """The bare signature.  A session that the token has dropped (pulled out and put back) is opened anew, once."""
        from pkcs11.exceptions import (
            DeviceRemoved,
            KeyHandleInvalid,
            NoSuchKey,
            ObjectHandleInvalid,
            SessionClosed,
            SessionHandleInvalid,
            TokenNotPresent,
            UserNotLoggedIn,
        )

        lost = (
            DeviceRemoved,
            KeyHandleInvalid,
            NoSuchKey,  # after a logout a private key is not to be seen
            ObjectHandleInvalid,
            SessionClosed,
            SessionHandleInvalid,
            TokenNotPresent,
            UserNotLoggedIn,
        )
        given = how.pre_sign_transform(data) if how.pre_sign_transform else data
        with _TURN, _translated():
            kept = self._session is not None
            try:
                made = self._key().sign(given, **how.sign_kwargs)
            except lost:
                self.close()
                if not kept:
                    raise
                made = self._key().sign(given, **how.sign_kwargs)
        return bytes(how.post_sign_transform(made) if how.post_sign_transform else made)

    def _key(self) -> Any:
        from pkcs11 import ObjectClass

        if self._session is None:
            self._session = self._login()
        return self._session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=self._token.key)

    def _login(self) -> Any:
        from pkcs11.exceptions import PinIncorrect, PinInvalid, PinLenRange, UserAlreadyLoggedIn

        token, pin = _token(self._token), self._pin.read()
        if pin in self._pin.refused:
            raise KeyUnavailable(self._pin.wrong)
        try:
            return token.open(user_pin=pin)
        except UserAlreadyLoggedIn:  # somebody else in this process holds the login
            if self._pin.asked:  # then nobody knows whether this PIN is the right one
                raise KeyUnavailable(_BUSY) from None
            return token.open()
        except (PinIncorrect, PinInvalid, PinLenRange) as error:
            self._pin.refused.add(pin)
            raise KeyUnavailable(self._pin.wrong) from error

    def _certificates(self) -> list[Any]:
        """The key's certificate, then all others in the token."""
        from asn1crypto.x509 import Certificate
        from pkcs11 import Attribute, ObjectClass

        with _TURN, _translated(), _token(self._token).open() as session:
            found = [
                (each[Attribute.LABEL], Certificate.load(each[Attribute.VALUE]))
                for each in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
            ]
        own = [one for label, one in found if label == self._token.key]
        if len(own) != 1:
            raise KeyUnavailable(
                f"Thiết bị ký không có đúng một chứng thư tên {self._token.key}. "
                "Hãy kiểm tra seal.key, hoặc khai báo tệp seal.certificate."
            )
        return [*own, *(one for _, one in found if one is not own[0])]


def _token(wanted: TokenSettings) -> Any:
    from pkcs11 import lib
    from pkcs11.exceptions import NoSuchToken

    if not wanted.library.is_file():
        raise KeyUnavailable(f"Không có thư viện {wanted.library} của thiết bị ký. Hãy cài trình điều khiển.")
    try:
        return lib(str(wanted.library)).get_token(token_label=wanted.label)
    except NoSuchToken as error:
        raise KeyUnavailable(_NO_TOKEN) from error


@contextmanager
def _translated() -> Iterator[None]:
    """The token's errors as sentences."""
    from pkcs11.exceptions import MultipleObjectsReturned, NoSuchKey, PinLocked, PKCS11Error

    try:
        yield
    except (NoSuchKey, MultipleObjectsReturned) as error:
        raise KeyUnavailable(_NO_KEY) from error
    except PinLocked as error:
        raise KeyUnavailable(_LOCKED) from error
    except PKCS11Error as error:
        raise KeyUnavailable(f"Thiết bị ký báo lỗi {type(error).__name__}. Hãy rút ra, cắm lại rồi ký lại.") from error
