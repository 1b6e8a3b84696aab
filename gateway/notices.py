"""What the bringer of a letter is told by mail, in the words of an office, and the round that sends it."""
from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.document import VN, Document, Role
from gateway.errors import FileMissing, NotFound, VaultError
from gateway.store.notices import DOUBTFUL, GIVEN_UP, SENT, WAITING, OwedNotice
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
    "registered": ("Đã vào sổ văn bản", "Văn thư đã kiểm tra và vào sổ văn bản, số {register}."),
    "rejected": ("Không tiếp nhận văn bản", ("Văn thư không tiếp nhận văn bản vì: {reason}\n"
                 "Đề nghị quý cơ quan chỉnh sửa theo lý do trên rồi gửi lại.")),
    "stopped": ("Không tiếp nhận văn bản", ("Văn bản có dấu hiệu mang bí mật nhà nước nên đã bị dừng và không lưu.\n"
                "Đề nghị quý cơ quan gửi theo quy định về bảo vệ bí mật nhà nước, không gửi qua thư điện tử.")),
    "delivered": ("Nơi nhận đã tiếp nhận văn bản", "Nơi nhận trên trục liên thông đã tiếp nhận văn bản:\n{receivers}"),
    "refused": ("Nơi nhận từ chối văn bản", ("Nơi nhận trên trục liên thông từ chối văn bản: {reason}\n{receivers}\n"
                "Đề nghị quý cơ quan liên hệ nơi nhận hoặc gửi lại văn bản đã chỉnh sửa.")),
    "recalled": ("Văn bản đã được thu hồi", "Văn bản đã được thu hồi khỏi các nơi nhận: {reason}\n{receivers}"),
}
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


def notice_of(owed: OwedNotice, document: Document, office: str, head: Head | None) -> Notice:
    """The letter for one event; `head` is that of the letter it answers, None where that is erased."""
    title, text = _TEXTS[owed.event]
    body = text.format(register=document.register_number, reason=_sentence(document.reason), receivers=_told(document))
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
    for owed in tools.store.notices.due(now):
        if tools.store.notices.sent_to(owed.to, now - _AN_HOUR) >= tools.per_hour:
            tools.store.notices.end(owed, WAITING, now, again_at=now + _AN_HOUR / 4)
            continue
        if not tools.store.notices.begin(owed):
            continue
        went += _send(owed, tools)
    return went


def _send(owed: OwedNotice, tools: NoticeTools) -> bool:
    try:
        document = tools.store.get(owed.document)
        tools.post(notice_of(owed, document, tools.name_of(document.unit), _head(document, tools.vault)))
    except PostTrouble as trouble:
        _failed(owed, trouble, tools)
        return False
    except (NotFound, VaultError) as error:
        tools.store.notices.end(owed, GIVEN_UP, tools.clock(), trouble=str(error))
        return False
    tools.store.notices.end(owed, SENT, tools.clock())
    tools.store.note(owed.document, who="machine", what="notice_sent", why=_TEXTS[owed.event][0] + ".")
    log.info("%s notice_sent event=%s", owed.document, owed.event)
    return True


def _failed(owed: OwedNotice, trouble: PostTrouble, tools: NoticeTools) -> None:
    now = tools.clock()
    log.warning("%s notice_trouble event=%s temporary=%s begun=%s", owed.document, owed.event, trouble.temporary,
                trouble.begun)
    if trouble.begun:  # the server may have it: once more could be twice
        tools.store.notices.end(owed, DOUBTFUL, now, trouble=str(trouble))
    elif trouble.temporary and owed.tries + 1 < MOST_TRIES:
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**owed.tries)
        tools.store.notices.end(owed, WAITING, now, trouble=str(trouble), again_at=now + wait)
    else:
        tools.store.notices.end(owed, GIVEN_UP, now, trouble=str(trouble))


def _head(document: Document, vault: Vault) -> Head | None:
    original = document.file(Role.ORIGINAL)
    if original is None:
        return None
    try:
        with vault.open(original) as file:
            return head_of(file)
    except (FileMissing, OSError):
        return None
