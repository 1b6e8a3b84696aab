"""Verifies the signatures on a PDF, offline: nothing is fetched, nothing is changed, no file makes it fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.seal.judge import ODD, judge
from gateway.seal.pdfa_gate import claimed_part
from gateway.seal.report import Report
from gateway.seal.trust import Trust
from rules.facts import SignatureFact


def verify(path: Path, trust: Trust) -> Report:
    """The report on a file.  Never raises for what is in the file.

    Raises:
        OSError: the file cannot be read from the disk.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    with path.open("rb") as data:
        try:
            reader = PdfFileReader(data, strict=False)
            embedded = [one for one in reader.embedded_regular_signatures if one.sig_object.get("/Contents")]
        except (PdfError, *ODD) as error:
            return Report(problem=f"Không đọc được chữ ký ({type(error).__name__}). Hãy mở bản gốc để kiểm tra.")
        store = _own_evidence(reader) if embedded else None
        found = tuple(judge(one, trust, store) for one in embedded)
    return Report(found, claimed_part(path))


def _own_evidence(reader: Any) -> Any:
    """The revocation data the file carries (DSS), or None; broken data counts as none."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError, ValidationInfoReadingError

    try:
        return DocumentSecurityStore.read_dss(reader)
    except (NoDSSFoundError, ValidationInfoReadingError, PdfError, *ODD):
        return None


def signature_facts(path: Path) -> tuple[SignatureFact, ...]:
    """What the certificates on a file say, oldest first; empty without readable signatures.  Says nothing of trust."""
    with path.open("rb") as data:
        if b"%PDF-" not in data.read(1024):
            return ()
    report = verify(path, Trust())
    return tuple(
        SignatureFact(one.signer, one.organization, one.locality, one.stamped_at or one.time)
        for one in report.signatures
        if one.signer
    )
