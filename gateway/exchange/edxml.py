"""edXML, the interchange's message (QCVN 102:2016): the writer, the reader, and a plain view for people."""

from __future__ import annotations

from gateway.exchange.codes import STATUS_WORDS
from gateway.exchange.edxml_message import Answered, Attachment, EdocMessage, Replaced, Turn
from gateway.exchange.edxml_read import ReadMessage, read_message
from gateway.exchange.edxml_text import NAMESPACE
from gateway.exchange.edxml_write import Profile, write_parcel, write_status
from gateway.exchange.port import Body, StatusMessage

__all__ = [
    "NAMESPACE",
    "Answered",
    "Attachment",
    "EdocMessage",
    "Profile",
    "ReadMessage",
    "Replaced",
    "StatusMessage",
    "Turn",
    "read_message",
    "show",
    "write_parcel",
    "write_status",
]

_KINDS = {0: "Văn bản mới", 1: "Thu hồi", 2: "Cập nhật", 3: "Thay thế"}
_URGENCIES = ("Thường", "Khẩn", "Thượng khẩn", "Hỏa tốc", "Hỏa tốc hẹn giờ")
_WARNINGS = {
    "no_business": "Gói tin không nêu loại nghiệp vụ; coi là văn bản mới",
    "unknown_kind": "Loại nghiệp vụ lạ",
    "unknown_priority": "Độ khẩn lạ; coi là thường",
    "date_unreadable": "Ngày ban hành không đọc được",
    "date_in_future": "Ngày ban hành sau ngày gửi",
    "doubled_recipient": "Một nơi nhận được nêu hai lần",
    "odd_code": "Mã cơ quan không đúng mẫu",
    "too_long": "Trường dài hơn quy định",
    "manifest_mismatch": "Danh mục tệp không khớp tệp",
    "doubt": "Tệp đáng ngờ",
}
_DOUBTS = {
    "not_a_pdf": "tên là PDF nhưng nội dung không phải PDF",
    "destroyed_by_text": "tệp PDF đã hỏng trên đường truyền",
    "base64_damaged": "mã hóa base64 có ký tự lạ",
    "several_in_zip": "gói nén chứa nhiều tệp",
    "unreadable_zip": "gói nén không mở được",
    "zip_bomb": "gói nén phình quá lớn, không mở",
}


def show(raw: bytes) -> str:
    """A message in words, one fact a line.

    Raises:
        BadMessage: it cannot be read.
    """
    message = read_message(raw)
    rows = _status(message) if isinstance(message, StatusMessage) else _document(message)
    # One line each: what another office wrote must not look like a line of ours, nor steer a terminal.
    return "\n".join(f"{name}: {_line(value)}" for name, value in rows if value.strip())


def _line(value: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in value)


def _called(body: Body) -> str:
    return f"{body.name} ({body.code})" if body.name else body.code


def _status(message: StatusMessage) -> list[tuple[str, str]]:
    receipt = message.receipt
    return [
        ("Trạng thái", f"{receipt.code} {STATUS_WORDS.get(receipt.code, 'không rõ')}"),
        ("Từ", _called(Body(receipt.from_code, receipt.from_name))),
        ("Gửi tới", message.to_code),
        *(row for one in message.each() for row in (("Về văn bản", one.document_id), ("Số, ký hiệu", one.number))),
        ("Lúc", f"{receipt.at:%d/%m/%Y %H:%M:%S}"),
        ("Người xử lý", receipt.staff),
        ("Lý do", receipt.reason),
    ]


def _document(message: EdocMessage) -> list[tuple[str, str]]:
    turn = message.turn
    return [
        ("Loại gói tin", _KINDS.get(message.kind, f"không rõ ({message.kind})")),
        ("Mã văn bản", message.document_id),
        ("Từ", _called(message.sender)),
        *(("Tới", _called(body)) for body in message.recipients),
        ("Số, ký hiệu", f"{message.number}/{message.symbol}".strip("/")),
        ("Ngày", f"{message.date:%d/%m/%Y}" if message.date else message.date_text),
        ("Địa danh", message.place),
        ("Tên loại", message.doc_type),
        ("Trích yếu", message.subject),
        ("Người ký", ", ".join(part for part in (message.signer_title, message.signer) if part)),
        ("Độ khẩn", _URGENCIES[message.priority]),
        ("Hạn trả lời", f"{message.due:%d/%m/%Y}" if message.due else ""),
        *(("Trả lời văn bản", each.code or each.document_id) for each in message.responds_to),
        ("Văn bản liên quan", turn.target_id),
        *(("Thay thế văn bản", each.document_id) for each in turn.replaces),
        ("Thêm nơi nhận", ", ".join(turn.added)),
        ("Bớt nơi nhận", ", ".join(turn.removed)),
        ("Lý do", turn.reason if turn.kind else ""),
        ("Bản giấy", "gửi kèm" if message.paper_follows else "không"),
        *(("Tệp", _file(each)) for each in message.attachments),
        *(("Lưu ý", _warned(each)) for each in message.warnings),
    ]


def _file(attachment: Attachment) -> str:
    size = f"{len(attachment.data):,}".replace(",", ".")
    doubt = f"; {_DOUBTS.get(attachment.doubt, attachment.doubt)}" if attachment.doubt else ""
    return f"{attachment.name} ({size} byte{doubt})"


def _warned(warning: str) -> str:
    word, _, about = warning.partition(":")
    return f"{_WARNINGS.get(word, word)}{f' ({about})' if about and word != 'doubt' else ''}"
