"""Whom this office trusts: certificates and revocation lists from a folder, never from network or sender."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.errors import BadSettings

if TYPE_CHECKING:
    from asn1crypto.crl import CertificateList
    from asn1crypto.x509 import Certificate

_CERTIFICATES = frozenset({".pem", ".crt", ".cer", ".der"})
_LISTS = frozenset({".crl"})


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Trust:
    """What a signature is judged by."""

    roots: tuple[Certificate, ...] = ()
    """Trust anchors."""
    others: tuple[Certificate, ...] = ()
    """Certificates between: real papers often carry the leaf alone."""
    lists: tuple[CertificateList, ...] = ()
    """Revocation lists, fetched by whoever keeps the folder."""
    answers: tuple[bytes, ...] = ()
    """OCSP answers, DER: from kept evidence."""
    old_algorithms: bool = True
    """Signatures by SHA-1 may be trusted; they are reported as weak either way (R-151)."""
    now: Callable[[], dt.datetime] = _now
    """The moment of judging; evidence is judged at its own moment."""


def load_trust(path: Path, *, old_algorithms: bool = True) -> Trust:
    """Trust from one file or a folder of .pem .crt .cer .der and .crl files; a missing path trusts nobody.

    Self-issued certificates become roots, the others stand between.

    Raises:
        BadSettings: a file holds nothing that can be read.
    """
    return trust_from(trust_files(path), old_algorithms=old_algorithms)


def trust_files(path: Path) -> list[Path]:
    """The files that load_trust reads, in order."""
    files = sorted(path.iterdir()) if path.is_dir() else [path] if path.exists() else []
    return [file for file in files if file.suffix.lower() in _CERTIFICATES | _LISTS]


def trust_from(files: Iterable[Path], *, old_algorithms: bool = True) -> Trust:
    """Trust from these files, which their endings tell apart.

    Raises:
        BadSettings: a file holds nothing that can be read.
    """
    files = list(files)
    certificates = [one for file in files if file.suffix.lower() in _CERTIFICATES for one in certificates_in(file)]
    lists = tuple(_list(file) for file in files if file.suffix.lower() in _LISTS)
    roots = tuple(one for one in certificates if one.self_issued)
    others = tuple(one for one in certificates if not one.self_issued)
    return Trust(roots, others, lists, old_algorithms=old_algorithms)


def certificates_in(file: Path) -> list[Certificate]:
    """The certificates in a PEM or DER file, in the file's order; at least one.

    Raises:
        BadSettings: the file holds nothing that can be read.
    """
    from pyhanko.keys import load_certs_from_pemder

    try:
        found = list(load_certs_from_pemder([str(file)]))
        for one in found:
            one.native  # noqa: B018 - reads all of it: what is broken shows now, not at the first signature
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(file, "chứng thư") from error
    if not found:
        raise _unreadable(file, "chứng thư")
    return found


def _list(file: Path) -> CertificateList:
    from asn1crypto import pem
    from asn1crypto.crl import CertificateList

    try:
        data = file.read_bytes()
        if pem.detect(data):
            data = pem.unarmor(data)[2]
        found = CertificateList.load(data, strict=True)
        found["tbs_cert_list"].native  # noqa: B018 - as above
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(file, "danh sách thu hồi") from error
    return found


def _unreadable(file: Path, what: str) -> BadSettings:
    return BadSettings(f"{file} không chứa {what} đọc được. Hãy đặt tệp .pem, .cer hoặc .crl đúng.")


@asynccontextmanager
async def asking(trust: Trust, timeout_s: float) -> AsyncIterator[Any]:
    """The library's validation context for our own certificates: revocation is asked for where they say.

    Never for a certificate of others: a sender could make us call any address.
    """
    import aiohttp
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

    async with aiohttp.ClientSession() as session:
        yield ValidationContext(
            trust_roots=list(trust.roots),
            other_certs=list(trust.others),
            crls=list(trust.lists),
            allow_fetching=True,
            revocation_mode="hard-fail",
            fetcher_backend=AIOHttpFetcherBackend(session, max(1, round(timeout_s))),
        )


def context(trust: Trust, found: Any, *, moment: dt.datetime | None = None, strict: bool = False) -> Any:
    """The library's validation context; nothing is ever fetched.

    Args:
        trust: the office's trust.
        found: the file's own DocumentSecurityStore, or None.
        moment: when the chain has to be good; None is now.
        strict: the chain is good only where somebody says that nothing in it is revoked.
    """
    from pyhanko_certvalidator import ValidationContext

    kept: dict[str, Any] = {
        "trust_roots": list(trust.roots),
        "other_certs": list(trust.others),
        "crls": list(trust.lists),
        "ocsps": list(trust.answers),
        "moment": moment or trust.now(),
        "allow_fetching": False,
        "revocation_mode": "require" if strict else "soft-fail",
    }
    if trust.old_algorithms:
        kept["weak_hash_algos"] = {"md5", "md2"}
    return ValidationContext(**kept) if found is None else found.as_validation_context(kept)
