"""What we write, read by a stranger who is strict: a schema written from the facts of interchange.md §4-§6 (orders,
cardinalities, forms of numbers and dates), literal names as the .NET readers seek them, and the Java readers' habits.
Nothing of our own reader is used."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from gateway.document import Receipt
from gateway.exchange.edxml import Answered, Profile, Replaced, Turn, write_parcel, write_status
from gateway.exchange.port import Body, Enclosure, Parcel

QCVN = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
Q = f"{{{QCVN}}}"
ORGANIZATION = "OrganId=Code OrganizationInCharge?=Text OrganName?=Text OrganAdd?=Text Email?=Text Telephone?=Text"
MODEL = {
    "edXML": "edXMLEnvelope AttachmentEncoded?",
    "edXMLEnvelope": "edXMLHeader edXMLBody?",
    "edXMLHeader": "MessageHeader TraceHeaderList?",
    "From": ORGANIZATION, "To": ORGANIZATION,
    "Code": "CodeNumber=Text CodeNotation=Text",
    "PromulgationInfo": "Place?=Text PromulgationDate=Day",
    "DocumentType": "Type=Number TypeDetail?=Number TypeName=Text",
    "SignerInfo": "Competence?=Text Position?=Text FullName?=Text",
    "OtherInfo": "Priority=Priority PageAmount?=Number Appendixes?",
    "Appendixes": "Appendix+=Text",
    "ToPlaces": "Place+=Text",
    "TraceHeaderList": "TraceHeader+ Bussiness",
    "TraceHeader": "OrganId=Code Timestamp=Moment",
    "Bussiness": "DocumentId?=Text BussinessDocType=Kind BussinessDocReason=Text Paper=Flag BussinessDocumentInfo? "
                 "ReplacementInfoList? StaffInfo",
    "BussinessDocumentInfo": "DocumentInfo=Flag DocumentReceiver=Flag ReceiverList?",
    "ReceiverList": "Receiver+", "Receiver": "OrganId=Code ReceiverType=Flag",
    "ReplacementInfoList": "ReplacementInfo+", "ReplacementInfo": "DocumentId=Text OrganIdList?",
    "OrganIdList": "OrganId+=Code",
    "StaffInfo": "Department=Text Staff?=Text",
    "edXMLBody": "edXMLManifest", "edXMLManifest": "Reference+",
    "Reference": "ContentId=Cid ContentType=Media Description=Text AttachmentName=Text",
    "AttachmentEncoded": "Attachment+",
    "Attachment": "ContentId=Cid AttachmentName=Text Description=Text ContentType=Media ContentTransferEncoded=Base64",
}  # fmt: skip
EDOC = ("From To+ DocumentId=Text Code PromulgationInfo DocumentType? Subject=Text Content?=Text SignerInfo? "
        "DueDate?=Day OtherInfo ResponseFor* SteeringType=Steering ToPlaces?")  # fmt: skip
STATUS = "From ResponseFor StaffInfo StatusCode=Status Description?=Text Timestamp=Moment"
ANSWERED = "OrganId=Code Code?=Text PromulgationDate?=Day DocumentId=Text"
RESPONDS = "OrganId=Code Code?=Text DocumentId=Text PromulgationDate?=Day"
"""The same element in a document message, in another order."""
FORMS = {
    "Text": r"\S(.*\S)?", "Code": r"[0-9A-Za-z]+(\.[0-9A-Za-z]+)*", "Number": r"0|[1-9][0-9]*", "Priority": "[0-4]",
    "Day": r"20\d\d/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])", "Kind": "[0-3]", "Flag": "[01]", "Steering": "[0-2]",
    "Moment": r"20\d\d/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d",
    "Status": "01|02|03|04|05|06|13|15|16", "Cid": "cid:[0-9a-f-]{36}", "Media": r"[a-z]+/[A-Za-z0-9.+-]+",
    "Base64": r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
}  # fmt: skip


def read_strictly(raw: bytes, *, status: bool = False) -> etree._Element:
    """Every element in its place and in its form; anything else is told with its name."""
    assert raw.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert b"<!" not in raw
    assert raw.count(b"<?") == 1
    root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    model = {**MODEL, "MessageHeader": STATUS if status else EDOC, "ResponseFor": ANSWERED if status else RESPONDS}
    _check(root, model)
    return root


def _check(node: etree._Element, model: dict[str, str]) -> None:
    name = etree.QName(node)
    assert name.namespace == QCVN, node.tag
    children = [etree.QName(child).localname for child in node]
    pattern, forms = "", {}
    for word in model[name.localname].split():
        what, _, form = word.partition("=")
        called = what.rstrip("?+*")
        pattern += f"(?:{called} ){what[len(called):]}"
        forms[called] = form
    assert re.fullmatch(pattern, "".join(f"{child} " for child in children)), (name.localname, children)
    assert not (node.text or "").strip()
    for child in node:
        form = forms[etree.QName(child).localname]
        if not form:
            _check(child, model)
            continue
        assert len(child) == 0, child.tag
        assert re.fullmatch(FORMS[form], child.text or ""), (child.tag, child.text)


TURNS = {
    "new": None,
    "recall": Turn(1, "Sai phụ lục", target_id="H99.20,2026/10/09,147/UBND-VP", staff="Mẫu"),
    "update": Turn(2, "Thêm nơi nhận", target_id="cũ", data_changed=True, added=("H98.4",), removed=("H99.3",)),
    "replace": Turn(3, "Thay thế", replaces=(Replaced("a", ("H99.2", "H99.3")), Replaced("b"))),
}  # fmt: skip


@pytest.mark.parametrize("turn", TURNS)
def test_every_document_message_is_in_order_down_to_the_last_element(parcel: Parcel, turn: str) -> None:
    root = read_strictly(write_parcel(parcel, TURNS[turn]))
    encoded = root.findtext(f"{Q}AttachmentEncoded/{Q}Attachment/{Q}ContentTransferEncoded") or ""
    assert base64.b64decode(encoded) == parcel.enclosures[0].path.read_bytes()


def test_a_parcel_with_the_least_and_one_with_the_most_are_in_order(parcel: Parcel, tmp_path: Path) -> None:
    read_strictly(write_parcel(replace(parcel, place="", doc_type="", signer="", signer_title="", due=None, places=(),
                                       appendixes=(), staff="", pages=0, urgency="", content="")))  # fmt: skip
    files: list[Enclosure] = []
    for name in ("a.pdf", "b ' & < > \".xlsx", "c.zip", "d.p7m", "không dấu.docx"):
        (path := tmp_path / f"{len(files)}").write_bytes(name.encode() * 100)
        files.append(Enclosure(name, "application/zip", path))
    most = replace(parcel, enclosures=tuple(files), recipients=tuple(Body(f"H{n}", "") for n in range(10, 99)),
                   answers=(Answered("H99.2", "H99.2,2026/10/01,9/SNV", "9/SNV", parcel.date), Answered("H98", "x")),
                   subject="x" * 500, places=("a", "b" * 150), appendixes=("c",) * 30)  # fmt: skip
    root = read_strictly(write_parcel(most))
    references = root.iterfind(f".//{Q}Reference")
    attached = root.iterfind(f"{Q}AttachmentEncoded/{Q}Attachment")
    for reference, attachment in zip(references, attached, strict=True):
        for name in ("ContentId", "ContentType", "AttachmentName"):
            assert reference.findtext(Q + name) == attachment.findtext(Q + name)


@pytest.mark.parametrize("code", FORMS["Status"].split("|"))
def test_every_status_is_in_order_and_found_by_its_literal_name(parcel: Parcel, code: str) -> None:
    receipt = Receipt(code, parcel.sent_at, "H99.2", "Sở", "Lý do", "Mẫu")
    raw = write_status(Body("H99.2", "Sở"), Answered("H99.20", parcel.document_id, "147/UBND-VP", parcel.date), receipt)
    root = read_strictly(raw, status=True)
    assert root.find(f".//{Q}edXMLBody") is None
    assert root.find(f"{Q}AttachmentEncoded") is None
    assert re.findall(rb"<edXML:StatusCode>([^<]*)</edXML:StatusCode>", raw) == [code.encode()]


@pytest.mark.parametrize("dialect", ["A1", "A2"])
def test_literal_names_stand_where_readers_seek_them(parcel: Parcel, dialect: str) -> None:
    text = write_parcel(parcel, profile=Profile(dialect)).decode()
    assert text.count(f'xmlns="{QCVN}"') == 1
    assert re.search(rf'<edXML:edXMLEnvelope xmlns:edXML="{QCVN}">', text)
    inside, _, files = text.partition("</edXML:edXMLEnvelope>")
    names = re.findall(r"<([A-Za-z:]+)[ >]", inside.partition("<edXML:edXMLEnvelope")[2])
    assert all(name.startswith("edXML:") for name in names)
    prefixed = set(re.findall(r"<(edXML:[A-Za-z]+)", files))
    assert prefixed == ({"edXML:ContentTransferEncoded"} if dialect == "A1" else set())
    assert "Signature" not in text
    assert not re.search(r"<(?:edXML:)?(\w+)[^>]*></(?:edXML:)?\1>", text), "what is empty is left out"


def test_the_checker_of_a_neighbour_finds_what_it_requires(parcel: Parcel) -> None:
    """Bkav's rules (§12): codes of at most four levels by dots, no doubled To, a date that is not in the future."""
    root = read_strictly(write_parcel(replace(parcel, recipients=parcel.recipients * 3)))
    to = [node.text or "" for node in root.iterfind(f".//{Q}To/{Q}OrganId")]
    assert len(to) == len(set(to)) == 2
    assert all(len(code.split(".")) <= 4 for code in to)
    day = root.findtext(f".//{Q}PromulgationDate") or ""
    assert day <= (root.findtext(f".//{Q}TraceHeader/{Q}Timestamp") or "")[:10]
