"""What the sandbox says: JSON replies, the statuses of invented offices, and their directory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.document import VN, Receipt
from gateway.exchange.edxml_message import Answered, EdocMessage
from gateway.exchange.edxml_write import write_status
from gateway.exchange.port import Body, StatusMessage
from gateway.exchange.sandbox_state import Packet

REGISTERED = "Đã vào sổ đến"
REFUSED = "Văn bản không thuộc thẩm quyền giải quyết"

BODIES = (
    Body("H99", "Ủy ban nhân dân tỉnh An Hòa", old_code="000.00.00.H99"),
    Body("H99.2", "Sở Nội vụ tỉnh An Hòa", "H99", "000.00.02.H99"),
    Body("H99.3", "Sở Tài chính tỉnh An Hòa", "H99", "000.00.03.H99"),
    Body("H99.4", "Sở Y tế tỉnh An Hòa", "H99", "000.00.04.H99"),
    Body("H99.5", "Sở Khoa học và Công nghệ tỉnh An Hòa", "H99", "000.00.05.H99"),
    Body("H99.6", "Sở Tư pháp tỉnh An Hòa", "H99", "000.00.06.H99"),
    Body("H99.20", "Ủy ban nhân dân xã Bình Minh", "H99", "000.00.20.H99"),
    Body("H99.21", "Ủy ban nhân dân xã Ví Dụ", "H99", "000.00.21.H99"),
    Body("H99.22", "Ủy ban nhân dân phường Tân Lập", "H99", "000.00.22.H99"),
    Body("H98.4", "Sở Đối chiếu tỉnh Khác", "H98", "000.00.04.H98"),
)
"""Invented offices of an invented province."""
ENDED = Body("H99.8", "Sở Thông tin và Truyền thông tỉnh An Hòa", "H99", "000.00.08.H99")
"""One of them that is no more: only getSynchronizeUnit still speaks of it."""


@dataclass(frozen=True, slots=True)
class Said:
    """One status of a receiving office."""

    code: str
    words: str
    after: float
    """Seconds after the document came."""


AGREED = (Said("15", "Đồng ý cho lấy lại", 0.0),)
"""What a receiver says to a recall that came as a document (type 1)."""


def plan(register_after: float, *, refused: bool, late: bool) -> Sequence[Said]:
    """What a receiver says to a document, and when; `late`: 01 comes behind."""
    second = Said("02", REFUSED, register_after) if refused else Said("03", REGISTERED, register_after)
    return Said("01", "", 2 * register_after + 0.5 if late else 0.0), second


def ok(**more: object) -> dict[str, object]:
    """A reply of success."""
    return {"status": "OK", "ErrorCode": "0", "ErrorDesc": "Thanh cong", **more}


def fail(code: str, words: str) -> dict[str, object]:
    """A reply of refusal; the HTTP status is 200 all the same."""
    return {"status": "FAIL", "ErrorCode": code, "ErrorDesc": words}


def moment(seconds: float) -> dt.datetime:
    """Seconds since the epoch as Viet Nam's time."""
    return dt.datetime.fromtimestamp(seconds, VN)


def row(packet: Packet) -> dict[str, str]:
    """A packet in the shape of getReceivedEdocList."""
    at = moment(packet.ready_at).strftime("%Y/%m/%d %H:%M:%S")
    return {
        "docId": packet.docid,
        "serviceType": "eDoc",
        "messageType": packet.kind,
        "created_time": at,
        "updated_time": at,
        "from": packet.sender,
        "to": packet.receiver,
        "status": packet.status,
        "status_desc": "",
    }


def agencies() -> list[dict[str, str]]:
    """The directory in the shape of getAgenciesList."""
    return [_agency(place, body) for place, body in enumerate(BODIES, 1)]


def _agency(place: int, body: Body) -> dict[str, str]:
    return {
        "id": str(place),
        "pid": body.parent,
        "code": body.code,
        "name": body.name,
        "mail": body.mail,
        "oldCode": body.old_code,
    }


def units() -> list[dict[str, str]]:
    """The directory in the shape of getSynchronizeUnit: those that are there, and one that has ended."""
    more = {"version": "1", "centerCode": "99.99.W00", "isAgency": "1"}
    there = [{**row, **more, "deleted": "0", "modifyDate": ""} for row in agencies()]
    gone = {**_agency(len(BODIES) + 1, ENDED), **more, "deleted": "1", "modifyDate": "2025/03/01 00:00:00"}
    return [*there, gone]


def status_of(message: EdocMessage, speaker: Body, receipt: Receipt) -> bytes:
    """What a receiving office says about a document."""
    about = Answered(message.sender.code, message.document_id, f"{message.number}/{message.symbol}", message.date)
    return write_status(speaker, about, receipt)


def give_back(asked: StatusMessage, at: dt.datetime) -> bytes:
    """An office agrees to give a document back (15)."""
    known = next((body.name for body in BODIES if body.code == asked.to_code), asked.to_code)
    about = Answered(asked.receipt.from_code, asked.document_id, asked.number)
    return write_status(
        Body(asked.to_code, known), about, Receipt("15", at, asked.to_code, reason="Đồng ý cho lấy lại")
    )


def asked_back(message: EdocMessage, at: dt.datetime) -> bytes:
    """The sender of a document asks for it back (13)."""
    to = message.recipients[0].code
    about = Answered(to, message.document_id, f"{message.number}/{message.symbol}", message.date)
    return write_status(
        message.sender, about, Receipt("13", at, message.sender.code, reason="Sai phụ lục, đề nghị trả lại")
    )
