"""Judges the signatures on a PDF, offline: nothing is fetched, nothing is changed, no file makes it fail.

Three words that are not the same: *intact* (the signed bytes are as they were), *valid* (intact, the CMS fits, and
nothing was changed afterwards that may not be), *trusted* (the chain ends in a root this office trusts).  An unknown
root is "not trusted", never "invalid".
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.errors import BadSettings
from gateway.seal.pdfa_gate import claimed_part
from rules.facts import SignatureFact

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate

# A chain that ends nowhere is a result here ("not trusted"), not a fault worth a traceback in the log.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)

_SECONDS = "%d/%m/%Y %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom this office trusts."""

    roots: tuple[Certificate, ...] = ()
    """Trust anchors."""
    others: tuple[Certificate, ...] = ()
    """Certificates between: real papers often carry the leaf alone."""


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """What is known of one signature."""

    signer: str
    organization: str
    locality: str
    time: dt.datetime | None
    """When the signer says it was made; a time stamp's time where there is one.  Aware."""
    intact: bool
    valid: bool
    trusted: bool
    coverage: str
    """pyHanko's word: ENTIRE_FILE, ENTIRE_REVISION, ..."""
    changes: str
    """What was changed later: NONE, LTA_UPDATES, FORM_FILLING, ANNOTATIONS, OTHER."""
    weak: bool
    """Digest by SHA-1 or weaker."""
    bottom_line: str
    """A sentence for the clerk."""


@dataclass(frozen=True, slots=True)
class Report:
    """All signatures of one file, oldest first."""

    signatures: tuple[SignatureReport, ...] = field(default=())
    pdfa: str = ""
    """PDF/A part the file claims ("2b"), "" for none.  A claim, not a proof."""
    problem: str = ""
    """Why the file could not be judged, a sentence; "" when it could."""


def load_trust(path: Path) -> Trust:
    """Trust from a PEM or DER file or a folder of them; self-issued ones are roots.  A missing path trusts nobody.

    Raises:
        BadSettings: a file holds no certificate.
    """
    from pyhanko.keys import load_certs_from_pemder

    files = (
        sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path] if path.exists() else []
    )
    try:
        found = list(load_certs_from_pemder([str(file) for file in files]))
    except (OSError, ValueError) as error:
        raise BadSettings(f"{path} không chứa chứng thư đọc được. Hãy đặt tệp .pem hoặc .cer đúng.") from error
    roots = tuple(one for one in found if one.self_issued)
    return Trust(roots, tuple(one for one in found if not one.self_issued))


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
            found = tuple(_judge(one, trust) for one in embedded)
        except (PdfError, *_ODD) as error:
            return Report(problem=f"Không đọc được chữ ký ({type(error).__name__}). Hãy mở bản gốc để kiểm tra.")
    return Report(found, claimed_part(path))


_ODD = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    RecursionError,
    NotImplementedError,
    ArithmeticError,
    AssertionError,
)
"""What libraries throw at a file that was built to harm; each becomes a sentence."""


def _judge(embedded: Any, trust: Trust) -> SignatureReport:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation.errors import SignatureValidationError

    certificate = embedded.signer_cert
    names = certificate.subject.native if certificate is not None else {}
    weak = str(embedded.md_algorithm).lower() in ("md5", "sha1", "md2")
    try:
        status = asyncio.run(_status(embedded, trust, weak=weak))
    except (SignatureValidationError, SigningError, PdfError, OSError, *_ODD) as error:
        return _unjudged(embedded, names, type(error).__name__)
    valid = bool(status.intact and status.valid and status.docmdp_ok is not False)
    changes = status.modification_level.name if status.modification_level else "OTHER"
    valid = valid and changes != "OTHER"
    at = _time(status, embedded)
    return SignatureReport(
        signer=_one(names.get("common_name")),
        organization=_one(names.get("organization_name")),
        locality=_one(names.get("locality_name")),
        time=at,
        intact=bool(status.intact),
        valid=valid,
        trusted=bool(status.trusted and trust.roots and valid),
        coverage=status.coverage.name if status.coverage else "UNCLEAR",
        changes=changes,
        weak=weak,
        bottom_line=_sentence(
            intact=bool(status.intact), valid=valid, trusted=bool(status.trusted and trust.roots), weak=weak, at=at
        ),
    )


async def _status(embedded: Any, trust: Trust, *, weak: bool) -> Any:
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext

    # Without a root of our own the chain is judged against the signer alone, so that "valid" does not hang on trust.
    extra: dict[str, Any] = {"weak_hash_algos": {"md5", "md2"}} if weak else {}
    context = ValidationContext(
        trust_roots=list(trust.roots),
        other_certs=list(trust.others),
        allow_fetching=False,
        revocation_mode="soft-fail",
        **extra,
    )
    usage = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)
    return await async_validate_pdf_signature(
        embedded,
        signer_validation_context=context,
        ts_validation_context=context,
        diff_policy=DEFAULT_DIFF_POLICY,
        key_usage_settings=usage,
    )


def _unjudged(embedded: Any, names: dict[str, Any], why: str) -> SignatureReport:
    said = _said_time(embedded)
    words = f"Chữ ký không kiểm tra được ({why}). Hãy yêu cầu bên gửi gửi lại bản gốc."
    return SignatureReport(
        _one(names.get("common_name")),
        _one(names.get("organization_name")),
        _one(names.get("locality_name")),
        said,
        intact=False,
        valid=False,
        trusted=False,
        coverage="UNCLEAR",
        changes="OTHER",
        weak=False,
        bottom_line=words,
    )


def _one(value: object) -> str:
    """A name attribute that may occur several times."""
    return str(value[0] if isinstance(value, list) and value else value or "")


def _time(status: Any, embedded: Any) -> dt.datetime | None:
    stamped = getattr(status, "timestamp_validity", None)
    return getattr(stamped, "timestamp", None) or status.signer_reported_dt or _said_time(embedded)


_PDF_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:([+\-Z])(\d\d)?'?(\d\d)?)?")


def _said_time(embedded: Any) -> dt.datetime | None:
    """The /M entry of the signature dictionary."""
    found = _PDF_DATE.match(str(embedded.sig_object.get("/M", "")))
    if found is None:
        return None
    shift = dt.timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0)) * (-1 if found[7] == "-" else 1)
    try:
        return dt.datetime(*(int(found[i]) for i in range(1, 7)), tzinfo=dt.timezone(shift))  # type: ignore[arg-type, misc]
    except ValueError:
        return None


def _sentence(*, intact: bool, valid: bool, trusted: bool, weak: bool, at: dt.datetime | None) -> str:
    when = f" lúc {at.astimezone(dt.timezone(dt.timedelta(hours=7))).strftime(_SECONDS)}" if at else ""
    if not intact:
        return "Nội dung đã bị thay đổi sau khi ký. Không sử dụng tệp này; hãy yêu cầu bên gửi gửi lại."
    if not valid:
        return "Tệp bị sửa sau khi ký hoặc chữ ký không hợp lệ. Hãy yêu cầu bên gửi gửi lại bản gốc."
    old = " Chữ ký dùng thuật toán cũ (SHA-1)." if weak else ""
    if not trusted:
        todo = "Hãy thêm chứng thư gốc vào thư mục tin cậy."
        return f"Chữ ký còn nguyên vẹn{when}; chưa xác định được độ tin cậy của chứng thư.{old} {todo}"
    return f"Chữ ký hợp lệ và được tin cậy{when}.{old}"


def signature_facts(path: Path) -> tuple[SignatureFact, ...]:
    """What the certificates on a file say, oldest first; empty where none can be read.  Says nothing of trust."""
    with path.open("rb") as data:
        if b"%PDF-" not in data.read(1024):
            return ()
    report = verify(path, Trust())
    return tuple(
        SignatureFact(one.signer, one.organization, one.locality, one.time) for one in report.signatures if one.signer
    )


def as_json(report: Report) -> dict[str, Any]:
    """The report in the form `vanthu verify --json` prints."""
    rows = [
        {
            "signer": one.signer,
            "time": one.time.isoformat() if one.time else None,
            "intact": one.intact,
            "valid": one.valid,
            "trusted": one.trusted,
            "coverage": one.coverage,
            "changes": one.changes,
            "bottom_line": one.bottom_line,
        }
        for one in report.signatures
    ]
    return {"signatures": rows, "pdfa": report.pdfa, **({"problem": report.problem} if report.problem else {})}
