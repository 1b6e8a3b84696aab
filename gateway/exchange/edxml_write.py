"""Writes edXML, dialect A1, byte for byte as receivers expect it (QCVN 102:2016 as it is on the wire); A2 by option.

The text is put together by hand and not by an XML library: some receivers look for the literal prefixed names, and a
library is free to drop a prefix that is bound to the default namespace.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.document import VN, Receipt
from gateway.errors import BadMessage
from gateway.exchange.codes import ADMINISTRATIVE, PLACE_LINE, PRIORITIES, TYPE_DETAILS, two_digits
from gateway.exchange.edxml_enclosures import enclose
from gateway.exchange.edxml_message import NEW, RECALL, UPDATE, Answered, Turn
from gateway.exchange.edxml_text import NAMESPACE, clean, element, group
from gateway.exchange.port import Body, Parcel

_DEPARTMENT = "Văn thư"
_FOR_SOMEBODY = ("KT.", "TM.", "TL.", "TUQ.", "Q.", "QUYỀN")
"""How a signer's title begins when he signs for another; the rest is his own position."""

_HEADER = {
    "A1": ("From", "To", "DocumentId", "Code", "PromulgationInfo", "DocumentType", "Subject", "Content", "SignerInfo",
           "DueDate", "OtherInfo", "ResponseFor", "SteeringType", "ToPlaces"),
    "A2": ("From", "To", "Code", "PromulgationInfo", "DocumentType", "Subject", "Content", "SignerInfo", "DueDate",
           "ToPlaces", "OtherInfo", "ResponseFor", "SteeringType", "DocumentId"),
}  # fmt: skip
_TYPE = {"A1": ("Type", "TypeDetail", "TypeName"), "A2": ("Type", "TypeName", "TypeDetail")}
_BUSINESS = {
    "A1": ("DocumentId", "Type", "Reason", "Paper", "Info", "Replacement", "Staff"),
    "A2": ("DocumentId", "Type", "Reason", "Info", "Replacement", "Staff", "Paper"),
}
_ROOT = {
    "A1": "",
    "A2": ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"',
}
_TRACE = {
    "A1": "",
    "A2": ' id="1" version="1.0" mustUnderstand="1" actor="http://schemas.xmlsoap.org/soap/actor/next"',
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What an axis wants to be different."""

    dialect: str = "A1"
    """"A1" (order of the Java systems) or "A2" (order of the .NET systems)."""
    zipped: bool = False
    """Each file in a zip of its own, for an axis that takes no others."""
    type_group: int = ADMINISTRATIVE
    type_details: Mapping[str, int] = field(default_factory=lambda: TYPE_DETAILS)
    """Numbers of the document types; systems differ."""
    numbers: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Name of a type to its Type and TypeDetail, where this axis has others."""


A1 = Profile()


def write_parcel(parcel: Parcel, turn: Turn | None = None, profile: Profile = A1) -> bytes:
    """A document message.

    Args:
        parcel: what is sent; for a recall the parcel that is recalled.
        turn: None for a new document.
        profile: what the axis wants.

    Raises:
        BadMessage: a field is longer than receivers take, or what every message must have is missing.
        OSError: a file cannot be read.
    """
    _complete(parcel)
    turn = turn or Turn(NEW, "Văn bản mới", staff=parcel.staff)
    references, attachments = enclose(parcel, dialect=profile.dialect, zipped=profile.zipped)
    header = _message_header(parcel, profile) + _traces(parcel, turn, profile.dialect)
    manifest = f'<edXML:edXMLManifest version="1.0">{references}</edXML:edXMLManifest>'
    return _envelope(
        header,
        f"<edXML:edXMLBody>{manifest}</edXML:edXMLBody>",
        group("AttachmentEncoded", attachments, prefix=""),
        declared=_ROOT[profile.dialect],
    )


def write_head(parcel: Parcel, profile: Profile = A1) -> bytes:
    """What a message says of its document, without the files: to be kept inside the file itself."""
    turn = Turn(NEW, "Văn bản mới", staff=parcel.staff)
    header = _message_header(parcel, profile) + _traces(parcel, turn, profile.dialect)
    return _envelope(header, declared=_ROOT[profile.dialect])


def _complete(parcel: Parcel) -> None:
    """Decision 28/2018 Article 10: what a document must say."""
    needed = {
        "mã văn bản": parcel.document_id,
        "mã cơ quan gửi": parcel.sender.code,
        "nơi nhận": parcel.recipients and all(body.code for body in parcel.recipients),
        "số văn bản": parcel.number,
        "ký hiệu văn bản": parcel.symbol,
        "trích yếu": parcel.subject.strip(),
        "tệp đính kèm": parcel.enclosures,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise BadMessage(f"Gói tin thiếu {', '.join(missing)}. Hãy bổ sung rồi gửi lại.")


def _envelope(header: str, body: str = "", attachments: str = "", *, declared: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="{NAMESPACE}"{declared}>'
        f'<edXML:edXMLEnvelope xmlns:edXML="{NAMESPACE}"><edXML:edXMLHeader>{header}</edXML:edXMLHeader>{body}'
        f"</edXML:edXMLEnvelope>{attachments}</edXML>\n"
    ).encode()


def _organization(name: str, body: Body) -> str:
    return group(name, element("OrganId", body.code), element("OrganName", body.name), element("Email", body.mail))


def _day(date: dt.date | None) -> str | None:
    return f"{date:%Y/%m/%d}" if date else None


def _stamp(at: dt.datetime) -> str:
    return f"{at.astimezone(VN):%Y/%m/%d %H:%M:%S}"


def _message_header(parcel: Parcel, profile: Profile) -> str:
    unique = {body.code: body for body in parcel.recipients}
    places = (element("Place", line, limit=PLACE_LINE) for line in parcel.places)
    parts = {
        "From": _organization("From", parcel.sender),
        "To": "".join(_organization("To", body) for body in unique.values()),
        "DocumentId": element("DocumentId", parcel.document_id),
        "Code": group("Code", element("CodeNumber", parcel.number), element("CodeNotation", parcel.symbol)),
        "PromulgationInfo": group(
            "PromulgationInfo", element("Place", parcel.place), element("PromulgationDate", _day(parcel.date))
        ),
        "DocumentType": _type(parcel.doc_type, profile),
        "Subject": element("Subject", parcel.subject),
        "Content": element("Content", parcel.content or parcel.subject),
        "SignerInfo": _signer(parcel),
        "DueDate": element("DueDate", _day(parcel.due)),
        "OtherInfo": _other(parcel),
        "ResponseFor": "".join(_answered(one) for one in parcel.answers),
        "SteeringType": element("SteeringType", 0),
        "ToPlaces": group("ToPlaces", *places),
    }
    return group("MessageHeader", *(parts.get(name, "") for name in _HEADER[profile.dialect]))


def _answered(about: Answered) -> str:
    """In a document message; a status has its children in another order."""
    return group(
        "ResponseFor",
        element("OrganId", about.to_code),
        element("Code", about.code),
        element("DocumentId", about.document_id),
        element("PromulgationDate", _day(about.date)),
    )


def _other(parcel: Parcel) -> str:
    return group(
        "OtherInfo",
        element("Priority", PRIORITIES.get(parcel.urgency, 0)),
        element("PageAmount", parcel.pages or None),
        group("Appendixes", *(element("Appendix", title) for title in parcel.appendixes)),
    )


def _type(name: str, profile: Profile) -> str:
    if not name:
        return ""
    kind, detail = profile.numbers.get(name, (profile.type_group, profile.type_details.get(name)))
    values = {"Type": kind, "TypeDetail": detail, "TypeName": name}
    return group("DocumentType", *(element(key, values[key]) for key in _TYPE[profile.dialect]))


def _signer(parcel: Parcel) -> str:
    """"KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC" is competence and position; a title alone is a position."""
    title = clean(parcel.signer_title.replace("\n", ", "))
    competence, _, position = title.partition(",")
    if not competence.upper().startswith(_FOR_SOMEBODY):
        competence, position = "", title
    return group(
        "SignerInfo",
        element("Competence", competence),
        element("Position", position.strip(" ,")),
        element("FullName", parcel.signer),
    )


def _traces(parcel: Parcel, turn: Turn, dialect: str) -> str:
    trace = group(
        "TraceHeader",
        element("OrganId", parcel.sender.code),
        element("Timestamp", _stamp(parcel.sent_at)),
        attributes=_TRACE[dialect],
    )
    target = turn.target_id or (parcel.document_id if turn.kind == RECALL else "")
    parts = {
        "DocumentId": element("DocumentId", target),
        "Type": element("BussinessDocType", turn.kind),
        "Reason": element("BussinessDocReason", turn.reason),
        "Paper": element("Paper", int(parcel.paper_follows)),
        "Info": _changed(turn),
        "Replacement": _replaced(turn),
        "Staff": _staff(turn.staff),
    }
    return group("TraceHeaderList", trace, group("Bussiness", *(parts[name] for name in _BUSINESS[dialect])))


def _staff(name: str) -> str:
    return group("StaffInfo", element("Department", _DEPARTMENT), element("Staff", name))


def _changed(turn: Turn) -> str:
    if turn.kind != UPDATE:
        return ""
    receivers = [(code, 0) for code in turn.removed] + [(code, 1) for code in turn.added]
    return group(
        "BussinessDocumentInfo",
        element("DocumentInfo", int(turn.data_changed)),
        element("DocumentReceiver", int(bool(receivers))),
        group(
            "ReceiverList",
            *(group("Receiver", element("OrganId", code), element("ReceiverType", how)) for code, how in receivers),
        ),
    )


def _replaced(turn: Turn) -> str:
    return group(
        "ReplacementInfoList",
        *(
            group(
                "ReplacementInfo",
                element("DocumentId", each.document_id),
                group("OrganIdList", *(element("OrganId", code) for code in each.bodies)),
            )
            for each in turn.replaces
        ),
    )


def write_status(speaker: Body, about: Answered, receipt: Receipt) -> bytes:
    """A status message; `speaker` says `receipt.code` to `about.to_code`."""
    return _envelope(
        group(
            "MessageHeader",
            _organization("From", speaker),
            group(
                "ResponseFor",
                element("OrganId", about.to_code),
                element("Code", about.code),
                element("PromulgationDate", _day(about.date)),
                element("DocumentId", about.document_id),
            ),
            _staff(receipt.staff),
            element("StatusCode", two_digits(receipt.code)),
            element("Description", receipt.reason),
            element("Timestamp", _stamp(receipt.at)),
        )
    )
