"""Reads edXML of any dialect met on the wire (A1, A2, B): by local name, in any order, everything optional."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from lxml import etree

from gateway.document import VN, Receipt
from gateway.errors import BadMessage
from gateway.exchange.codes import LIMITS, PLACE_LINE, two_digits
from gateway.exchange.edxml_files import attachments
from gateway.exchange.edxml_message import Answered, EdocMessage, Replaced, Turn
from gateway.exchange.edxml_xml import UNREADABLE, child, children, find, name_of, parse, text
from gateway.exchange.port import Body, StatusMessage

ReadMessage = Callable[[bytes], EdocMessage | StatusMessage]
"""read_message, here or in a process of its own (gateway.inspector)."""
_CODE = re.compile(r"[0-9A-Za-z]+(\.[0-9A-Za-z]+)*")
_LONGEST_CODE = 35
_MOST_ANSWERED = 1000
"""Each is looked for among all documents."""
_MOMENTS = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S")


def read_message(raw: bytes) -> EdocMessage | StatusMessage:
    """A message of either kind; the content decides, not the Exchange's label.

    Raises:
        BadMessage: not edXML, or without sender, or neither subject nor file.
    """
    root = parse(raw)
    header = find(root, "MessageHeader", "Status")
    if name_of(root).lower() != "edxml" or header is None:
        raise BadMessage(UNREADABLE)
    if text(header, "StatusCode") or name_of(header) == "Status":
        return _status(header)
    return _edoc(root, header)


def parse_date(written: str) -> dt.date | None:
    """yyyy/MM/dd, then yyyy-MM-dd, then dd/MM/yyyy; None for anything else or outside 1945-2100."""
    for pattern in ("%Y/%m/%d", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            date = dt.datetime.strptime(written.strip()[:10], pattern).replace(tzinfo=VN).date()
        except ValueError:
            continue
        return date if 1945 <= date.year <= 2100 else None
    return None


def parse_moment(written: str) -> dt.datetime | None:
    """A time stamp of Viet Nam's clocks; None for anything that is none."""
    for pattern in _MOMENTS:
        try:
            return dt.datetime.strptime(written.strip()[:19], pattern).replace(tzinfo=VN)
        except ValueError:
            continue
    return None


def _body(node: etree._Element | None) -> Body:
    return Body(code=text(node, "OrganId"), name=text(node, "OrganName"), mail=text(node, "Email"))


def _integer(written: str, default: int) -> int:
    """An integer as it stands there; letters, points and superscripts are none."""
    return int(written) if re.fullmatch(r"-?[0-9]{1,6}", written) else default


def _answered(node: etree._Element | None) -> Answered:
    """ResponseFor.  One system sends OrganId and Code the wrong way round: a code of a body holds no slash."""
    organ, code = text(node, "OrganId"), text(node, "Code")
    if "/" in organ and _CODE.fullmatch(code):
        organ, code = code, organ
    return Answered(organ, text(node, "DocumentId"), code, parse_date(text(node, "PromulgationDate")))


def _all_answered(header: etree._Element) -> tuple[Answered, ...]:
    """Every document that a message answers or speaks of, once; an empty ResponseFor names none."""
    named = tuple(dict.fromkeys(map(_answered, children(header, "ResponseFor"))))
    if len(named) > _MOST_ANSWERED:
        raise BadMessage(UNREADABLE)
    return tuple(one for one in named if one.document_id or one.code)


def _status(header: etree._Element) -> StatusMessage:
    sender, spoken_of = _body(child(header, "From")), _all_answered(header)
    about = spoken_of[0] if spoken_of else _answered(child(header, "ResponseFor"))
    code = text(header, "StatusCode")
    if not sender.code or not code:
        raise BadMessage(UNREADABLE)
    receipt = Receipt(
        code=two_digits(code),
        at=parse_moment(text(header, "Timestamp")) or dt.datetime.now(VN),
        from_code=sender.code,
        from_name=sender.name,
        reason=text(header, "Description"),
        staff=text(header, "StaffInfo", "Staff"),
    )
    return StatusMessage(about.document_id, receipt, to_code=about.to_code, number=about.code, date=about.date,
                         further=spoken_of[1:])


def _edoc(root: etree._Element, header: etree._Element) -> EdocMessage:
    business = find(root, "Bussiness", "Business")
    files, warnings = attachments(root)
    sender, subject = _body(child(header, "From")), text(header, "Subject")
    if not sender.code or not (subject or files):
        raise BadMessage(UNREADABLE)
    turn = _turn(business)
    signer, other, issued = (child(header, name) for name in ("SignerInfo", "OtherInfo", "PromulgationInfo"))
    return EdocMessage(
        kind=turn.kind,
        reason=turn.reason,
        turn=turn,
        document_id=text(header, "DocumentId"),
        target_id=turn.target_id,
        sender=sender,
        recipients=tuple(_body(node) for node in children(header, "To")),
        number=text(header, "Code", "CodeNumber"),
        symbol=text(header, "Code", "CodeNotation"),
        date=parse_date(text(issued, "PromulgationDate")),
        date_text=text(issued, "PromulgationDate"),
        place=text(issued, "Place"),
        doc_type=text(header, "DocumentType", "TypeName"),
        type_numbers=(text(header, "DocumentType", "Type"), text(header, "DocumentType", "TypeDetail")),
        subject=subject,
        content=text(header, "Content"),
        signer=text(signer, "FullName"),
        signer_title=", ".join(filter(None, (text(signer, "Competence"), text(signer, "Position")))),
        priority=_priority(text(other, "Priority")) or 0,
        pages=max(0, _integer(text(other, "PageAmount"), 0)),
        due=parse_date(text(header, "DueDate")),
        responds_to=_all_answered(header),
        places=_texts(child(header, "ToPlaces"), "Place"),
        appendixes=_texts(child(other, "Appendixes"), "Appendix"),
        traces=tuple(text(node, "OrganId") for node in children(find(root, "TraceHeaderList"), "TraceHeader")),
        sent_at=parse_moment(text(find(root, "TraceHeader"), "Timestamp")),
        paper_follows=text(business, "Paper") == "1",
        signed=find(root, "Signature") is not None,
        attachments=tuple(files),
        warnings=tuple(_warnings(root, header, business) + warnings),
    )


def _priority(written: str) -> int | None:
    """0 to 4; None for what no list knows.  One system writes 5 for normal."""
    number = _integer(written or "0", -1)
    return 0 if number == 5 else number if 0 <= number <= 4 else None


def _texts(node: etree._Element | None, name: str) -> tuple[str, ...]:
    return tuple(found for each in children(node, name) if (found := text(each)))


def _turn(business: etree._Element | None) -> Turn:
    changed = child(business, "BussinessDocumentInfo", "BusinessDocumentInfo")
    receivers = [
        (text(node, "OrganId"), text(node, "ReceiverType"))
        for node in children(child(changed, "ReceiverList"), "Receiver")
    ]
    replaced = children(child(business, "ReplacementInfoList"), "ReplacementInfo")
    return Turn(
        kind=_integer(text(business, "BussinessDocType|BusinessDocType"), 0),
        reason=text(business, "BussinessDocReason|BusinessDocReason"),
        target_id=text(business, "DocumentId"),
        staff=text(business, "StaffInfo", "Staff"),
        data_changed=text(changed, "DocumentInfo") == "1",
        added=tuple(code for code, how in receivers if how == "1"),
        removed=tuple(code for code, how in receivers if how == "0"),
        replaces=tuple(
            Replaced(text(node, "DocumentId"), _texts(child(node, "OrganIdList"), "OrganId")) for node in replaced
        ),
    )


def _warnings(root: etree._Element, header: etree._Element, business: etree._Element | None) -> list[str]:
    """What is odd but no reason to refuse; a person decides."""
    found = [] if business is not None else ["no_business"]
    kind = text(business, "BussinessDocType|BusinessDocType")
    if kind and kind not in ("0", "1", "2", "3"):
        found.append(f"unknown_kind:{kind[:20]}")
    if _priority(text(header, "OtherInfo", "Priority")) is None:
        found.append("unknown_priority")
    written = text(header, "PromulgationInfo", "PromulgationDate")
    date = parse_date(written)
    if date is None:
        found.append("date_unreadable")
    elif (sent := parse_moment(text(find(root, "TraceHeader"), "Timestamp"))) and date > sent.date():
        found.append("date_in_future")
    codes = [text(node, "OrganId") for node in children(header, "From", "To")]
    if len(set(codes)) < len(codes):
        found.append("doubled_recipient")
    found += [f"odd_code:{code[:40]}" for code in codes if not _CODE.fullmatch(code) or len(code) > _LONGEST_CODE]
    found += [f"too_long:{name_of(node)}" for node in header.iter() if _too_long(node)]
    return found


def _too_long(node: etree._Element) -> bool:
    parent = node.getparent()
    of_list = parent is not None and name_of(parent) == "ToPlaces"
    limit = PLACE_LINE if of_list else LIMITS.get(name_of(node))
    return limit is not None and len((node.text or "").strip()) > limit[0]
