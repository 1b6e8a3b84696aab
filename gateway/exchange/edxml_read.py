"""Reads edXML of any dialect met on the wire (A1, A2, B): by local name, in any order, everything optional.

Hardened: no DTD, no entities, no network, bounded size and depth; zip entries are counted, measured and have no path.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import io
import re
import zipfile
from dataclasses import dataclass, field

from lxml import etree

from gateway.document import VN, Receipt
from gateway.errors import BadMessage
from gateway.exchange.codes import two_digits
from gateway.exchange.port import Body, StatusMessage

MAX_BYTES = 300 * 1024 * 1024
_MAX_DEPTH, _MAX_FILES, _MAX_RATIO = 40, 1000, 200
_OFFICE_ZIPS = ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "jar", "epub")
_UNREADABLE = "Gói tin không phải edXML đọc được. Bản gốc đã được giữ; hãy báo bên gửi gửi lại."


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a message, unwrapped."""

    name: str
    media_type: str
    data: bytes
    doubt: str = ""
    """What is odd about it, "" when nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdocMessage:
    """A document message: new (0), recall (1), update (2) or replace (3)."""

    kind: int
    reason: str
    document_id: str
    target_id: str
    """Bussiness/DocumentId: what a recall or update speaks of, when it says so."""
    sender: Body
    recipients: tuple[Body, ...]
    number: str
    symbol: str
    date: dt.date | None
    date_text: str
    place: str
    doc_type: str
    subject: str
    content: str
    signer: str
    signer_title: str
    priority: int
    pages: int
    paper_follows: bool
    attachments: tuple[Attachment, ...]
    warnings: tuple[str, ...] = field(default=())


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )


def _root(raw: bytes) -> etree._Element:
    if len(raw) > MAX_BYTES:
        raise BadMessage(_UNREADABLE)
    text = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"<!DOCTYPE" in text[:4096] or b"<!ENTITY" in text[:65536]:
        raise BadMessage(_UNREADABLE)
    try:
        root = etree.fromstring(text, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadMessage(_UNREADABLE) from error
    if (
        root.getroottree().docinfo.internalDTD is not None
        or _name(root).lower() != "edxml"
        or _depth(root) > _MAX_DEPTH
    ):
        raise BadMessage(_UNREADABLE)
    return root


def _depth(root: etree._Element) -> int:
    deepest, stack = 0, [(root, 1)]
    while stack and deepest <= _MAX_DEPTH:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack.extend((child, depth + 1) for child in node)
    return deepest


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _children(node: etree._Element | None, *names: str) -> list[etree._Element]:
    return [child for child in node if _name(child) in names] if node is not None else []


def _child(node: etree._Element | None, *names: str) -> etree._Element | None:
    return next(iter(_children(node, *names)), None)


def _text(node: etree._Element | None, *path: str) -> str:
    for name in path:
        node = _child(node, *name.split("|"))
    return (node.text or "").strip() if node is not None else ""


def _find(node: etree._Element, *names: str) -> etree._Element | None:
    return next((found for found in node.iter() if _name(found) in names), None)


def parse_date(text: str) -> dt.date | None:
    """yyyy/MM/dd, then yyyy-MM-dd, then dd/MM/yyyy; None for anything else or outside 1945-2100."""
    for pattern in ("%Y/%m/%d", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            date = dt.datetime.strptime(text.strip()[:10], pattern).replace(tzinfo=VN).date()
        except ValueError:
            continue
        return date if 1945 <= date.year <= 2100 else None
    return None


def _moment(text: str) -> dt.datetime | None:
    for pattern in ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            return dt.datetime.strptime(text.strip()[:19], pattern).replace(tzinfo=VN)
        except ValueError:
            continue
    return None


def _body(node: etree._Element | None) -> Body:
    return Body(code=_text(node, "OrganId"), name=_text(node, "OrganName"), mail=_text(node, "Email"))


def _integer(text: str, default: int = 0) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,6}", text) else default


def read_message(raw: bytes) -> EdocMessage | StatusMessage:
    """A message of either kind; the content decides, not the Exchange's label.

    Raises:
        BadMessage: not edXML, or without sender, or neither subject nor file.
    """
    root = _root(raw)
    header = _find(root, "MessageHeader", "Status")
    if header is None:
        raise BadMessage(_UNREADABLE)
    if (code := _text(header, "StatusCode")) or _name(header) == "Status":
        return _status(header, code)
    return _edoc(root, header)


def _status(header: etree._Element, code: str) -> StatusMessage:
    sender, about = _body(_child(header, "From")), _child(header, "ResponseFor")
    if not sender.code or not code:
        raise BadMessage(_UNREADABLE)
    receipt = Receipt(
        code=two_digits(code),
        at=_moment(_text(header, "Timestamp")) or dt.datetime.now(VN),
        from_code=sender.code,
        from_name=sender.name,
        reason=_text(header, "Description"),
        staff=_text(header, "StaffInfo", "Staff"),
    )
    return StatusMessage(
        _text(about, "DocumentId"), receipt, to_code=_text(about, "OrganId"), number=_text(about, "Code")
    )


def _edoc(root: etree._Element, header: etree._Element) -> EdocMessage:
    business = _find(root, "Bussiness", "Business")
    attachments, warnings = _attachments(root)
    sender, subject = _body(_child(header, "From")), _text(header, "Subject")
    if not sender.code or not (subject or attachments):
        raise BadMessage(_UNREADABLE)
    date_text = _text(header, "PromulgationInfo", "PromulgationDate")
    signer = _child(header, "SignerInfo")
    if business is None:
        warnings.append("no_business")
    priority = _integer(_text(header, "OtherInfo", "Priority"))
    titles = (_text(signer, "Competence"), _text(signer, "Position"))
    return EdocMessage(
        kind=_integer(_text(business, "BussinessDocType|BusinessDocType")),
        reason=_text(business, "BussinessDocReason|BusinessDocReason"),
        document_id=_text(header, "DocumentId"),
        target_id=_text(business, "DocumentId"),
        sender=sender,
        recipients=tuple(_body(node) for node in _children(header, "To")),
        number=_text(header, "Code", "CodeNumber"),
        symbol=_text(header, "Code", "CodeNotation"),
        date=parse_date(date_text),
        date_text=date_text,
        place=_text(header, "PromulgationInfo", "Place"),
        doc_type=_text(header, "DocumentType", "TypeName"),
        subject=subject,
        content=_text(header, "Content"),
        signer=_text(signer, "FullName"),
        signer_title=", ".join(title for title in titles if title),
        priority=priority if 0 <= priority <= 4 else 0,
        pages=_integer(_text(header, "OtherInfo", "PageAmount")),
        paper_follows=_text(business, "Paper") == "1",
        attachments=tuple(attachments),
        warnings=tuple(warnings),
    )


def _attachments(root: etree._Element) -> tuple[list[Attachment], list[str]]:
    block = _find(root, "AttachmentEncoded")
    found: list[Attachment] = []
    warnings: list[str] = []
    for node in _children(block, "Attachment"):
        name = safe_name(_text(node, "AttachmentName") or f"tep-{len(found) + 1}")
        data, exact = _decode(_text(node, "ContentTransferEncoded"))
        if not exact:
            warnings.append(f"base64_damaged:{name}")
        found += _unwrap(name, _text(node, "ContentType"), data)
    return found, warnings


def safe_name(name: str) -> str:
    """The last part of a file name, without anything a file system could take for a path."""
    return re.sub(r"[\x00-\x1f]", "", re.split(r"[/\\]", name)[-1]).strip(". ") or "tep"


def _decode(text: str) -> tuple[bytes, bool]:
    compact = "".join(text.split()).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(compact, validate=True), True
    except binascii.Error:
        kept = re.sub(r"[^A-Za-z0-9+/]", "", compact)
        return base64.b64decode(kept[: len(kept) // 4 * 4]), False


def _unwrap(name: str, media_type: str, data: bytes) -> list[Attachment]:
    ending = name.rpartition(".")[2].lower()
    if data[:4] != b"PK\x03\x04" or ending == "zip":
        return [Attachment(name, media_type, data, _doubt(ending, data))]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if ending in _OFFICE_ZIPS and (len(entries) != 1 or "[Content_Types].xml" in archive.namelist()):
                return [Attachment(name, media_type, data)]
            _refuse_bomb(entries)
            return [_entry(archive, entry, name, alone=len(entries) == 1) for entry in entries]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise BadMessage(_UNREADABLE) from error


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, *, alone: bool) -> Attachment:
    data = archive.read(entry)
    called = name if alone else f"{name}-{safe_name(entry.filename)}"
    return Attachment(
        called, "", data, _doubt(called.rpartition(".")[2].lower(), data) or ("" if alone else "several_in_zip")
    )


def _refuse_bomb(entries: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > _MAX_FILES or total > MAX_BYTES or total > 1_000_000 + _MAX_RATIO * max(packed, 1):
        raise BadMessage(_UNREADABLE)


def _doubt(ending: str, data: bytes) -> str:
    if ending != "pdf":
        return ""
    start = data[:1024]
    if b"%PDF-" not in start:
        return "not_a_pdf"
    return "destroyed_by_text" if b"\xef\xbf\xbd" in start[:64] else ""
