"""Reports on a period: what came by which way, where it stands, what was late, refused, corrected, checked (R-190).

Everything is counted from the rows; papers with a secrecy mark are never counted (R-191).
"""
from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.document import VN, Document, Door, Stage
from gateway.exchange.codes import STATUS_WORDS
from gateway.exchange.port import Body
from gateway.periods import Period
from gateway.store.due import due_at
from gateway.store.numbers import comes_in
from gateway.store.store import Store

DOORS = {Door.FOLDER: "Thư mục quét", Door.IMAP: "Hộp thư", Door.SMTP: "Thư SMTP", Door.DESK: "Tải lên",
         Door.EXCHANGE: "Trục liên thông"}
STAGES = {
    Stage.RECEIVED: "Đang đọc", Stage.READ: "Đang đề xuất", Stage.PROPOSED: "Chờ xác nhận",
    Stage.CONFIRMED: "Chờ ký số, gửi", Stage.SEALED: "Đang gửi", Stage.SENT: "Đã gửi", Stage.DELIVERED: "Đã tiếp nhận",
    Stage.RECALLING: "Đang lấy lại", Stage.FILED: "Đã vào sổ, chuyển đơn vị", Stage.REFUSED: "Bị từ chối tiếp nhận",
    Stage.RECALLED: "Đã lấy lại", Stage.REJECTED: "Không tiếp nhận"}
TO_FILE = "Chờ vào sổ, chuyển đơn vị"
_CORRECTED = "Sửa: "
_LEAST_CHECKS = 2


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a report; `chart` when its last column is worth a picture."""

    key: str
    """Its name for programs."""
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    chart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All tables of one period."""

    unit: Body
    parent: str
    period: Period
    made_at: dt.datetime
    sections: tuple[Section, ...]


def report_of(store: Store, unit: Body, parent: str, period: Period, made_at: dt.datetime) -> Report:
    """The report of one unit on what came within the period, as it stands now."""
    span = period.span
    papers = [one for one in store.numbers.received(unit.code, span.begins, span.ends)
              if one.stage is not Stage.STOPPED]
    sections = (
        _counted("doors", "Văn bản nhận theo nguồn", "Nguồn", Counter(DOORS[one.origin.door] for one in papers),
                 order=DOORS.values()),
        _counted("stages", "Văn bản theo giai đoạn xử lý", "Giai đoạn", Counter(_standing(one) for one in papers),
                 order=(*STAGES.values(), TO_FILE)),
        _lateness(store, papers, made_at),
        _recipients(papers),
        _refusals(papers),
        _corrections(store, papers),
        _checks(store, period),
    )
    return Report(unit=unit, parent=parent, period=period, made_at=made_at, sections=sections)


def _standing(document: Document) -> str:
    return TO_FILE if document.stage is Stage.CONFIRMED and not document.goes_out else STAGES[document.stage]


def _counted(key: str, title: str, head: str, found: Mapping[str, int], order: Iterable[str] = ()) -> Section:
    """A table of counts with its sum: in that order, or the most first."""
    keys = [one for one in order if found.get(one)] or sorted(found, key=lambda one: (-found[one], one))
    rows = tuple((one, found[one]) for one in keys)
    return Section(key, title, (head, "Số lượng"), (*rows, ("Tổng số", sum(found.values()))), chart=bool(rows))


def _lateness(store: Store, papers: Sequence[Document], now: dt.datetime) -> Section:
    ids = [one.id for one in papers]
    sent, numbers = store.sendings.of(ids), store.numbers.of(ids)
    rows: list[tuple[str | int, ...]] = []
    for title, wanted, done in (
        ("Văn bản gửi đi", False, sent),
        ("Văn bản đến vào sổ", True, {id_: number.at for id_, number in numbers.items()}),
    ):
        mine = [one for one in papers if _to_register(one) is wanted and one.stage is not Stage.REJECTED]
        words = Counter(_punctual(due_at(one), done.get(one.id), now) for one in mine)
        rows.append((title, *(words[word] for word in ("in_time", "late", "waiting", "overdue"))))
    return Section("lateness", "Đúng hạn và quá hạn",
                   ("Loại", "Xong đúng hạn", "Xong quá hạn", "Chưa xong, còn hạn", "Chưa xong, quá hạn"), tuple(rows))


def _to_register(paper: Document) -> bool:
    """It comes in; what nobody has confirmed yet may still go out, unless it came over the Exchange."""
    return comes_in(paper) and (bool(paper.register_number) or paper.origin.door is Door.EXCHANGE)


def _punctual(due: dt.datetime | None, done: dt.datetime | None, now: dt.datetime) -> str:
    if done is not None:
        return "late" if due is not None and done > due else "in_time"
    return "overdue" if due is not None and now > due else "waiting"


def _recipients(papers: Sequence[Document]) -> Section:
    states: dict[str, Counter[str]] = {}
    for paper in papers:
        if paper.stage in (Stage.SENT, Stage.DELIVERED, Stage.RECALLING, Stage.REFUSED, Stage.RECALLED):
            for to in paper.recipients if paper.origin.door is not Door.EXCHANGE else ():
                states.setdefault(f"{to.name} ({to.code})", Counter())[to.state] += 1
    shown = ("", "01", "03", "04", "05", "06", "02", "15")
    rows: tuple[tuple[str | int, ...], ...] = tuple((name, sum(found.values()), *(found[code] for code in shown))
                 for name, found in sorted(states.items(), key=lambda one: (-sum(one[1].values()), one[0])))
    heads = ("Chưa trả lời", *(STATUS_WORDS[code] for code in shown[1:-1]), "Đã lấy lại")
    return Section("recipients", "Trạng thái theo nơi nhận", ("Nơi nhận", "Đã gửi", *heads), rows)


def _most_first(found: Mapping[tuple[str, str], int]) -> list[tuple[tuple[str, str], int]]:
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))


def _refusals(papers: Sequence[Document]) -> Section:
    reasons = Counter(("Cổng văn thư không tiếp nhận", paper.reason or "không nêu lý do") for paper in papers
                      if paper.stage is Stage.REJECTED)
    reasons.update((f"{to.name} từ chối", to.note or "không nêu lý do") for paper in papers
                   for to in paper.recipients if to.state == "02")
    rows: tuple[tuple[str | int, ...], ...] = tuple((*key, count) for key, count in _most_first(reasons))
    return Section("refusals", "Từ chối và lý do", ("Nơi từ chối", "Lý do", "Số lượng"), rows)


def _corrections(store: Store, papers: Sequence[Document]) -> Section:
    """Fields that clerks corrected, as the journal names them; never their values."""
    said = store.numbers.reasons(("confirmed", "corrected"), [one.id for one in papers])
    found = Counter(name.strip().capitalize() for why in said if why.startswith(_CORRECTED)
                    for name in why.removeprefix(_CORRECTED).rstrip(".").split(","))
    return _counted("corrections", "Trường văn thư đã sửa", "Trường", found)


def _checks(store: Store, period: Period) -> Section:
    span = period.span
    checks = store.checks.between(span.begins, span.ends)
    per_day = Counter(one.at.astimezone(VN).date() for one in checks)
    few = sum(count < _LEAST_CHECKS for count in per_day.values())
    rows = (("Số lần kiểm tra", len(checks)), ("Thành công", sum(one.ok for one in checks)),
            ("Không thành công", sum(not one.ok for one in checks)), ("Số ngày có kiểm tra", len(per_day)),
            ("Số ngày kiểm tra ít hơn 2 lần", few))
    return Section("checks", "Kiểm tra kết nối trục liên thông", ("Nội dung", "Số lượng"), rows)


def due_words(period: Period) -> str:
    """By when the report is to be sent (R-191), "" for days that somebody chose."""
    if not period.due:
        return ""
    above, government = period.due
    return f"Hạn gửi cơ quan cấp trên: {above:%d/%m/%Y}; gửi Chính phủ: {government:%d/%m/%Y}."


def report_as_json(report: Report) -> dict[str, Any]:
    """For programs; times in +07:00."""
    span = report.period.span
    return {
        "unit": report.unit.code, "period": report.period.name, "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "due": dict(zip(("above", "government"), (day.isoformat() for day in report.period.due), strict=False)),
        "made_at": report.made_at.astimezone(VN).isoformat(timespec="seconds"),
        "sections": {section.key: [dict(zip(section.columns, row, strict=True)) for row in section.rows]
                     for section in report.sections},
    }
