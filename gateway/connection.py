"""The connection to the Exchange is checked at set times of every day and logged (R-132)."""
from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.document import VN
from gateway.errors import ExchangeError
from gateway.exchange.port import Exchange
from gateway.review.desk import HealthLine
from gateway.store.checks import Check
from gateway.store.store import Store
from rules.field import Name

log = logging.getLogger(__name__)
AGAIN = dt.timedelta(minutes=10)
"""After a check that failed."""
_NAME, _TOLD = "Kiểm tra kết nối trục", "Trạng thái báo nơi gửi"
_SILENT, _NAMED = "Nơi nhận chưa trả lời", 3
_SAID_NOTHING = ("{} văn bản gửi đã quá {} giờ mà có nơi nhận chưa báo đã đến (trong đó: {}). "
                 "Hãy liên hệ nơi nhận hoặc đơn vị quản trị trục.")
_PATIENCE = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CheckTools:
    """What the round works with."""

    exchange: Exchange
    store: Store
    times: Sequence[dt.time]
    """Times of day, Viet Nam's."""
    clock: Callable[[], dt.datetime]


def check_if_due(tools: CheckTools) -> Check | None:
    """Checks when a set time has passed since the last check, also one that passed while the gateway was down."""
    now, last = tools.clock(), tools.store.checks.last()
    if last is not None and not is_due(last, now, tools.times):
        return None
    begun = time.monotonic()
    try:
        tools.exchange.waiting("status")
        note = ""
    except ExchangeError as trouble:
        note = str(trouble)
    check = Check(now, not note, int((time.monotonic() - begun) * 1000), note)
    tools.store.checks.add(check)
    log.info("- connection_checked ok=%s ms=%d", check.ok, check.milliseconds)
    return check


def _called(store: Store, id_: str) -> str:
    document = store.get(id_)
    return "/".join(part for part in (document.value(Name.NUMBER), document.value(Name.SYMBOL)) if part) or id_


def is_due(last: Check, now: dt.datetime, times: Sequence[dt.time]) -> bool:
    """A set time lies between the last check and now; or the last one failed a while ago."""
    if not last.ok and now - last.at >= AGAIN:
        return True
    today = now.astimezone(VN).date()
    moments = [dt.datetime.combine(day, at, VN) for day in (today - dt.timedelta(days=1), today) for at in times]
    return any(last.at < moment <= now for moment in moments)


def health(store: Store, now: dt.datetime, code: str = "", quiet_h: float = 24.0) -> Sequence[HealthLine]:
    """The last check, senders that have not been told what they should have heard at once (R-143), receivers that have
    not said a word for so many hours (R-131), and our own code when the Exchange's directory does not have it: then it
    refuses what we send."""
    last, stuck = store.checks.last(), store.answers.stuck(now - _PATIENCE)
    lines = []
    if last is not None:
        at = f"{last.at.astimezone(VN):%d/%m/%Y %H:%M}"
        said = f"{at}, {last.milliseconds} ms." if last.ok else f"{at}: {last.note}"
        lines.append(HealthLine(_NAME, last.ok, said))
    if stuck:
        lines.append(HealthLine(_TOLD, False, f"{stuck} trạng thái chưa báo được cho nơi gửi. "
                                             "Hãy kiểm tra kết nối trục và trang Văn bản đến."))
    if unheard := store.sendings.unheard_of(now - dt.timedelta(hours=quiet_h)):
        lines.append(HealthLine(_SILENT, False, _SAID_NOTHING.format(
            len(unheard), f"{quiet_h:g}", ", ".join(_called(store, id_) for id_ in unheard[:_NAMED]))))
    directory = store.directory
    if code and directory.count() and directory.get(code) is None and directory.by_old_code(code) is None:
        lines.append(HealthLine("Mã cơ quan trên trục", False, f"Danh bạ của trục không có mã {code}, nên trục có thể "
                                "từ chối văn bản gửi đi. Hãy kiểm tra unit.code với đơn vị quản trị trục."))
    return lines
