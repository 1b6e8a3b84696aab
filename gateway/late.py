"""The clock: papers whose time has passed are told to those who lead, each once (R-122); the desk shows them itself."""
from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.document import VN, Document, Stage
from gateway.review.desk import HealthLine
from gateway.store.due import due_at
from gateway.store.store import Query, Store
from mail.post import Notice
from rules.calendar_vn import known
from rules.field import Name

WAITS = frozenset({Stage.RECEIVED, Stage.READ, Stage.PROPOSED, Stage.CONFIRMED, Stage.SEALED})
"""Stages on which a paper can become late."""
_AHEAD = dt.timedelta(days=60)
_MOST = 500
_LISTED = 60


@dataclass(frozen=True, slots=True)
class LateTools:
    """What the round works with."""

    store: Store
    clock: Callable[[], dt.datetime]


def mark_late(tools: LateTools) -> int:
    """Writes down who is to be told of what has become late; how many papers are late now."""
    now = tools.clock()
    found = tools.store.find(Query(stages=WAITS, urgent_first=True, limit=_MOST)).documents
    late = [document for document in found if is_late(document, now)]
    tools.store.notices.owe_late(late, now)
    return len(late)


def is_late(document: Document, now: dt.datetime) -> bool:
    """It waits, and the end of the next working morning has passed (R-120)."""
    due = due_at(document) if document.stage in WAITS else None
    return due is not None and due < now


def calendar_health(now: dt.datetime) -> Sequence[HealthLine]:
    """A word in time: without the yearly notice no deadline of next year can be told (R-167)."""
    ahead = (now.astimezone(VN) + _AHEAD).year
    if known(ahead):
        return ()
    return (HealthLine("Lịch làm việc", False, f"Chưa có lịch nghỉ năm {ahead} nên chưa tính được hạn xử lý. "
                                              "Khi có thông báo, hãy ghi lịch nghỉ vào tệp của calendar.file."),)


def late_notice(head: str, papers: Sequence[Document], office: str, number: int) -> Notice:
    """One letter about all of them; never what stands in a paper beyond number and issuer."""
    lines = [f"- {_called(paper)}: hạn {due:%H:%M ngày %d/%m/%Y}, mã {paper.id}"
             for paper in papers[:_LISTED] if (due := due_at(paper))]
    more = f"\nvà {len(papers) - _LISTED} văn bản khác." if len(papers) > _LISTED else ""
    text = (f"Kính gửi: {head}\n\nCác văn bản sau đã quá hạn xử lý tại cổng văn thư:\n" + "\n".join(lines) + more
            + f"\n\nĐề nghị chỉ đạo văn thư xử lý ngay.\n\n{office}\nThư này do hệ thống tự động gửi.")
    return Notice(to=head, subject=f"{len(papers)} văn bản quá hạn tại cổng văn thư", text=text,
                  key=f"overdue.{number}.{hashlib.sha256(head.encode()).hexdigest()[:12]}")


def _called(paper: Document) -> str:
    code = "/".join(part for part in (paper.value(Name.NUMBER), paper.value(Name.SYMBOL)) if part)
    came = f"nhận {paper.received_at.astimezone(VN):%d/%m/%Y}"
    return ", ".join(part for part in (code or "chưa rõ số", paper.value(Name.ISSUER), came) if part)
