"""edXML, the interchange's message (QCVN 102:2016): the writer, the reader, and a plain view for people."""

from __future__ import annotations

from gateway.exchange.codes import STATUS_WORDS
from gateway.exchange.edxml_read import Attachment, EdocMessage, read_message
from gateway.exchange.edxml_write import NAMESPACE, Answered, write_parcel, write_status
from gateway.exchange.port import StatusMessage

__all__ = [
    "NAMESPACE",
    "Answered",
    "Attachment",
    "EdocMessage",
    "StatusMessage",
    "read_message",
    "show",
    "write_parcel",
    "write_status",
]

_KINDS = {0: "Văn bản mới", 1: "Thu hồi", 2: "Cập nhật", 3: "Thay thế"}


def show(raw: bytes) -> str:
    """A message in words, one fact a line.

    Raises:
        BadMessage: it cannot be read.
    """
    message = read_message(raw)
    if isinstance(message, StatusMessage):
        receipt = message.receipt
        rows = [
            ("Trạng thái", f"{receipt.code} {STATUS_WORDS.get(receipt.code, '')}"),
            ("Từ", f"{receipt.from_name} ({receipt.from_code})"),
            ("Gửi tới", message.to_code),
            ("Về văn bản", message.document_id),
            ("Lúc", receipt.at.isoformat()),
            ("Lý do", receipt.reason),
        ]
    else:
        rows = [
            ("Loại gói tin", _KINDS.get(message.kind, str(message.kind))),
            ("Mã văn bản", message.document_id),
            ("Từ", f"{message.sender.name} ({message.sender.code})"),
            *(("Tới", f"{body.name} ({body.code})") for body in message.recipients),
            ("Số, ký hiệu", f"{message.number}/{message.symbol}"),
            ("Ngày", message.date_text),
            ("Tên loại", message.doc_type),
            ("Trích yếu", message.subject),
            ("Người ký", message.signer),
            ("Lý do", message.reason if message.kind else ""),
            *(("Tệp", f"{each.name} ({len(each.data)} byte)") for each in message.attachments),
        ]
    return "\n".join(f"{name}: {value}" for name, value in rows if value.strip())
