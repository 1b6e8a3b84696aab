"""What a judgment of signatures rested on, kept so that it can be repeated years later without any network (R-108).

One JSON text: the verdict, its moment, the certificates it trusted, and which revocation lists it looked at.  The lists
are kept beside it as files of their own: they are large, and many papers share one edition.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.seal.judge import ODD
from gateway.seal.report import Report, report_as_json
from gateway.seal.trust import Trust
from gateway.seal.verify import verify

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate

NAME = "kiem-tra-chu-ky.json"
"""Name of the kept file."""
LIST_TYPE = "application/pkix-crl"


@dataclass(frozen=True, slots=True)
class Witness:
    """A verdict and what it rested on."""

    report: Report
    data: bytes
    """The JSON text."""
    lists: tuple[bytes, ...]
    """Revocation lists, DER."""


def witness(path: Path, trust: Trust) -> Witness:
    """Judges the signatures on a file and gathers what that needed.

    Raises:
        OSError: the file cannot be read from the disk.
    """
    at = trust.now()
    mine = replace(trust, now=lambda: at)
    report = verify(path, mine)
    lists = tuple(bytes(one.dump()) for one in _lists(path, mine))
    told = {
        "sha256": _sha256(path),
        "at": at.isoformat(),
        "report": report_as_json(report),
        "old_algorithms": trust.old_algorithms,
        "roots": [_text(one) for one in trust.roots],
        "others": [_text(one) for one in trust.others],
        "lists": [hashlib.sha256(one).hexdigest() for one in lists],
    }
    return Witness(report, json.dumps(told, ensure_ascii=False, indent=1).encode(), lists)


def again(data: bytes, lists: Callable[[str], bytes], path: Path) -> Report:
    """The same judgment, from the kept evidence alone and as of its moment.

    Args:
        data: the JSON text.
        lists: a revocation list by its SHA-256.
        path: the file that was judged.

    Raises:
        ValueError: the evidence is none, or another file's.
    """
    from asn1crypto.crl import CertificateList
    from asn1crypto.x509 import Certificate

    try:
        told = json.loads(data)
        at = dt.datetime.fromisoformat(told["at"])
        kept = [CertificateList.load(lists(one)) for one in told["lists"]]
        roots, others = (
            tuple(Certificate.load(base64.b64decode(one)) for one in told[name]) for name in ("roots", "others")
        )
        sha256, old = told["sha256"], bool(told["old_algorithms"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no evidence of a judgment") from error
    if sha256 != _sha256(path):
        raise ValueError("evidence of another file")
    return verify(path, Trust(roots, others, tuple(kept), old_algorithms=old, now=lambda: at))


def _lists(path: Path, trust: Trust) -> Iterator[Any]:
    """The trust's revocation lists that speak of a certificate in the file or above it."""
    names = {one.issuer.hashable for one in _certificates(path)}
    grown = 0
    while grown != len(names):
        grown = len(names)
        names |= {one.issuer.hashable for one in (*trust.others, *trust.roots) if one.subject.hashable in names}
    for one in trust.lists:
        if one.issuer.hashable in names:
            yield one


def _certificates(path: Path) -> list[Certificate]:
    """Every certificate that the signatures and time stamps of a file bring; [] for what cannot be read."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import SigningError

    found: list[Certificate] = []
    with path.open("rb") as data:
        try:
            for embedded in PdfFileReader(data, strict=False).embedded_signatures:
                found += [embedded.signer_cert, *embedded.other_embedded_certs]
                stamp = embedded.attached_timestamp_data
                found += [one.chosen for one in stamp["certificates"] if one.name == "certificate"] if stamp else []
        except (PdfError, SigningError, *ODD):
            return [one for one in found if one is not None]
    return [one for one in found if one is not None]


def _sha256(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _text(certificate: Certificate) -> str:
    return base64.b64encode(certificate.dump()).decode()
