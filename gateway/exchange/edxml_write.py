"""Writes edXML, dialect A1, byte for byte as receivers expect it (QCVN 102:2016 as it is on the wire).

The text is put together by hand and not by an XML library: some receivers look for the literal prefixed names, and a
library is free to drop a prefix that is bound to the default namespace.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from gateway.document import VN, Receipt
from gateway.errors import BadMessage
from gateway.exchange.codes import ADMINISTRATIVE, PRIORITIES, TYPE_DETAILS
from gateway.exchange.port import Body, Parcel

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")

LIMITS = {
    "CodeNumber": (11, "Số văn bản"),
    "CodeNotation": (30, "Ký hiệu văn bản"),
    "Place": (50, "Địa danh"),
    "Subject": (500, "Trích yếu"),
    "Content": (500, "Nội dung"),
    "OrganName": (200, "Tên cơ quan"),
    "TypeName": (100, "Tên loại văn bản"),
    "AttachmentName": (200, "Tên tệp đính kèm"),
    "Competence": (100, "Thẩm quyền ký"),
    "FullName": (100, "Họ tên người ký"),
}
"""Lengths met in receiving systems, with the name a person knows the field by."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The document a status speaks of: who is addressed and how the document is known there."""

    to_code: str
    document_id: str
    code: str = ""
    """number/symbol."""
    date: dt.date | None = None


def clean(text: str) -> str:
    """NFC without control characters: what may stand in an element."""
    return _CONTROL.sub("", unicodedata.normalize("NFC", text)).strip()


def _element(name: str, value: str | int | None, *, prefix: str = "edXML:") -> str:
    text = clean(str(value)) if value is not None else ""
    if not text:
        return ""
    limit = LIMITS.get(name)
    if limit and len(text) > limit[0]:
        raise BadMessage(f"{limit[1]} dài {len(text)} ký tự, vượt quá {limit[0]} ký tự. Hãy rút gọn rồi gửi lại.")
    return f"<{prefix}{name}>{escape(text)}</{prefix}{name}>"


def _group(name: str, *children: str, prefix: str = "edXML:") -> str:
    inner = "".join(children)
    return f"<{prefix}{name}>{inner}</{prefix}{name}>" if inner else ""


def _organization(name: str, body: Body) -> str:
    return _group(name, _element("OrganId", body.code), _element("OrganName", body.name), _element("Email", body.mail))


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(VN).strftime("%Y/%m/%d %H:%M:%S")


def _envelope(header: str, body: str = "", attachments: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="{NAMESPACE}">'
        f'<edXML:edXMLEnvelope xmlns:edXML="{NAMESPACE}"><edXML:edXMLHeader>{header}</edXML:edXMLHeader>{body}'
        f"</edXML:edXMLEnvelope>{attachments}</edXML>\n"
    ).encode()


def write_parcel(parcel: Parcel, *, kind: int = 0, reason: str = "") -> bytes:
    """A document message: `kind` 0 new, 1 recall, 2 update, 3 replace.

    Raises:
        BadMessage: a field is longer than receivers take, or what every message must have is missing.
    """
    if not (parcel.sender.code and parcel.recipients and parcel.subject.strip() and parcel.enclosures):
        raise BadMessage("Gói tin thiếu cơ quan gửi, nơi nhận, trích yếu hoặc tệp. Hãy bổ sung rồi gửi lại.")
    header = _message_header(parcel) + _traces(parcel, kind, reason)
    references, attachments = zip(
        *(_file(enclosure.name, enclosure.media_type, enclosure.path.read_bytes()) for enclosure in parcel.enclosures),
        strict=True,
    )
    manifest = f'<edXML:edXMLManifest version="1.0">{"".join(references)}</edXML:edXMLManifest>'
    return _envelope(
        header, f"<edXML:edXMLBody>{manifest}</edXML:edXMLBody>", _group("AttachmentEncoded", *attachments, prefix="")
    )


def _message_header(parcel: Parcel) -> str:
    unique = {body.code: body for body in parcel.recipients}
    return _group(
        "MessageHeader",
        _organization("From", parcel.sender),
        *(_organization("To", body) for body in unique.values()),
        _element("DocumentId", parcel.document_id),
        _group("Code", _element("CodeNumber", parcel.number), _element("CodeNotation", parcel.symbol)),
        _group(
            "PromulgationInfo", _element("Place", parcel.place), _element("PromulgationDate", f"{parcel.date:%Y/%m/%d}")
        ),
        _group("DocumentType", *_type(parcel.doc_type)),
        _element("Subject", parcel.subject),
        _element("Content", parcel.content or parcel.subject),
        _signer(parcel),
        _group(
            "OtherInfo",
            _element("Priority", PRIORITIES.get(parcel.urgency, 0)),
            _element("PageAmount", parcel.pages or None),
        ),
        _element("SteeringType", 0),
    )


def _type(name: str) -> Iterable[str]:
    if not name:
        return ()
    return _element("Type", ADMINISTRATIVE), _element("TypeDetail", TYPE_DETAILS.get(name)), _element("TypeName", name)


def _signer(parcel: Parcel) -> str:
    competence, _, position = parcel.signer_title.replace("\n", ",").partition(",")
    return _group(
        "SignerInfo",
        _element("Competence", competence),
        _element("Position", position),
        _element("FullName", parcel.signer),
    )


def _traces(parcel: Parcel, kind: int, reason: str) -> str:
    trace = _group(
        "TraceHeader", _element("OrganId", parcel.sender.code), _element("Timestamp", _stamp(parcel.sent_at))
    )
    business = _group(
        "Bussiness",
        _element("DocumentId", parcel.document_id if kind else None),
        _element("BussinessDocType", kind),
        _element("BussinessDocReason", reason or "Văn bản mới"),
        _element("Paper", int(parcel.paper_follows)),
        _group("StaffInfo", _element("Department", "Văn thư")),
    )
    return _group("TraceHeaderList", trace, business)


def _file(name: str, media_type: str, data: bytes) -> tuple[str, str]:
    """Manifest entry and attachment of one file: raw bytes under their true media type, base64 on one line."""
    content_id = f"cid:{uuid.uuid4()}"
    described = (("Description", name), ("AttachmentName", name))
    reference = _group(
        "Reference",
        _element("ContentId", content_id),
        _element("ContentType", media_type),
        *(_element(key, value) for key, value in described),
    )
    encoded = base64.b64encode(data).decode("ascii")
    attachment = _group(
        "Attachment",
        _element("ContentId", content_id, prefix=""),
        _element("AttachmentName", name, prefix=""),
        _element("Description", name, prefix=""),
        _element("ContentType", media_type, prefix=""),
        f'<edXML:ContentTransferEncoded xmlns:edXML="{NAMESPACE}">{encoded}</edXML:ContentTransferEncoded>',
        prefix="",
    )
    return reference, attachment


def write_status(speaker: Body, about: Answered, receipt: Receipt) -> bytes:
    """A status message; `speaker` says `receipt.code` to `about.to_code`."""
    return _envelope(
        _group(
            "MessageHeader",
            _organization("From", speaker),
            _group(
                "ResponseFor",
                _element("OrganId", about.to_code),
                _element("Code", about.code),
                _element("PromulgationDate", f"{about.date:%Y/%m/%d}" if about.date else None),
                _element("DocumentId", about.document_id),
            ),
            _group("StaffInfo", _element("Department", "Văn thư"), _element("Staff", receipt.staff)),
            _element("StatusCode", receipt.code),
            _element("Description", receipt.reason),
            _element("Timestamp", _stamp(receipt.at)),
        )
    )
