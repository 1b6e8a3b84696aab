"""The package's descriptions as XML: the fields, PREMIS (objects, hashes, events), METS (what belongs together)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from gateway.document import VN, Event

_METS, _XLINK = "http://www.loc.gov/METS/", "http://www.w3.org/1999/xlink"
_PREMIS = "http://www.loc.gov/premis/v3"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True)
class Held:
    """One file inside the package."""

    path: str
    sha256: str
    size: int
    media_type: str
    use: str
    """"data", "attachment" or "evidence"."""
    name: str
    """As people know it."""


def fields_xml(fields: Mapping[str, str]) -> bytes:
    """<document> with one element a field; fields without a value are left out."""
    root = etree.Element("document", standard="05/2025/TT-BNV")
    for name, value in fields.items():
        if value:
            etree.SubElement(root, name).text = value
    return _written(root)


def premis_xml(files: Sequence[Held], events: Sequence[Event], document: str) -> bytes:
    """Objects with their hashes, and what happened to the Document, each event with its hash in the journal's chain."""
    root = etree.Element(f"{{{_PREMIS}}}premis", nsmap={"premis": _PREMIS, "xsi": _XSI}, version="3.0")
    for file in files:
        node = _in(root, "object")
        node.set(f"{{{_XSI}}}type", "premis:file")
        identifier = _in(node, "objectIdentifier")
        _in(identifier, "objectIdentifierType", "path")
        _in(identifier, "objectIdentifierValue", file.path)
        what = _in(node, "objectCharacteristics")
        fixity = _in(what, "fixity")
        _in(fixity, "messageDigestAlgorithm", "SHA-256")
        _in(fixity, "messageDigest", file.sha256)
        _in(what, "size", str(file.size))
        _in(_in(_in(what, "format"), "formatDesignation"), "formatName", file.media_type or "application/octet-stream")
        _in(node, "originalName", file.name)
    for event in events:
        node = _in(root, "event")
        identifier = _in(node, "eventIdentifier")
        _in(identifier, "eventIdentifierType", "journal")
        _in(identifier, "eventIdentifierValue", str(event.seq))
        _in(node, "eventType", event.what)
        _in(node, "eventDateTime", event.at.astimezone(VN).isoformat(timespec="seconds"))
        _in(_in(node, "eventDetailInformation"), "eventDetail", f"{document} {event.hash}")
        agent = _in(node, "linkingAgentIdentifier")
        _in(agent, "linkingAgentIdentifierType", "login")
        _in(agent, "linkingAgentIdentifierValue", event.who)
    return _written(root)


def mets_xml(files: Sequence[Held], at: dt.datetime, label: str) -> bytes:
    """What belongs together, and which file describes it."""
    root = etree.Element(f"{{{_METS}}}mets", nsmap={"mets": _METS, "xlink": _XLINK}, OBJID=label, TYPE="SIP")
    made = at.astimezone(VN).isoformat(timespec="seconds")
    header = etree.SubElement(root, f"{{{_METS}}}metsHdr", CREATEDATE=made)
    agent = etree.SubElement(header, f"{{{_METS}}}agent", ROLE="CREATOR", TYPE="OTHER", OTHERTYPE="SOFTWARE")
    etree.SubElement(agent, f"{{{_METS}}}name").text = "vanthu"
    link = {f"{{{_XLINK}}}href": "metadata/document.xml", "LOCTYPE": "URL", "MDTYPE": "OTHER",
            "OTHERMDTYPE": "05/2025/TT-BNV"}
    etree.SubElement(etree.SubElement(root, f"{{{_METS}}}dmdSec", ID="fields"), f"{{{_METS}}}mdRef", link)
    kept = etree.SubElement(etree.SubElement(root, f"{{{_METS}}}amdSec"), f"{{{_METS}}}digiprovMD", ID="events")
    etree.SubElement(kept, f"{{{_METS}}}mdRef",
                     {f"{{{_XLINK}}}href": "metadata/premis.xml", "LOCTYPE": "URL", "MDTYPE": "PREMIS"})
    _files(root, files)
    return _written(root)


def _files(root: etree._Element, files: Sequence[Held]) -> None:
    section = etree.SubElement(root, f"{{{_METS}}}fileSec")
    structure = etree.SubElement(root, f"{{{_METS}}}structMap", TYPE="physical")
    whole = etree.SubElement(structure, f"{{{_METS}}}div", LABEL="document")
    for use in dict.fromkeys(file.use for file in files):
        group = etree.SubElement(section, f"{{{_METS}}}fileGrp", USE=use)
        part = etree.SubElement(whole, f"{{{_METS}}}div", LABEL=use)
        for place, file in enumerate(files):
            if file.use != use:
                continue
            node = etree.SubElement(group, f"{{{_METS}}}file", ID=f"file-{place}", SIZE=str(file.size),
                                    CHECKSUM=file.sha256, CHECKSUMTYPE="SHA-256",
                                    MIMETYPE=file.media_type or "application/octet-stream")
            etree.SubElement(node, f"{{{_METS}}}FLocat", {f"{{{_XLINK}}}href": file.path, "LOCTYPE": "URL"})
            etree.SubElement(part, f"{{{_METS}}}fptr", FILEID=f"file-{place}")


def _in(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    node = etree.SubElement(parent, f"{{{_PREMIS}}}{name}")
    if text:
        node.text = "".join(sign for sign in text if sign.isprintable())
    return node


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
