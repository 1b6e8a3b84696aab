"""What verification found, as values, as JSON and as a sentence for the clerk.

Three words that are not the same: *intact* (the signed bytes are as they were), *valid* (the signature fits, and
nothing was changed afterwards that may not be), *trusted* (the chain ends in a root this office trusts, not revoked,
made while the certificate was good).  An unknown root is "not trusted", never "invalid".
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.document import VN
from gateway.seal import strict


class Doubt(StrEnum):
    """Why a signature is not trusted."""

    NONE = ""
    UNKNOWN_ROOT = "unknown_root"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET = "not_yet_valid"
    PURPOSE = "purpose"
    WEAK = "weak_algorithm"
    CHAIN = "chain"


class Revocation(StrEnum):
    """What is known of revocation."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    """No list and no answer at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReport:
    """What is known of one signature."""

    signer: str
    """Common name of the certificate."""
    organization: str = ""
    locality: str = ""
    issuer: str = ""
    """Common name of whoever issued the certificate."""
    time: dt.datetime | None = None
    """When the signer says it was made.  Aware."""
    stamped_at: dt.datetime | None = None
    """When a time stamp says it existed; None without a time stamp that fits.  Aware."""
    level: str = ""
    """PAdES level: B-B, B-T, B-LT, B-LTA; "CMS" for the older kind."""
    intact: bool = False
    valid: bool = False
    trusted: bool = False
    coverage: str = "UNCLEAR"
    """The library's word: ENTIRE_FILE, ENTIRE_REVISION, CONTIGUOUS_BLOCK_FROM_START, UNCLEAR."""
    changes: str = "OTHER"
    """What was changed later: NONE, LTA_UPDATES, FORM_FILLING, ANNOTATIONS, OTHER."""
    weak: bool = False
    """Digest by SHA-1 or weaker."""
    revocation: Revocation = Revocation.UNKNOWN
    doubt: Doubt = Doubt.UNKNOWN_ROOT
    odd: tuple[str, ...] = ()
    """What is odd around the signature although it fits (gateway.seal.strict): told, never called broken."""
    problem: str = ""
    """The name of what made judging impossible."""

    @property
    def bottom_line(self) -> bool:
        """Whether an office may rely on it."""
        return self.intact and self.valid and self.trusted

    @property
    def reason(self) -> str:
        """A sentence for the clerk that ends in what to do next."""
        return _sentence(self)


@dataclass(frozen=True, slots=True)
class Report:
    """All signatures of one file, oldest first."""

    signatures: tuple[SignatureReport, ...] = ()
    pdfa: str = ""
    """PDF/A part the file claims ("2b"), "" for none.  A claim, not a proof."""
    problem: str = ""
    """Why the file could not be judged, a sentence; "" when it could."""

    @property
    def whole(self) -> bool:
        """Signed, and every signature is intact and valid."""
        return bool(self.signatures) and all(one.intact and one.valid for one in self.signatures)


_DOUBTS = {
    Doubt.UNKNOWN_ROOT: "chưa xác định được độ tin cậy của chứng thư. Hãy thêm chứng thư gốc vào thư mục tin cậy.",
    Doubt.REVOKED: "chứng thư đã bị thu hồi. Không sử dụng; hãy liên hệ nơi gửi.",
    Doubt.EXPIRED: "chứng thư đã hết hạn và không có dấu thời gian tin cậy. Hãy xác minh với nơi gửi.",
    Doubt.NOT_YET: "chứng thư chưa có hiệu lực. Hãy kiểm tra đồng hồ rồi xác minh với nơi gửi.",
    Doubt.PURPOSE: "chứng thư không cấp để ký văn bản. Hãy xác minh với nơi gửi.",
    Doubt.WEAK: "thuật toán ký quá yếu nên không được tin cậy. Hãy xác minh với nơi gửi.",
    Doubt.CHAIN: "chuỗi chứng thư có lỗi. Hãy xác minh với nơi gửi.",
}

_ODD = {
    strict.NOT_DER: "cách mã hóa",
    strict.VERSION: "số phiên bản",
    strict.DIGEST: "thuật toán băm",
    strict.SIGNER: "tên người ký",
    strict.CERTIFICATE: "chứng thư kèm theo",
    strict.ATTRIBUTE: "phần thêm sau chữ ký",
}


def _sentence(one: SignatureReport) -> str:
    if one.problem:
        return f"Chữ ký không kiểm tra được ({one.problem}). Hãy đề nghị nơi gửi gửi lại bản gốc."
    if not one.intact:
        return "Nội dung đã bị thay đổi sau khi ký. Không sử dụng tệp này; hãy đề nghị nơi gửi gửi lại."
    if not one.valid:
        return "Tệp bị sửa sau khi ký hoặc chữ ký không hợp lệ. Hãy đề nghị nơi gửi gửi lại bản gốc."
    when = _when(one)
    places = ", ".join(_ODD[code] for code in one.odd)
    odd = f" Phần không được ký quanh chữ ký được ghi khác thường ({places}). Hãy so với bản gốc." if places else ""
    old = " Chữ ký dùng thuật toán cũ (SHA-1)." if one.weak else ""
    if not one.trusted:
        said = f"Chữ ký còn nguyên vẹn{when};{old.lower().rstrip('.')} {_DOUBTS[one.doubt]}".replace(";  ", "; ")
        return f"{said}{odd}"
    unknown = " Chưa có dữ liệu thu hồi để đối chiếu." if one.revocation is Revocation.UNKNOWN else ""
    return f"Chữ ký hợp lệ và được tin cậy{when}.{old}{unknown}{odd}"


def _when(one: SignatureReport) -> str:
    if one.stamped_at is not None:
        return f" lúc {one.stamped_at.astimezone(VN):%d/%m/%Y %H:%M:%S} (dấu thời gian)"
    return f" lúc {one.time.astimezone(VN):%d/%m/%Y %H:%M:%S} (theo máy người ký)" if one.time else ""


def report_as_json(report: Report) -> dict[str, Any]:
    """The report in the form `vanthu verify --json` prints; times in +07:00."""
    told = {
        "signatures": [_as_json(one) for one in report.signatures],
        "pdfa": report.pdfa,
        "whole": report.whole,
    }
    return told | ({"problem": report.problem} if report.problem else {})


def _as_json(one: SignatureReport) -> dict[str, Any]:
    def shown(moment: dt.datetime | None) -> str | None:
        return moment.astimezone(VN).isoformat(timespec="seconds") if moment else None

    return {
        "signer": one.signer,
        "organization": one.organization,
        "locality": one.locality,
        "issuer": one.issuer,
        "time": shown(one.time or one.stamped_at),
        "timestamp": shown(one.stamped_at),
        "level": one.level,
        "intact": one.intact,
        "valid": one.valid,
        "trusted": one.trusted,
        "coverage": one.coverage,
        "changes": one.changes,
        "weak": one.weak,
        "odd": list(one.odd),
        "revocation": one.revocation.value,
        "doubt": one.doubt.value,
        "bottom_line": one.bottom_line,
        "reason": one.reason,
    }
