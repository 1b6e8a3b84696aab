"""Traffic as the axis' own client and its relatives send it, over bare sockets and without any code of ours but the
sandbox: header spellings, signed numbers, chunks, gzip, HTTP/1.0 (interchange.md §10, traps 24-26)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from gateway.exchange.sandbox import Sandbox

QCVN = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
P = f'xmlns:edXML="{QCVN}"'
CRLF = b"\r\n"


def pretty(document_id: str = "H99.20,2026/11/20,125/STN-VP", to: str = "H99.2", kind: str = "") -> bytes:
    """As the Java library prints it: two blanks, CRLF, and here a DocumentId of any sort."""
    lines = f"""<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="{QCVN}">
  <edXML:edXMLEnvelope {P}>
    <edXML:edXMLHeader>
      <edXML:MessageHeader>
        <edXML:From>
          <edXML:OrganId>H99.20</edXML:OrganId>
          <edXML:OrganizationInCharge>UBND tỉnh An Hòa</edXML:OrganizationInCharge>
          <edXML:OrganName>UBND xã Bình Minh</edXML:OrganName>
        </edXML:From>
        <edXML:To>
          <edXML:OrganId>{to}</edXML:OrganId>
        </edXML:To>
        <edXML:DocumentId>{document_id}</edXML:DocumentId>
        <edXML:Code>
          <edXML:CodeNumber>125</edXML:CodeNumber>
          <edXML:CodeNotation>STN-VP</edXML:CodeNotation>
        </edXML:Code>
        <edXML:PromulgationInfo>
          <edXML:Place>Bình Minh</edXML:Place>
          <edXML:PromulgationDate>2026/11/20 </edXML:PromulgationDate>
        </edXML:PromulgationInfo>
        <edXML:Subject>V/v góp ý</edXML:Subject>
      </edXML:MessageHeader>
      <edXML:TraceHeaderList>
        <edXML:TraceHeader>
          <edXML:OrganId>H99.20</edXML:OrganId>
          <edXML:Timestamp>2026/11/20 09:30:05 </edXML:Timestamp>
        </edXML:TraceHeader>{kind}
      </edXML:TraceHeaderList>
    </edXML:edXMLHeader>
  </edXML:edXMLEnvelope>
  <AttachmentEncoded>
    <Attachment>
      <ContentId>cid:1</ContentId>
      <AttachmentName>a.pdf</AttachmentName>
      <ContentType>application/pdf</ContentType>
      <edXML:ContentTransferEncoded {P}>JVBERi0xLjcK</edXML:ContentTransferEncoded>
    </Attachment>
  </AttachmentEncoded>
</edXML>
"""
    return lines.replace("\n", "\r\n").encode()


def unpadded(data: bytes) -> str:
    return re.sub("(..)", lambda two: two[1].lstrip("0") or "0", hashlib.sha256(data).hexdigest())


@dataclass
class Vendor:
    """A client that keeps the parameters of earlier calls, as the axis' own does."""

    box: Sandbox
    kept: dict[str, object] = field(default_factory=lambda: {"systemid": "rehearsal"})
    gson: bool = False
    """Signs with the escapes of a library that is afraid of HTML."""

    def signed(self, **parameters: object) -> list[tuple[str, str]]:
        self.kept |= {name.replace("_", "-"): value for name, value in parameters.items()}
        self.kept |= {"timestamp": "21112026T093005+0300", "Content-Type": "application/json"}
        listed = {f"XroadVnpt-{name}": value for name, value in self.kept.items()}
        text = json.dumps(listed, ensure_ascii=False, separators=(",", ":"))
        if self.gson:
            text = text.replace("=", "\\u003d").replace("/", "\\/")
        mac = hmac.new("bí mật".encode(), text.encode(), hashlib.sha256).hexdigest()
        heads = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in listed.items()]
        return [*heads, ("XroadVnpt-sign-header-key", ";".join(self.kept)), ("XroadVnpt-sign-header", text),
                ("XroadVnpt-hash-header", mac), ("XroadVnpt-version", "3.0.201608")]  # fmt: skip

    def send(self, raw: bytes, way: str = "plain", kind: str = "edoc") -> dict[str, object]:
        heads = self.signed(hash_file=unpadded(raw), servicetype="eDoc", messagetype=kind, **{"from": "H99.20"})
        return self.ask("sendEdoc", heads, raw, way)

    def ask(self, operation: str, heads: list[tuple[str, str]], body: bytes = b"", way: str = "plain",
            method: str = "POST") -> dict[str, object]:  # fmt: skip
        answer: dict[str, object] = json.loads(self.raw(operation, heads, body, way, method))
        return answer

    def raw(self, operation: str, heads: list[tuple[str, str]], body: bytes = b"", way: str = "plain",
            method: str = "POST") -> bytes:  # fmt: skip
        host = urlsplit(self.box.url)
        version = "1.0" if way == "http10" else "1.1"
        heads = [*heads, ("Host", f"{host.hostname}:{host.port}"), ("Content-Type", "application/octet-stream"),
                 ("User-Agent", "JAVASDKAgent/1.0.0 XRoad/VPCP"), ("Connection", "close")]  # fmt: skip
        pieces = [body]
        if way == "gzip":
            pieces = [gzip.compress(body)]
            heads.append(("Content-Encoding", "gzip"))
        if way == "chunked":
            heads.append(("Transfer-Encoding", "chunked"))
            cut = [body[:7], body[7:1000], body[1000:]]
            pieces = [b"%x;name=value\r\n%b\r\n" % (len(one), one) for one in cut if one] + [b"0\r\nX-Sum: 1\r\n\r\n"]
        elif way != "no_length":
            heads.append(("Content-Length", str(sum(map(len, pieces)))))
        if way == "expect":
            heads.append(("Expect", "100-continue"))
        if way == "shouted":
            heads = [(name.upper(), value) for name, value in heads]
        first = f"{method} /XrdAdapter/adapter/{operation} HTTP/{version}\r\n"
        head = first.encode() + b"".join(f"{name}:{value}".encode() + CRLF for name, value in heads) + CRLF
        with socket.create_connection((host.hostname or "", host.port or 0), timeout=30) as wire:
            wire.sendall(head)
            if way == "expect":
                assert wire.recv(100).startswith(b"HTTP/1.1 100")
            for piece in pieces:
                wire.sendall(piece)
            reply = b"".join(iter(lambda: wire.recv(65536), b""))
        status, _, rest = reply.partition(CRLF)
        assert b" 200 " in status, reply
        return rest.partition(CRLF * 2)[2]


@pytest.fixture
def vendor(sandbox: Sandbox) -> Vendor:
    return Vendor(sandbox)


WAYS = ("plain", "http10", "chunked", "gzip", "expect", "shouted")


@pytest.mark.parametrize("way", WAYS)
def test_a_document_arrives_byte_for_byte_whichever_way_it_is_sent(vendor: Vendor, way: str) -> None:
    raw = pretty()
    answer = vendor.send(raw, way)
    assert (answer["status"], answer["ErrorCode"]) == ("OK", "0")
    assert (vendor.box.state.data / "received" / f"{answer['DocId']}.edxml").read_bytes() == raw


def test_a_whole_day_of_the_vendors_client_with_parameters_that_stay(vendor: Vendor) -> None:
    sent = vendor.send(pretty())
    listed = vendor.ask("getReceivedEdocList", vendor.signed(messagetype="status"), way="no_length")
    rows = listed["data"]
    assert isinstance(rows, list)
    assert len(rows) == 2
    assert {(row["from"], row["to"], row["messageType"]) for row in rows} == {("H99.2", "H99.20", "status")}
    for row in rows:
        got = vendor.ask("getEdoc", vendor.signed(docId=row["docId"], filePath="C:\\van ban\\in\\"), b"{}")
        assert b"edXML:StatusCode" in base64.b64decode(str(got["data"]))
        # The old value stays under the one spelling, the new one goes under the other.
        done = vendor.ask("updateStatus", vendor.signed(docid=row["docId"], status="done"), b"{}")
        assert done["status"] == "OK"
    assert vendor.ask("getReceivedEdocList", vendor.signed())["data"] == []
    known = vendor.ask("getSentEdocList", vendor.signed(docId="H99.20,2026/11/20,125/STN-VP"))["data"]
    assert isinstance(known, list)
    assert [(row["receiverDocId"], row["toCode"], row["fromCode"]) for row in known] == [
        (sent["DocId"], "H99.2", "H99.20")]  # fmt: skip


@pytest.mark.parametrize("gson", [False, True])
def test_numbers_booleans_nothing_and_escapes_may_be_signed(vendor: Vendor, gson: bool) -> None:
    vendor.gson = gson
    heads = vendor.signed(level=1, force=True, note=None, path="a=b/c", blank="  H99.20 ")
    assert vendor.ask("getAgenciesListQD20", heads)["status"] == "OK"


def test_a_header_twice_counts_when_one_of_them_is_the_signed_one(vendor: Vendor) -> None:
    heads = [("XroadVnpt-messagetype", "edoc"), *vendor.signed(messagetype="status"), ("Accept", "a"), ("Accept", "b")]
    assert vendor.ask("getReceivedEdocList", heads)["status"] == "OK"


def test_a_signature_in_capitals_or_in_latin_letters_is_one_and_another_is_none(vendor: Vendor) -> None:
    heads = vendor.signed(servicetype="eDoc")
    shouted = [(name, value.upper() if name.endswith("hash-header") else value) for name, value in heads]
    assert vendor.ask("getAgenciesList", shouted)["status"] == "OK"
    broken = [(name, "0" * 64 if name.endswith("hash-header") else value) for name, value in heads]
    assert vendor.ask("getAgenciesList", broken)["status"] == "FAIL"
    odd = [(name, "đ" if name.endswith("hash-header") else value) for name, value in heads]
    assert vendor.ask("getAgenciesList", odd)["status"] == "FAIL"


def test_a_file_with_another_hash_and_a_sender_with_another_code_are_refused_in_the_axis_words(vendor: Vendor) -> None:
    raw = pretty()
    heads = vendor.signed(hash_file=unpadded(raw + b" "), servicetype="eDoc", messagetype="edoc", **{"from": "H99.20"})
    assert vendor.ask("sendEdoc", heads, raw)["status"] == "FAIL"
    heads = vendor.signed(hash_file=unpadded(raw), **{"from": "H99.21"})
    refused = vendor.ask("sendEdoc", heads, raw)
    assert (refused["status"], "khong dung voi ma da dang ky" in str(refused["ErrorDesc"])) == ("FAIL", True)


@pytest.mark.parametrize(("method", "operation"), [("GET", "countReceiveEdoc"), ("GET", "countReceiveStatus")])
def test_counts_are_asked_by_get(vendor: Vendor, method: str, operation: str) -> None:
    assert vendor.ask(operation, vendor.signed(), method=method, way="no_length")["data"] == 0


def test_a_document_is_downloaded_as_bytes(vendor: Vendor) -> None:
    raw = pretty(to="H99.21")
    vendor.send(raw)
    rows = vendor.ask("getReceivedEdocList", vendor.signed(messagetype="edoc"))["data"]
    assert isinstance(rows, list)
    got = vendor.raw("downloadEdoc", vendor.signed(docId=rows[0]["docId"]), way="no_length", method="GET")
    assert got == raw


@pytest.mark.parametrize("body", [b"zz\r\nabc", b"5\r\nabc"])
def test_chunks_that_are_none_end_in_400_and_the_sandbox_lives_on(vendor: Vendor, body: bytes) -> None:
    host = urlsplit(vendor.box.url)
    with socket.create_connection((host.hostname or "", host.port or 0), timeout=30) as wire:
        wire.sendall(b"POST /sendEdoc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        wire.shutdown(socket.SHUT_WR)
        assert b" 400 " in wire.recv(1000)
    assert vendor.send(pretty())["status"] == "OK"
