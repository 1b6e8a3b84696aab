"""The machine and a secrecy mark: nothing is derived, the bytes go, only the fact stays (design.md decision 7)."""
from __future__ import annotations

from gateway.document import Change, Document, Held, Stage
from rules.field import Secrecy

CLEARED = "secrecy_cleared"
"""Remark of a Document whose suspected mark two persons have found to be none; the machine does not doubt it again."""

_STOPPED = "Văn bản có dấu chỉ độ mật. Nội dung đã được xóa khỏi hệ thống; hãy xử lý bản giấy theo quy định về bí mật."
_UNSURE = ("Trang có dấu giống dấu chỉ độ mật. Hãy mở bản gốc để kiểm tra: "
           "nếu đúng thì bấm dừng, nếu không thì hai người xác nhận.")


def stop_for(secrecy: Secrecy, document: Document, *, unsure: str = _UNSURE) -> Change | None:
    """The Change that stops or holds the Document, or None when it may go on; `unsure` is what a hold says."""
    if CLEARED in document.remarks:
        return None
    if secrecy is Secrecy.MARKED:
        return Change(what="stopped", why=_STOPPED, to=Stage.STOPPED, secrecy=Secrecy.MARKED, reason="secrecy")
    if secrecy is Secrecy.UNSURE:
        return Change(what="held", why=unsure, secrecy=Secrecy.UNSURE, held=Held("secrecy_unsure", unsure))
    return None
