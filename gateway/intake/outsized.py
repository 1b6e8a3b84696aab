"""A letter too large for its mailbox: the desk has its head, with size and place, and what to do about it."""
from __future__ import annotations

import math

from gateway.document import LETTER_TYPE, Change, Held
from gateway.fates import LetterRecord, PartFate, record_to_json
from gateway.store.notices import OUTSIZED
from mail.envelope import Envelope, Outsized
from mail.letter import Head
from mail.part import Fate

HELD = "letter_too_large"
REFUSAL = "Thư quá lớn. Cổng văn thư đã ghi lại người gửi và tiêu đề."
_MIB = 1 << 20
_SIZE = "Thư dài {size} MB, quá mức {largest} MB của hộp thư."
_WHERE = ("{said} Cổng chỉ đọc phần đầu; thư còn nguyên trong thư mục “{folder}” của hộp thư {account}. "
          "Hãy lấy tệp ở đó rồi tải lên tại bàn văn thư, hoặc chờ nơi gửi gửi lại thư nhỏ hơn; xong thì từ chối mục "
          "này.")


def fates_of(head: Head, outsized: Outsized) -> bytes:
    """What the desk shows of it: one Part, the whole letter, which nobody has opened (Role.FATES)."""
    part = PartFate(place="", name=head.subject, media_type=LETTER_TYPE, size=outsized.size, sha256="",
                    fate=Fate.HELD.value, why=_said(outsized))
    return record_to_json(LetterRecord(
        subject=head.subject, sender=head.sender, sender_name=head.sender_name, to=head.to,
        message_id=head.message_id, date=None, automatic=head.automatic, signed="", remarks=(), text="", other_text="",
        parts=(part,)))


def noted(envelope: Envelope, outsized: Outsized, held: Held | None, change: Change) -> Change:
    """The Change that is written down with it; `held` is why the letter waits besides (gateway.intake.letters)."""
    where = _WHERE.format(said=_said(outsized), folder=outsized.kept_in, account=envelope.account)
    reason = f"{held.reason} {where}" if held else where
    why = f"{where} {change.why}".strip()
    return Change(what="held", why=why, held=Held(held.code if held else HELD, reason), recipients=change.recipients,
                  remarks=(*(change.remarks or ()), OUTSIZED), files=change.files)


def _said(outsized: Outsized) -> str:
    return _SIZE.format(size=math.ceil(outsized.size / _MIB), largest=outsized.largest // _MIB)
