"""What the archive wants to know of a Document: the fields of Circular 05/2025/TT-BNV, their codes and lengths."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.document import Document, Stage
from rules.field import Name

READY = frozenset({Stage.SEALED, Stage.SENT, Stage.DELIVERED, Stage.FILED, Stage.REFUSED, Stage.RECALLING})
"""Stages of a Document whose bytes and fields stand: it can be packed."""
TYPE_CODES = {
    "Nghị quyết": "01", "Quyết định": "02", "Chỉ thị": "03", "Quy chế": "04", "Quy định": "05", "Thông cáo": "06",
    "Thông báo": "07", "Hướng dẫn": "08", "Chương trình": "09", "Kế hoạch": "10", "Phương án": "11", "Đề án": "12",
    "Dự án": "13", "Báo cáo": "14", "Tờ trình": "15", "Giấy ủy quyền": "16", "Phiếu gửi": "17", "Phiếu chuyển": "18",
    "Phiếu báo": "19", "Biên bản": "20", "Hợp đồng": "21", "Công văn": "22", "Công điện": "23", "Bản ghi nhớ": "24",
    "Bản thỏa thuận": "25", "Giấy mời": "26", "Giấy giới thiệu": "27", "Giấy nghỉ phép": "28", "Thư công": "29",
}
"""typeName; the order is not that of Decree 30/2020 Article 7."""
OTHER_TYPE = "32"
LENGTHS: Mapping[str, int] = {
    "docId": 25, "arcDocCode": 100, "codeNumber": 11, "codeNotation": 30, "organName": 200, "subject": 500,
    "numberOfPage": 4, "inforSign": 30, "keyword": 100, "autograph": 2000, "description": 500,
}
"""Characters in NFC."""
MAINTENANCE = ("01", "02", "03", "04", "05", "06", "07")
"""For ever, 70, 50, 30, 20, 10 years, other."""
MODES = ("01", "02", "03")
"""Public, on conditions, secret; what is secret never comes so far."""
BORN_DIGITAL, DIGITIZED = "01", "02"
"""confidenceLevel: an electronic original, or a copy of paper."""
_VIETNAMESE = "01"
_NORMAL = "02"
"""format: the state of the paper, of which the gateway knows nothing bad."""
_SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What only the office's archivist knows; "" is told as missing and never guessed."""

    file_code: str = ""
    """Code of the file (hồ sơ) that the Document belongs to."""
    ordinal: int = 1
    """Its place there."""
    maintenance: str = ""
    """How long it is kept, one of MAINTENANCE."""
    mode: str = "02"
    keyword: str = ""


def archive_fields(document: Document, shelf: Shelf) -> Mapping[str, str]:
    """The fields in the Circular's order; what is not known is "".  Nothing is cut: see `doubts`."""
    value = {name: field.value for name, field in document.fields.items()}
    kept = document.kind == _SIGNED
    return {
        "docId": document.register_number or document.id,
        "arcDocCode": f"{shelf.file_code}.{shelf.ordinal}" if shelf.file_code else "",
        "maintenance": shelf.maintenance,
        "typeName": TYPE_CODES.get(value.get(Name.DOC_TYPE, ""), OTHER_TYPE),
        "codeNumber": value.get(Name.NUMBER, ""),
        "codeNotation": value.get(Name.SYMBOL, ""),
        "issuedDate": _day(value.get(Name.DATE, "")),
        "organName": value.get(Name.ISSUER, ""),
        "subject": " ".join(value.get(Name.SUBJECT, "").split()),
        "language": _VIETNAMESE,
        "numberOfPage": str(document.pages or ""),
        "inforSign": value.get(Name.SIGNER, ""),
        "keyword": shelf.keyword,
        "mode": shelf.mode,
        "confidenceLevel": BORN_DIGITAL if kept else DIGITIZED,
        "autograph": "",
        "format": _NORMAL,
        "process": "",
        "riskRecovery": "",
        "description": "" if kept else _made(document),
    }


def doubts(fields: Mapping[str, str]) -> Sequence[str]:
    """What an archivist has to look at, as sentences (R-181)."""
    needed = ("arcDocCode", "maintenance", "codeNumber", "codeNotation", "issuedDate", "organName", "subject")
    missing = [f"Thiếu {name}. Hãy bổ sung trước khi nộp lưu." for name in needed if not fields[name]]
    long = [f"{name} dài {len(fields[name])} ký tự, quá {limit}. Hãy rút gọn khi nộp lưu."
            for name, limit in LENGTHS.items() if len(fields[name]) > limit]
    return [*missing, *long]


def _day(iso: str) -> str:
    try:
        return f"{dt.date.fromisoformat(iso):%d/%m/%Y}"
    except ValueError:
        return ""


def _made(document: Document) -> str:
    kind = f" Hình thức sao: {document.copy_kind.value}." if document.copy_kind else ""
    return f"Bản số hóa từ văn bản giấy.{kind}"
