"""How real systems get bitten (interchange.md §15): the traps that have no test beside what they are about.

1-4, 6-8, 10, 11, 15-17, 32: test_edxml_read.py, test_edxml_write.py.  22, 23: test_langson.py.  12, 31:
test_collect.py.  13, 14, 19, 20, 30: tests/gateway/back.  18: Text columns.  24, 25: test_wire.py.  28:
test_receivers.py.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from gateway.document import Receipt
from gateway.exchange.edxml import (
    Answered,
    EdocMessage,
    Profile,
    StatusMessage,
    read_message,
    write_parcel,
    write_status,
)
from gateway.exchange.port import Body, Enclosure, Parcel
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.vxp import VxpExchange
from gateway.exchange.vxp_wire import sign


def edoc(raw: bytes) -> EdocMessage:
    message = read_message(raw)
    assert isinstance(message, EdocMessage)
    return message


@pytest.mark.parametrize("known_as", ["H99.7,2026/02/30,1/A", "a,b,c,d/e-f", "x" * 255, "18661", "Đ/1,2"])
def test_5_what_is_in_a_document_id_is_text(parcel: Parcel, known_as: str) -> None:
    assert edoc(write_parcel(replace(parcel, document_id=known_as))).document_id == known_as
    status = read_message(write_status(Body("H99.2", "Sở"), Answered("H99.20", known_as),
                                       Receipt("03", parcel.sent_at, "H99.2")))  # fmt: skip
    assert isinstance(status, StatusMessage)
    assert status.document_id == known_as


@pytest.mark.parametrize("ending", ["xls", "xlsx", "xsl", "xslx", "png", "xml", "rar", "doc"])
def test_9_every_kind_of_file_goes_raw_and_comes_back(parcel: Parcel, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"PK\x03\x04 not quite a zip" if ending == "xlsx" else b"\x00\xff bytes")
    sent = replace(parcel, enclosures=(Enclosure(path.name, "application/zip", path),))
    raw = write_parcel(sent)
    assert b"application/zip" not in raw
    assert edoc(raw).attachments[0].data == path.read_bytes()


def test_10_each_file_is_an_attachment_of_its_own(parcel: Parcel, tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.pdf" for n in range(3)]
    for path in paths:
        path.write_bytes(b"%PDF-1.7 " + path.name.encode())
    sent = replace(parcel, enclosures=tuple(Enclosure(path.name, "application/pdf", path) for path in paths))
    assert [one.name for one in edoc(write_parcel(sent, profile=Profile(zipped=True))).attachments] == [
        "0.pdf", "1.pdf", "2.pdf"]  # fmt: skip


def test_26_parameters_of_earlier_calls_do_not_confuse_the_sandbox(
    sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel
) -> None:
    vxp.send(parcel)
    first, second = (packet.exchange_id for packet in vxp.waiting("status")[:2])
    signed = sign({"systemid": "rehearsal", "docId": first, "docid": second, "hash-file": "ab", "from": "H99.20",
                   "filePath": "C:\\tmp", "status": "done", "Content-Type": "application/json"}, "bí mật")  # fmt: skip
    headers = [(name.encode(), value.encode()) for name, value in signed.items()]
    assert httpx.post(f"{sandbox.url}/updateStatus", headers=headers).json()["status"] == "OK"
    left = {packet.exchange_id for packet in vxp.waiting("status")}
    assert first in left
    assert second not in left


OPERATIONS = ("countReceiveEdoc", "countReceiveStatus", "getSynchronizeUnit", "getAgenciesListQD20", "deleteAgency",
              "registerAgency", "downloadEdoc")  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_of_the_vendors_client_is_answered(
    sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel, operation: str
) -> None:
    vxp.send(parcel)
    packet = vxp.waiting("status")[0]
    signed = sign({"systemid": "rehearsal", "docId": packet.exchange_id, "AgencyCode": "H99.77"}, "bí mật")
    headers = [(name.encode(), value.encode()) for name, value in signed.items()]
    method = "GET" if operation.startswith(("count", "download")) else "POST"
    reply = httpx.request(method, f"{sandbox.url}/{operation}", headers=headers,
                          content=json.dumps({"code": "H99.77"}) if method == "POST" else None)  # fmt: skip
    if operation == "downloadEdoc":
        assert reply.content == vxp.fetch(packet.exchange_id)
        return
    assert (reply.json()["status"], reply.json()["ErrorCode"]) == ("OK", "0")


def test_29_no_path_of_ours_travels(
    sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel, monkeypatch: pytest.MonkeyPatch
) -> None:
    vxp.send(parcel)
    seen: list[str] = []
    monkeypatch.setattr(vxp._client, "_event_hooks", {
        "request": [lambda request: seen.append(str(request.headers))], "response": []})  # fmt: skip
    packet = vxp.waiting("status")[0]
    vxp.fetch(packet.exchange_id)
    assert seen
    assert "filepath" not in "".join(seen).lower()
    assert "bí mật" not in "".join(seen)


def test_33_numbers_of_types_are_configuration(parcel: Parcel) -> None:
    raw = write_parcel(parcel, profile=Profile(numbers={"Công văn": (1, 0)})).decode()
    assert "<edXML:Type>1</edXML:Type><edXML:TypeDetail>0</edXML:TypeDetail>" in raw
