"""Whose key it is, and whether its certificate may seal: time, purpose, strength, chain, revocation, body (R-104)."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.document import VN
from gateway.errors import CertificateUnfit, StampUnavailable
from gateway.seal.practice import PLAIN, Practice
from gateway.seal.rehearsal import ISSUER
from gateway.seal.trust import Trust, asking, context

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate

log = logging.getLogger(__name__)
_NO_WORD = "Không hỏi được nhà cung cấp xem chứng thư có bị thu hồi không nên chưa ký. Hãy kiểm tra mạng rồi ký lại."
_RSA_BITS, _EC_BITS = 2048, 256
_WEAK = ("md2", "md5", "sha1")
_PURPOSES = frozenset({"digital_signature", "non_repudiation"})
_LONGEST_NAME = 64
"""A common name has no more letters (X.520); longer names of bodies are cut there."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with the chain its holder keeps, and whom the office trusts."""

    certificate: Certificate
    chain: tuple[Certificate, ...] = ()
    practice: Practice = PLAIN

    @property
    def rehearsal(self) -> bool:
        """Issued by the rehearsal authority."""
        return _text(self.certificate.issuer.native.get("common_name")) == ISSUER

    def subject(self) -> str:
        """Common name."""
        return _text(self.certificate.subject.native.get("common_name"))

    def check(self, at: dt.datetime) -> None:
        """Whether the certificate may seal at that time.

        Raises:
            CertificateUnfit: with the reason.
            StampUnavailable: its issuer does not say whether it is revoked.
        """
        _check_time(self.certificate, at)
        usage = self.certificate.key_usage_value
        if usage is not None and not usage.native & _PURPOSES:
            raise CertificateUnfit("Chứng thư không dùng để ký. Hãy chọn chứng thư ký số của cơ quan.")
        _check_strength(self.certificate)
        trust = self.practice.trust()
        if trust.roots:
            self._check_chain(at, trust)

    def _check_chain(self, at: dt.datetime, trust: Trust) -> None:
        from pyhanko_certvalidator.errors import InsufficientRevinfoError, PathError, RevokedError, ValidationError

        try:
            asyncio.run(self._judged(trust, at))
        except RevokedError as error:
            raise CertificateUnfit("Chứng thư đã bị thu hồi. Hãy thay chứng thư mới của cơ quan rồi ký lại.") from error
        except InsufficientRevinfoError as error:
            if not self.practice.later:
                raise StampUnavailable(_NO_WORD) from error
            log.warning("- seal_without_revocation reason=%s", type(error).__name__)
        except (PathError, ValidationError) as error:
            raise CertificateUnfit(
                "Không nối được chứng thư tới chứng thư gốc được tin cậy. "
                "Hãy đặt chứng thư của nhà cung cấp vào thư mục tin cậy rồi ký lại."
            ) from error

    async def _judged(self, trust: Trust, at: dt.datetime) -> None:
        from pyhanko_certvalidator import CertificateValidator

        chain = list(self.chain)
        await CertificateValidator(self.certificate, chain, context(trust, None, moment=at)).async_validate_path()
        if self.practice.ask_issuer:
            async with asking(trust, self.practice.timeout_s) as by:
                await CertificateValidator(self.certificate, chain, by).async_validate_path()

    def check_body(self, body: str) -> None:
        """Whether the certificate is that body's (Decree 30/2020 Article 33.2).

        Raises:
            CertificateUnfit: it names another.
        """
        if not belongs(self.certificate, body):
            raise CertificateUnfit(
                f"Chứng thư là của {self.subject()}, không phải của {body}. Hãy dùng chứng thư của đúng cơ quan."
            )


def _check_time(certificate: Certificate, at: dt.datetime) -> None:
    validity = certificate["tbs_certificate"]["validity"].native
    if at < validity["not_before"]:
        begins = validity["not_before"].astimezone(VN)
        raise CertificateUnfit(f"Chứng thư chỉ có hiệu lực từ {begins:%d/%m/%Y %H:%M}. Hãy kiểm tra đồng hồ của máy.")
    if at > validity["not_after"]:
        ended = validity["not_after"].astimezone(VN)
        raise CertificateUnfit(
            f"Chứng thư chỉ có hiệu lực đến {ended:%d/%m/%Y}. Hãy gia hạn hoặc thay chứng thư rồi ký lại."
        )


def _check_strength(certificate: Certificate) -> None:
    public = certificate.public_key
    enough = public.bit_size >= (_RSA_BITS if public.algorithm.startswith("rsa") else _EC_BITS)
    signed = certificate["signature_algorithm"]
    hashed = "" if signed.signature_algo in ("ed25519", "ed448") else signed.hash_algo
    if not enough or hashed in _WEAK:
        raise CertificateUnfit("Chứng thư dùng khóa hoặc thuật toán băm quá yếu. Hãy thay chứng thư mới.")


def leading_up(own: Certificate, others: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """Of the other certificates in a token those that vouch for its own, one for the other, in that order.

    A token may hold a person's or an encryption certificate besides: what takes no part is not sent along.
    """
    from gateway.seal.hole import signed_by

    rest, found, last = list(others), [], own
    while rest and not last.self_issued:
        issuer = next((one for one in rest if one.subject == last.issuer and signed_by(last, one)), None)
        if issuer is None:
            break
        rest.remove(issuer)
        found.append(issuer)
        last = issuer
    return tuple(found)


def belongs(certificate: Certificate, body: str) -> bool:
    """Whether the names in the certificate are that body's.

    The common name may leave out what other parts say: "Sở Y tế" of "Tỉnh An Hòa" is "Sở Y tế tỉnh An Hòa".
    """
    names = certificate.subject.native
    common, wanted = _text(names.get("common_name")), _words(body)
    if common and _words(common) in (wanted, _words(body[:_LONGEST_NAME])):
        return True
    own = _words(common)
    rest = wanted[len(own) :]
    others = {word for name, value in names.items() if name != "common_name" for word in _words(_text(value))}
    return bool(own) and wanted[: len(own)] == own and set(rest) <= others


def _words(text: str) -> list[str]:
    return [_folded(word) for word in re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())]


def _folded(word: str) -> str:
    """The tone mark at the end of its syllable, so that hoà and hòa are one word."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    parts = unicodedata.normalize("NFD", word)
    return "".join(one for one in parts if one not in tones) + "".join(one for one in parts if one in tones)


def _text(value: Any) -> str:
    """A name part that may occur several times."""
    return " ".join(str(one) for one in value) if isinstance(value, list) else str(value or "")
