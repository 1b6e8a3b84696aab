"""The registers of Decree 30/2020 annex IV: what comes in, what goes out, what is followed up; as tables for print."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.document import VN, Document, Door, Stage
from gateway.exchange.codes import STATUS_WORDS
from gateway.exchange.port import Body
from gateway.periods import Span
from gateway.sheets.table import Column, Sheet
from gateway.store.store import Store
from rules.field import Name


class Register(StrEnum):
    """Which register."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    FOLLOW_UP = "follow-up"


TITLES = {
    Register.INCOMING: "SỔ ĐĂNG KÝ VĂN BẢN ĐẾN",
    Register.OUTGOING: "SỔ ĐĂNG KÝ VĂN BẢN ĐI",
    Register.FOLLOW_UP: "SỔ THEO DÕI GIẢI QUYẾT VĂN BẢN ĐẾN",
}
COLUMNS = {
    Register.INCOMING: (
        Column("Ngày đến", 20), Column("Số đến", 14), Column("Tác giả", 34), Column("Số, ký hiệu văn bản", 28),
        Column("Ngày tháng văn bản", 20), Column("Tên loại và trích yếu nội dung văn bản", 65),
        Column("Đơn vị hoặc người nhận", 34), Column("Ngày chuyển", 20), Column("Ký nhận", 18), Column("Ghi chú", 24)),
    Register.OUTGOING: (
        Column("Số, ký hiệu văn bản", 28), Column("Ngày tháng văn bản", 20),
        Column("Tên loại và trích yếu nội dung văn bản", 65), Column("Người ký", 28), Column("Nơi nhận văn bản", 42),
        Column("Đơn vị, người nhận bản lưu", 24), Column("Số lượng bản", 14), Column("Ngày chuyển", 20),
        Column("Ký nhận", 15), Column("Ghi chú", 21)),
    Register.FOLLOW_UP: (
        Column("Số đến", 16),
        Column("Tên loại, số, ký hiệu, ngày tháng và tên cơ quan, tổ chức ban hành văn bản", 95),
        Column("Đơn vị hoặc người nhận", 45), Column("Thời hạn giải quyết", 26), Column("Tiến độ giải quyết", 35),
        Column("Số, ký hiệu văn bản trả lời", 32), Column("Ghi chú", 28)),
}
"""Annex IV parts I, II and VI; the widths in millimetres fill a page across."""
_NAMED = 12
_IN_WORK = {"03": "Đã vào sổ"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which register of whom."""

    register: Register
    unit: Body
    parent: str
    """Name of the body above."""
    span: Span
    book: str = ""
    """Quyển số."""


def sheet_of(store: Store, wanted: Wanted) -> Sheet:
    """The register as a table, with its cover."""
    if wanted.register is Register.OUTGOING:
        rows, numbers = _outgoing(store, wanted)
    else:
        rows, numbers = _incoming(store, wanted)
    span = wanted.span
    years = f"Năm: {span.first.year}" if span.first.year == span.last.year else (
        f"Năm: {span.first.year} - {span.last.year}")
    cover = (years, f"Từ ngày {span.first:%d/%m/%Y} đến ngày {span.last:%d/%m/%Y}",
             f"Từ số {numbers[0]} đến số {numbers[-1]}" if numbers else "Từ số ...... đến số ......",
             f"Quyển số: {wanted.book or '......'}")
    return Sheet(title=TITLES[wanted.register], heads=(wanted.parent, wanted.unit.name), cover=cover,
                 columns=COLUMNS[wanted.register], rows=tuple(rows))


def _incoming(store: Store, wanted: Wanted) -> tuple[list[tuple[str, ...]], list[str]]:
    span = wanted.span
    numbers = store.numbers.between(wanted.unit.code, span.begins, span.ends)
    ids = [one.document for one in numbers]
    documents = {one.id: one for one in store.numbers.documents(ids)}
    handed, answers = store.numbers.when("filed", ids), store.answers.latest(ids)
    replies = _replies(store, ids) if wanted.register is Register.FOLLOW_UP else {}
    rows: list[tuple[str, ...]] = []
    for one in numbers:
        document = documents[one.document]
        if wanted.register is Register.INCOMING:
            rows.append((_day(one.at), str(one.number), document.value(Name.ISSUER), code_of(document),
                         _date(document), kind_and_subject(document), wanted.unit.name, _day(handed.get(document.id)),
                         "", note_of(document)))
            continue
        arrival, last = store.arrivals.of(document.id), answers.get(document.id)
        told = ", ".join(part for part in (
            document.value(Name.DOC_TYPE), code_of(document), _date(document), document.value(Name.ISSUER)) if part)
        progress = _IN_WORK.get(last.code, STATUS_WORDS.get(last.code, last.code)) if last else _stage(document)
        rows.append((str(one.number), told, wanted.unit.name,
                     f"{arrival.due:%d/%m/%Y}" if arrival and arrival.due else "", progress,
                     replies.get(document.id, ""), note_of(document)))
    return rows, [str(one.number) for one in numbers]


def _replies(store: Store, ids: Sequence[str]) -> dict[str, str]:
    """Number and symbol of what answers each, as a clerk has said."""
    found = store.turns.answering(ids)
    named = {one.id: code_of(one) for one in store.numbers.documents([id_ for some in found.values() for id_ in some])}
    return {id_: "; ".join(named[one] for one in some) for id_, some in found.items()}


def _outgoing(store: Store, wanted: Wanted) -> tuple[list[tuple[str, ...]], list[str]]:
    span = wanted.span
    found = [one for one in store.numbers.registered(wanted.unit.code, span.begins, span.ends)
             if one.recipients and one.origin.door is not Door.EXCHANGE]
    sent = store.sendings.of([one.id for one in found])
    rows: list[tuple[str, ...]] = [(code_of(one), _date(one), kind_and_subject(one), one.value(Name.SIGNER),
                                    _some([to.name for to in one.recipients]), "Văn thư", str(len(one.recipients)),
                                    _day(sent.get(one.id)), "", note_of(one)) for one in found]
    return rows, [one.register_number for one in found]


def code_of(document: Document) -> str:
    """Number and symbol as on the paper."""
    return "/".join(part for part in (document.value(Name.NUMBER), document.value(Name.SYMBOL)) if part)


def kind_and_subject(document: Document) -> str:
    """ "Công văn về việc ...", in the register's words."""
    return " ".join(part for part in (document.value(Name.DOC_TYPE), document.value(Name.SUBJECT)) if part)


def note_of(document: Document) -> str:
    """What the last column says."""
    words = {Stage.RECALLED: "Đã lấy lại", Stage.REFUSED: "Nơi nhận từ chối", Stage.REJECTED: "Không tiếp nhận",
             Stage.RECALLING: "Đang lấy lại"}
    return words.get(document.stage, "")


def _some(names: Sequence[str]) -> str:
    """A row is no taller than a page."""
    more = f"; và {len(names) - _NAMED} nơi nhận khác" if len(names) > _NAMED else ""
    return "; ".join(names[:_NAMED]) + more


def _stage(document: Document) -> str:
    return "Đã chuyển" if document.stage is Stage.FILED else "Đã vào sổ"


def _date(document: Document) -> str:
    return "/".join(reversed(document.value(Name.DATE).split("-")))


def _day(at: dt.datetime | None) -> str:
    return f"{at.astimezone(VN):%d/%m/%Y}" if at else ""
