"""Answers of axes as they are known to come: chunked or from HTTP/1.0, gzipped, numbers for texts, base64 in lines,
JSON inside of JSON, a single row without its list.  Bare sockets answer; the adapters read."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from gateway.document import VN
from gateway.errors import BadMessage, ExchangeDown, ExchangeRefused
from gateway.exchange.langson import LangSonExchange, Login
from gateway.exchange.net import Line
from gateway.exchange.vxp import Account, VxpExchange

RAW = b"<edXML>\xe1\xba\xa5</edXML>" * 40


@contextmanager
def answering(*replies: bytes) -> Iterator[str]:
    """Answers so many requests, each over a connection of its own."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            for reply in replies:
                wire, _ = listening.accept()
                with wire:
                    wire.recv(1 << 16)
                    wire.sendall(reply)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    listening.close()
    thread.join(5)


def plain(body: bytes, *heads: str, first: str = "HTTP/1.1 200 OK") -> bytes:
    lines = [first, *heads, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


def chunked(body: bytes) -> bytes:
    half = len(body) // 2
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in (body[:half], body[half:]))
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + pieces + b"0\r\n\r\n"


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": plain,
    "chunked": chunked,
    "gzip": lambda body: plain(gzip.compress(body), "Content-Encoding: gzip"),
    "http10": lambda body: b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + body,
    "marked": lambda body: plain(b"\xef\xbb\xbf" + body),
}


def vxp(url: str) -> VxpExchange:
    return VxpExchange(Account(endpoint=url, system="s", secret="k", organ="H99.1"), seconds=30)


def told(**more: object) -> bytes:
    return json.dumps({"status": "OK", "ErrorCode": 0, "ErrorDesc": None, **more}).encode()


@pytest.mark.parametrize("form", sorted(FORMS))
def test_an_answer_is_read_in_whichever_form_it_comes(form: str) -> None:
    row = {"docId": 4711, "messageType": "edoc", "from": "H99.2", "status": "initial", "created_time": None}
    with answering(FORMS[form](told(data=[row]))) as url:
        exchange = vxp(url)
        (packet,) = exchange.waiting("edoc")
        exchange.close()
    assert (packet.exchange_id, packet.from_code) == ("4711", "H99.2")


LINES = "\r\n".join(base64.b64encode(RAW).decode()[at:at + 76] for at in range(0, 4000, 76)) + "\r\n"


SPELLED = {"lines": LINES, "urlsafe": base64.urlsafe_b64encode(RAW).decode().rstrip("="),
           "blanks": f" {base64.b64encode(RAW).decode()} "}  # fmt: skip


@pytest.mark.parametrize("text", SPELLED.values(), ids=SPELLED)
def test_a_packet_is_base64_in_any_of_its_forms(text: str) -> None:
    with answering(plain(told(data=text))) as url:
        exchange = vxp(url)
        assert exchange.fetch("p") == RAW
        exchange.close()


def test_a_packet_that_does_not_come_as_text_is_fetched_as_bytes() -> None:
    with answering(plain(told(data=None)), plain(RAW, "Content-Type: application/octet-stream")) as url:
        exchange = vxp(url)
        assert exchange.fetch("p") == RAW
        exchange.close()


@pytest.mark.parametrize("data", [None, 7, {"a": 1}, "%%%"])
@pytest.mark.parametrize("second", [
    plain(told(data=None), "Content-Type: application/json"), plain(b"", first="HTTP/1.1 404 Not Found"),
], ids=["refused", "missing"])  # fmt: skip
def test_a_packet_that_is_none_is_told_and_not_guessed(data: object, second: bytes) -> None:
    with answering(plain(told(data=data)), second) as url:
        exchange = vxp(url)
        with pytest.raises(BadMessage):
            exchange.fetch("p")
        exchange.close()


ROW = {"docId": "p", "messageType": "status", "from": "H99.2", "status": "INITIAL"}


@pytest.mark.parametrize("data", [ROW, [ROW], json.dumps([ROW]), [ROW, None, 7, {}]],
                         ids=["one", "list", "text", "mixed"])  # fmt: skip
def test_rows_are_found_wherever_they_stand(data: object) -> None:
    with answering(plain(told(data=data))) as url:
        exchange = vxp(url)
        assert [packet.exchange_id for packet in exchange.waiting("status")] == ["p"]
        exchange.close()


def test_what_the_axis_knows_of_a_sent_document_is_its_time_and_whom_it_reached() -> None:
    rows = [{"senderDocId": " H99.1,2026/11/20,1/A ", "receiverDocId": 12, "toCode": "H99.2",
             "sentTime": "2026/11/20 08:00:01"},
            {"senderDocId": "H99.1,2026/11/20,1/A", "receiverDocId": 13, "toCode": "H99.3 ",
             "sentTime": "2026-11-20 07:59:59"},
            {"senderDocId": "H99.1,2026/11/20,1/AB", "receiverDocId": 14, "toCode": "H99.4"}]  # fmt: skip
    with answering(plain(told(data=rows))) as url:
        exchange = vxp(url)
        mark = exchange.find_sent("H99.1,2026/11/20,1/A")
        exchange.close()
    assert mark is not None
    assert (mark.exchange_id, sorted(mark.to)) == ("12", ["H99.2", "H99.3"])
    assert mark.at == dt.datetime(2026, 11, 20, 7, 59, 59, tzinfo=VN)


@pytest.mark.parametrize("body", [b'{"status":"ok","ErrorCode":"0","DocId":5}', b'{"status":"OK","DocId":"5"}',
                                  b'{"status":"OK","ErrorCode":null,"docId":5}'])  # fmt: skip
def test_success_is_spelled_in_several_ways(body: bytes) -> None:
    with answering(plain(body)) as url:
        exchange = vxp(url)
        assert exchange._send("edoc", b"x", "H99.1").exchange_id == "5"
        exchange.close()


@pytest.mark.parametrize(("body", "error"), [
    (b'{"status":"FAIL","ErrorCode":"100","ErrorDesc":null}', ExchangeRefused),
    (b'{"status":"OK","ErrorCode":"12","ErrorDesc":"Loi"}', ExchangeRefused),
    (b'{"status":"OK"', ExchangeDown), (b"[]", ExchangeDown), (b"", ExchangeDown),
    (b"<html>502</html>", ExchangeDown)])  # fmt: skip
def test_a_refusal_is_for_a_person_and_half_an_answer_is_temporary(body: bytes, error: type[Exception]) -> None:
    with answering(plain(body)) as url:
        exchange = vxp(url)
        with pytest.raises(error):
            exchange.waiting("edoc")
        exchange.close()


def test_the_axis_of_the_province_may_wrap_its_packet_in_lines_too() -> None:
    login = plain(b'{"code":"200","data":{"token":"t"}}')
    with answering(login, plain(json.dumps({"code": 0, "data": {"data": LINES}}).encode())) as url:
        exchange = LangSonExchange(Login(system="s", secret="k", user="u", password="p", application="a",
                                         organ="H99.1"), Line(url, seconds=30))  # fmt: skip
        assert exchange.fetch("p") == RAW
        exchange.close()
