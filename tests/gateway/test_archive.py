"""The package for the archive: nothing lost, nothing guessed, every file with its hash (TT 05/2025, R-180, R-181)."""
from __future__ import annotations

import datetime as dt
import hashlib
import importlib.util
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.archive.fields import TYPE_CODES, Shelf, archive_fields, doubts
from gateway.archive.package import Packed, PackTools, pack
from gateway.cli import main
from gateway.document import VN, Change, Document, Receipt, Role
from gateway.errors import FileMissing, WrongStage
from rules.field import Field, Name
from tests.gateway.papers import Papers, now

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=VN)
SHELF = Shelf("H99.1.2026.01", 7, maintenance="05")
VERDICT: Mapping[str, Any] = {"pdfa": "2b", "signatures": [{"signer": "Ủy ban nhân dân xã Mẫu", "valid": True}]}


def packed(papers: Papers, document: Document, out: Path, shelf: Shelf = SHELF) -> Packed:
    return pack(document, out, PackTools(papers.store, papers.vault, lambda _: VERDICT, lambda: NOON), shelf=shelf)


@pytest.fixture
def sent(papers: Papers) -> Document:
    document = papers.sent()
    receipt = Receipt("03", now(), "H99.2", "Sở Nội vụ", "Đã vào sổ")
    return papers.record(document, Change(what="receipt", receipts=(receipt,)))


def test_every_file_is_in_it_with_its_hash(papers: Papers, sent: Document, tmp_path: Path) -> None:
    found = packed(papers, sent, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = set(archive.namelist())
        manifest = dict(reversed(line.split("  ")) for line in
                        archive.read("manifest-sha256.txt").decode().splitlines())
        assert set(manifest) == names - {"manifest-sha256.txt"}
        assert all(hashlib.sha256(archive.read(name)).hexdigest() == digest for name, digest in manifest.items())
        sealed = sent.file(Role.SEALED)
        assert sealed is not None
        assert manifest["data/H99.1.2026.01.7.pdf"] == sealed.sha256
        assert json.loads(archive.read("evidence/signatures.json")) == VERDICT
        assert json.loads(archive.read("evidence/receipts.json"))[0]["code"] == "03"
        assert [event["what"] for event in json.loads(archive.read("evidence/journal.json"))][-1] == "receipt"
    assert {file.path for file in found.files} | {"METS.xml", "manifest-sha256.txt"} == names
    assert found.doubts == []
    assert not list(tmp_path.glob(".a.zip*"))


def test_the_descriptions_name_the_same_files_and_hashes(papers: Papers, sent: Document, tmp_path: Path) -> None:
    found = packed(papers, sent, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        mets, premis, fields = (etree.fromstring(archive.read(name)) for name in
                                ("METS.xml", "metadata/premis.xml", "metadata/document.xml"))
        told = json.loads(archive.read("metadata/document.json"))
    spaces = {"m": "http://www.loc.gov/METS/", "p": "http://www.loc.gov/premis/v3"}
    assert {node.get("CHECKSUM") for node in mets.iterfind(".//m:file", spaces)} == {one.sha256 for one in found.files}
    assert {node.text for node in premis.iterfind(".//p:messageDigest", spaces)} <= {one.sha256 for one in found.files}
    assert len(premis.findall(".//p:event", spaces)) == len(papers.store.events(sent.id))
    assert {node.tag: node.text for node in fields} == {name: value for name, value in found.fields.items() if value}
    assert told["fields"] == dict(found.fields)
    assert set(told["decree_30"]) == {name.value for name in sent.fields}


def test_the_codes_are_those_of_the_circular(papers: Papers, sent: Document) -> None:
    fields = archive_fields(sent, SHELF)
    assert (fields["typeName"], fields["confidenceLevel"], fields["issuedDate"]) == ("22", "02", "19/11/2026")
    assert (fields["docId"], fields["arcDocCode"]) == (sent.register_number, "H99.1.2026.01.7")
    assert archive_fields(replace(sent, kind="signed"), SHELF)["confidenceLevel"] == "01"
    assert len(set(TYPE_CODES.values())) == 29
    other = {**sent.fields, Name.DOC_TYPE: Field(Name.DOC_TYPE, "Bản đồ tư duy", 1.0, sure=True)}
    assert archive_fields(replace(sent, fields=other), SHELF)["typeName"] == "32"


def test_what_is_missing_or_too_long_is_told_and_never_cut(papers: Papers, sent: Document) -> None:
    long = {**sent.fields, Name.SUBJECT: Field(Name.SUBJECT, "x" * 501, 1.0, sure=True)}
    fields = archive_fields(replace(sent, fields=long), Shelf())
    assert len(fields["subject"]) == 501
    assert [one.split()[0] for one in doubts(fields)] == ["Thiếu", "Thiếu", "subject"]


def test_what_is_not_sealed_is_not_packed(papers: Papers, tmp_path: Path) -> None:
    with pytest.raises(WrongStage):
        packed(papers, papers.confirmed(), tmp_path / "a.zip")


def test_a_file_that_is_not_what_it_was_is_never_handed_on(papers: Papers, sent: Document, tmp_path: Path) -> None:
    sealed = sent.file(Role.SEALED)
    assert sealed is not None
    path = papers.vault.path(sealed)
    path.chmod(0o600)
    path.write_bytes(b"%PDF-1.7 other")
    with pytest.raises(FileMissing):
        packed(papers, sent, tmp_path / "a.zip")
    assert list(tmp_path.glob("*.zip")) == []


def test_the_command_packs_and_says_what_is_missing(
        papers: Papers, sent: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    out = tmp_path / "nop.zip"
    assert main(["--config", str(config), "archive", sent.id, str(out)]) == 3
    assert "maintenance" in capsys.readouterr().out
    assert zipfile.is_zipfile(out)
    assert papers.store.events(sent.id)[-1].what == "archived"


def test_bodies_are_found_and_their_terms_set(
        papers: Papers, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    command = ["--config", str(config), "bodies"]
    assert main([*command, "set", "H99.77", "--name", "Ban Tiếp công dân", "--until", "2027-01-01", "--successor",
                 "H99.1"]) == 0
    assert main([*command, "set", "H99.78", "--until", "2027-01-01"]) == 1
    assert main([*command, "find", "tiep cong dan"]) == 0
    assert "đến 01/01/2027 → H99.1" in capsys.readouterr().out


def test_a_message_is_shown_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    golden = Path(__file__).parent / "exchange" / "golden" / "document-a1.edxml"
    assert main(["edxml", "show", str(golden)]) == 0
    assert "Số, ký hiệu: 147/UBND-VP" in capsys.readouterr().out
    assert main(["edxml", "show", __file__]) == 1


PREMIS = {
    "premis": "object+ event*", "object": "objectIdentifier+ objectCharacteristics+ originalName?",
    "objectIdentifier": "objectIdentifierType objectIdentifierValue",
    "objectCharacteristics": "compositionLevel? fixity* size? format+",
    "fixity": "messageDigestAlgorithm messageDigest", "format": "formatDesignation",
    "formatDesignation": "formatName formatVersion?",
    "event": "eventIdentifier eventType eventDateTime eventDetailInformation* linkingAgentIdentifier*",
    "eventIdentifier": "eventIdentifierType eventIdentifierValue", "eventDetailInformation": "eventDetail",
    "linkingAgentIdentifier": "linkingAgentIdentifierType linkingAgentIdentifierValue",
}
"""What PREMIS 3.0 says of the elements used here (data dictionary; the schema itself was not to be had)."""


def test_premis_has_its_elements_in_the_order_of_the_standard(papers: Papers, sent: Document, tmp_path: Path) -> None:
    packed(papers, sent, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        root = etree.fromstring(archive.read("metadata/premis.xml"))
    assert root.get("version") == "3.0"
    kind = "{http://www.w3.org/2001/XMLSchema-instance}type"
    assert {node.get(kind) for node in root.iterfind("{*}object")} == {"premis:file"}
    for node in root.iter():
        name = etree.QName(node)
        assert name.namespace == "http://www.loc.gov/premis/v3"
        inside = "".join(f"{etree.QName(child).localname} " for child in node)
        pattern = re.sub(r"(\w+)([?*+]?)(?: |$)", r"(?:\1 )\2", PREMIS.get(name.localname, ""))
        assert re.fullmatch(pattern, inside), (name.localname, inside)
        assert len(node) or (node.text or "").strip(), name.localname
    for node in root.iterfind(".//{*}eventDateTime"):
        assert dt.datetime.fromisoformat(node.text or "").tzinfo is not None


def test_mets_is_valid_by_its_own_schema_and_every_link_leads_to_a_file(papers: Papers, sent: Document,
                                                                        tmp_path: Path) -> None:
    packed(papers, sent, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        root, names = etree.fromstring(archive.read("METS.xml")), set(archive.namelist())
    links = {node.get("{http://www.w3.org/1999/xlink}href") for node in root.iter("{*}FLocat", "{*}mdRef")}
    assert links <= names
    assert names - links == {"METS.xml", "manifest-sha256.txt"}
    ids = [node.get("ID") for node in root.iter() if node.get("ID")]
    assert len(ids) == len(set(ids))
    assert {node.get("FILEID") for node in root.iter("{*}fptr")} == {node.get("ID") for node in root.iter("{*}file")}
    schemas = importlib.util.find_spec("eark_validator")
    if schemas is None or schemas.origin is None:
        pytest.skip("the METS schema is not here: pip install --no-deps eark-validator")
    schema = mets_schema(Path(schemas.origin).parent / "ipxml" / "resources" / "schema")
    assert schema.validate(root), schema.error_log


def mets_schema(folder: Path) -> etree.XMLSchema:
    text = (folder / "mets.xsd").read_bytes()
    text = text.replace(b"http://www.loc.gov/standards/xlink/xlink.xsd", (folder / "xlink.xsd").as_uri().encode())
    return etree.XMLSchema(etree.fromstring(text))
