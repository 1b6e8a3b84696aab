"""What the bringer of a letter is told by mail, in the words of an office, and the round that sends it."""
from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.document import VN, Document, Role
from gateway.errors import BadSettings, DiskFull, FileMissing, NotFound, VaultError
from gateway.fates import letter_record
from gateway.handing_on import HandTools, hand_on
from gateway.late import late_notice
from gateway.store.notices import (
    DOUBTFUL,
    GIVEN_UP,
    HANDED,
    OUTSIZED,
    OVERDUE,
    SENT,
    WAITING,
    WITHDRAWN,
    OwedNotice,
)
from gateway.store.store import Store
from gateway.store.vault import Vault
from mail.letter import Head, head_of
from mail.post import Notice, PostTrouble

log = logging.getLogger(__name__)
MOST_TRIES = 12
_FIRST_WAIT, _LONGEST_WAIT = dt.timedelta(minutes=2), dt.timedelta(hours=6)
_AN_HOUR = dt.timedelta(hours=1)

_TEXTS: Mapping[str, tuple[str, str]] = {
    "received": ("Đã nhận văn bản", ("Cổng văn thư đã nhận thư của quý cơ quan và đang xử lý.\n"
                 "Quý cơ quan sẽ nhận thông báo tiếp theo khi văn thư đã kiểm tra.")),
    "too_large": ("Chưa tiếp nhận thư quá lớn", ("{fate} Văn bản trong thư chưa được tiếp nhận.\nĐề nghị quý cơ quan "
                  "chia thành các thư nhỏ hơn hoặc quét lại ở 300 dpi, rồi gửi lại.")),
    "registered": ("Đã vào sổ văn bản", "Văn thư đã kiểm tra và vào sổ văn bản, số {register}."),
    "rejected": ("Không tiếp nhận văn bản", ("Văn thư không tiếp nhận văn bản vì: {reason}\n"
                 "Đề nghị quý cơ quan chỉnh sửa theo lý do trên rồi gửi lại.")),
    "stopped": ("Không tiếp nhận văn bản", ("Văn bản có dấu hiệu mang bí mật nhà nước nên đã bị dừng và không lưu.\n"
                "Đề nghị quý cơ quan gửi theo quy định về bảo vệ bí mật nhà nước, không gửi qua thư điện tử.")),
    "delivered": ("Nơi nhận đã tiếp nhận văn bản", "Nơi nhận trên trục liên thông đã tiếp nhận văn bản:\n{receivers}"),
    "refused": ("Nơi nhận từ chối văn bản", ("Nơi nhận trên trục liên thông từ chối văn bản: {reason}\n{receivers}\n"
                "Đề nghị quý cơ quan liên hệ nơi nhận hoặc gửi lại văn bản đã chỉnh sửa.")),
    "partly_refused": ("Có nơi nhận từ chối văn bản", ("Có nơi nhận từ chối văn bản:\n{receivers}\n"
                       "Đề nghị quý cơ quan liên hệ nơi nhận đã từ chối hoặc gửi lại văn bản đã chỉnh sửa.")),
    "recalled": ("Văn bản đã được thu hồi", "Văn bản đã được thu hồi khỏi các nơi nhận: {reason}\n{receivers}"),
    HANDED: ("Đã chuyển văn bản đến đơn vị", ""),
    WITHDRAWN: ("Đã báo đơn vị hủy văn bản", ""),
    OVERDUE: ("Đã báo lãnh đạo văn bản quá hạn", ""),
}
_TO_UNITS = {HANDED, WITHDRAWN}
_FROZEN_WAIT = dt.timedelta(minutes=5)
_STATES = {"01": "đã đến", "02": "từ chối", "03": "đã tiếp nhận", "04": "đã phân công", "05": "đang xử lý",
           "06": "đã hoàn thành", "13": "yêu cầu thu hồi", "15": "đồng ý thu hồi", "16": "không đồng ý thu hồi"}


@dataclass(frozen=True, slots=True)
class NoticeTools:
    """What the round works with."""

    store: Store
    vault: Vault
    post: Callable[[Notice], None]
    """Hands a notice to the mail server (mail.post.post)."""
    name_of: Callable[[str], str]
    """Name of a unit by its code."""
    clock: Callable[[], dt.datetime]
    per_hour: int
    """Most letters to one address within an hour; what is more waits."""
    hand: HandTools
    by_mail: bool = True
    """There is a mail server; without one only what is laid into the print folder is done."""
    heads: tuple[str, ...] = ()
    """Addresses that are told of late papers."""


def notice_of(owed: OwedNotice, document: Document, office: str, head: Head | None, *, fate: str = "") -> Notice:
    """The letter for one event; `head` is that of the letter it answers, None where that is erased.

    `fate` says why the whole letter was not taken.
    """
    title, text = _TEXTS[owed.event]
    body = text.format(register=document.register_number, reason=_sentence(document.reason), fate=fate,
                       receivers=_told(document))
    about = head.subject if head and head.subject and owed.event != "stopped" else ""
    lines = [f"Kính gửi: {owed.to}", "", body.strip(), "",
             *([f"Thư của quý cơ quan: {about}"] if about else []),
             f"Thời gian nhận: {document.received_at.astimezone(VN):%H:%M ngày %d/%m/%Y}",
             f"Mã văn bản tại cổng văn thư: {document.id}", "", office,
             "Thư này do hệ thống tự động gửi; khi cần trao đổi, đề nghị liên hệ văn thư và nêu mã văn bản."]
    return Notice(to=owed.to, subject=f"[{document.id}] {title}{f': {about}' if about else ''}", text="\n".join(lines),
                  key=f"{document.id}.{owed.event}", answers=head.message_id if head else "")


def _sentence(reason: str) -> str:
    return reason if not reason or reason.endswith((".", "!", "?")) else f"{reason}."


def _told(document: Document) -> str:
    rows = []
    for to in document.recipients:
        state = _STATES.get(to.state, "chưa trả lời")
        rows.append(f"- {to.name}: {state}{f' ({to.note})' if to.note else ''}")
    return "\n".join(rows)


def send_notices(tools: NoticeTools) -> int:
    """Sends what is due; how many went out.  Each is said to be on its way before the mail server hears of it."""
    now, went = tools.clock(), 0
    for owed in tools.store.notices.due(now, events=_TO_UNITS):
        went += tools.store.notices.begin(owed) and _send(owed, tools)
    if not tools.by_mail:
        return went
    if late := tools.store.notices.due(now, 500, events={OVERDUE}):
        went += _tell_heads(late, tools)
    for owed in tools.store.notices.due(now, events=set(_TEXTS) - _TO_UNITS - {OVERDUE}):
        if tools.store.notices.sent_to(owed.to, now - _AN_HOUR) >= tools.per_hour:
            tools.store.notices.end(owed, WAITING, now, again_at=now + _AN_HOUR / 4)
            continue
        if not tools.store.notices.begin(owed):
            continue
        went += _send(owed, tools)
    return went


def _tell_heads(late: Sequence[OwedNotice], tools: NoticeTools) -> bool:
    """One letter to each head about all that has become late since the last."""
    begun = [owed for owed in late if tools.store.notices.begin(owed)]
    papers = [tools.store.get(owed.document) for owed in begun]
    try:
        for head in tools.heads if begun else ():
            tools.post(late_notice(head, papers, tools.hand.office, begun[-1].id))
    except PostTrouble as trouble:
        for owed in begun:
            _failed(owed, trouble, tools)
        return False
    for owed in begun:
        tools.store.notices.end(owed, SENT, tools.clock())
        tools.store.note(owed.document, who="machine", what="notice_sent", why=_TEXTS[OVERDUE][0] + ".")
    return bool(begun)


def _send(owed: OwedNotice, tools: NoticeTools) -> bool:
    try:
        document = tools.store.get(owed.document)
        if owed.event == HANDED and (document.frozen or document.file(Role.PAPER) is None):
            _not_now(owed, document, tools)
            return False
        if owed.event in _TO_UNITS:
            hand_on(owed, document, tools.hand)
        else:
            tools.post(notice_of(owed, document, tools.name_of(document.unit), _head(document, tools.vault),
                                 fate=_fate(document, tools.vault)))
    except PostTrouble as trouble:
        _failed(owed, trouble, tools)
        return False
    except DiskFull as error:
        tools.store.notices.end(owed, WAITING, tools.clock(), trouble=str(error),
                                again_at=tools.clock() + _FROZEN_WAIT)
        return False
    except (NotFound, VaultError, BadSettings) as error:
        tools.store.notices.end(owed, GIVEN_UP, tools.clock(), trouble=str(error))
        return False
    tools.store.notices.end(owed, SENT, tools.clock())
    tools.store.note(owed.document, who="machine", what="notice_sent", why=_TEXTS[owed.event][0] + ".")
    log.info("%s notice_sent event=%s", owed.document, owed.event)
    return True


def _not_now(owed: OwedNotice, document: Document, tools: NoticeTools) -> None:
    """Its sender wants the paper back, or has it back: nothing is handed on."""
    now = tools.clock()
    tools.store.notices.end(owed, WAITING if document.frozen else GIVEN_UP, now, trouble=document.reason,
                            again_at=now + _FROZEN_WAIT)


def _failed(owed: OwedNotice, trouble: PostTrouble, tools: NoticeTools) -> None:
    now = tools.clock()
    log.warning("%s notice_trouble event=%s temporary=%s begun=%s", owed.document, owed.event, trouble.temporary,
                trouble.begun)
    if trouble.begun and owed.event not in _TO_UNITS:  # the server may have it: once more could be twice
        tools.store.notices.end(owed, DOUBTFUL, now, trouble=str(trouble))
    elif trouble.temporary and owed.tries + 1 < MOST_TRIES:
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**owed.tries)
        tools.store.notices.end(owed, WAITING, now, trouble=str(trouble), again_at=now + wait)
    else:
        tools.store.notices.end(owed, GIVEN_UP, now, trouble=str(trouble))


def _fate(document: Document, vault: Vault) -> str:
    record = letter_record(document, vault) if OUTSIZED in document.remarks else None
    return record.parts[0].why if record else "Thư quá lớn."


def _head(document: Document, vault: Vault) -> Head | None:
    original = document.file(Role.ORIGINAL)
    if original is None:
        return None
    try:
        with vault.open(original) as file:
            return head_of(file)
    except (FileMissing, OSError):
        return None
