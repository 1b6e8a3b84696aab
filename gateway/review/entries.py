"""What a clerk typed: cleaned (NFC, blanks, date) and checked against the law's lengths.  Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.document import Recipient
from gateway.review.translations import mark
from rules.field import Candidate, Field, Name

REQUIRED = (Name.NUMBER, Name.SYMBOL, Name.DATE, Name.ISSUER, Name.DOC_TYPE, Name.SUBJECT)
"""Without these a Parcel is refused (interchange.md §4.2)."""

LENGTHS: Mapping[Name, int] = {
    Name.NUMBER: 11,
    Name.SYMBOL: 30,
    Name.PLACE: 50,
    Name.ISSUER: 200,
    Name.ISSUER_PARENT: 200,
    Name.DOC_TYPE: 100,
    Name.SUBJECT: 500,
    Name.SIGNER: 50,
    Name.SIGNER_TITLE: 100,
    Name.RECIPIENTS: 1000,
}
"""Most NFC characters (Decree 30/2020 annex VI part II; R-059)."""

LABELS: Mapping[Name, str] = {
    Name.NUMBER: mark("Số"),
    Name.SYMBOL: mark("Ký hiệu"),
    Name.DATE: mark("Ngày ban hành"),
    Name.PLACE: mark("Địa danh"),
    Name.ISSUER: mark("Cơ quan ban hành"),
    Name.ISSUER_PARENT: mark("Cơ quan cấp trên"),
    Name.DOC_TYPE: mark("Tên loại"),
    Name.SUBJECT: mark("Trích yếu"),
    Name.SIGNER: mark("Người ký"),
    Name.SIGNER_TITLE: mark("Quyền hạn, chức vụ"),
    Name.URGENCY: mark("Độ khẩn"),
    Name.RECIPIENTS: mark("Nơi nhận trên giấy"),
}
"""What each field is called on the page."""

URGENCIES = ("Hỏa tốc", "Thượng khẩn", "Khẩn")

TYPES = (
    "Công văn",
    "Quyết định",
    "Nghị quyết",
    "Chỉ thị",
    "Quy chế",
    "Quy định",
    "Thông cáo",
    "Thông báo",
    "Hướng dẫn",
    "Chương trình",
    "Kế hoạch",
    "Phương án",
    "Đề án",
    "Dự án",
    "Báo cáo",
    "Biên bản",
    "Tờ trình",
    "Hợp đồng",
    "Công điện",
    "Bản ghi nhớ",
    "Bản thỏa thuận",
    "Giấy ủy quyền",
    "Giấy mời",
    "Giấy giới thiệu",
    "Giấy nghỉ phép",
    "Phiếu gửi",
    "Phiếu chuyển",
    "Phiếu báo",
    "Thư công",
)
"""The 29 types of Decree 30/2020 Article 7, the commonest first."""

_DATE = re.compile(r"^\s*(\d{1,2})\s*[/.\-\s]\s*(\d{1,2})\s*[/.\-\s]\s*(\d{4})\s*$")
_SHORT_DATE = re.compile(r"^\s*(\d{2})(\d{2})(\d{4})\s*$")
_MULTILINE = frozenset({Name.RECIPIENTS})


@dataclass(frozen=True, slots=True)
class Entries:
    """One form as the clerk sent it."""

    values: Mapping[Name, str]
    """Only the fields that stood in the form; "" clears a field."""
    recipients: tuple[Recipient, ...] = ()
    checked: frozenset[Name] = field(default_factory=frozenset)
    """Unsure fields the clerk has looked at."""
    send: bool = True
    """False: only entered into the register, nothing goes out."""
    ended: tuple[str, ...] = ()
    """A sentence for each recipient that cannot receive today (R-125)."""


def clean(name: Name, text: str) -> str:
    """The value as it is stored: NFC, single blanks, dates as ISO 8601 when they can be read, no blanks in a symbol."""
    text = unicodedata.normalize("NFC", text).replace("\u00a0", " ")
    if name in _MULTILINE:
        return "\n".join(line for raw in text.splitlines() if (line := " ".join(raw.split())))
    text = " ".join(text.split())
    if name is Name.DATE:
        return iso_date(text) or text
    if name is Name.SYMBOL:
        return text.replace(" ", "").replace("–", "-")
    return text


def iso_date(text: str) -> str:
    """ "9/4/2019", "09.04.2019", "09042019" or ISO to "2019-04-09"; "" when it is no date."""
    try:
        return dt.date.fromisoformat(text).isoformat() if "-" in text[4:5] else _vietnamese_date(text)
    except ValueError:
        return ""


def _vietnamese_date(text: str) -> str:
    found = _DATE.match(text) or _SHORT_DATE.match(text)
    if not found:
        return ""
    day, month, year = (int(part) for part in found.groups())
    return dt.date(year, month, day).isoformat()


def problems(entries: Entries, *, today: dt.date, fields: Mapping[Name, Field]) -> dict[str, str]:
    """Field name (or "recipients") to a sentence; empty when the clerk may vouch for it."""
    found: dict[str, str] = {}
    for name in REQUIRED:
        if not entries.values.get(name):
            found[name] = mark("Trường này bắt buộc. Hãy nhập giá trị trên văn bản.")
    for name, limit in LENGTHS.items():
        if len(entries.values.get(name, "")) > limit:
            found[name] = mark("Quá dài so với quy định. Hãy rút gọn.")
    found.update(_date_problem(entries.values.get(Name.DATE, ""), today))
    for name in unsure(fields):
        old = fields[name].value
        if name not in entries.checked and entries.values.get(name, old) == old and name not in found:
            found[name] = mark("Máy chưa chắc. Hãy đối chiếu với ảnh rồi đánh dấu đã kiểm tra.")
    if entries.send and not entries.recipients:
        found["recipients"] = mark("Chưa có nơi nhận. Hãy chọn nơi nhận từ danh bạ hoặc chọn chỉ vào sổ.")
    elif entries.send and entries.ended:
        found["recipients"] = " ".join(entries.ended)
    return found


def _date_problem(value: str, today: dt.date) -> dict[str, str]:
    if not value:
        return {}
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        return {Name.DATE: mark("Ngày chưa đúng. Hãy nhập dạng ngày/tháng/năm, ví dụ 09/04/2019.")}
    if day > today:  # the interchange refuses a date in the future
        return {Name.DATE: mark("Ngày ban hành muộn hơn hôm nay. Hãy kiểm tra lại ngày trên văn bản.")}
    return {}


def unsure(fields: Mapping[Name, Field]) -> tuple[Name, ...]:
    """Names of the fields the machine is not sure of, in form order."""
    return tuple(name for name in Name if name in fields and not fields[name].sure)


def changed(fields: Mapping[Name, Field], values: Mapping[Name, str]) -> tuple[Name, ...]:
    """Names whose value differs from what stands in the Document."""
    return tuple(
        name for name in Name if name in values and values[name] != (fields[name].value if name in fields else "")
    )


def merged(fields: Mapping[Name, Field], values: Mapping[Name, str], *, who: str) -> dict[Name, Field]:
    """The fields with the clerk's values in place; the machine's own reading stays among the candidates (R-058)."""
    result = dict(fields)
    for name in changed(fields, values):
        if values[name]:
            result[name] = _by_hand(name, values[name], fields.get(name), who)
        else:
            result.pop(name, None)
    return result


def _by_hand(name: Name, value: str, old: Field | None, who: str) -> Field:
    if old is None:
        return Field(name, value, 1.0, sure=True)
    chosen = next((c for c in old.candidates if c.value == value), None)
    seen = chosen.evidence if chosen and chosen.evidence else old.evidence
    others = tuple(c for c in old.candidates if c.value != value)
    machine = (Candidate(old.value, old.confidence, old.evidence),) if old.value else ()
    return Field(
        name, value, 1.0, sure=True, evidence=replace(seen, by=who) if seen else None, candidates=machine + others
    )


def vouched(fields: Mapping[Name, Field], entries: Entries, *, who: str) -> dict[Name, Field]:
    """The fields as a clerk confirms them: all sure, doubts settled."""
    result = merged(fields, entries.values, who=who)
    return {name: replace(one, sure=True, doubts=()) for name, one in result.items()}
