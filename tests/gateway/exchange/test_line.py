"""The way onto the network: chosen hosts only, no redirect, no secret in a log; a dead endpoint is left alone."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gateway.errors import BadSettings, ExchangeDown, ExchangeRefused
from gateway.exchange.breaker import Breaker, RestingExchange
from gateway.exchange.edxml import EdocMessage, read_message
from gateway.exchange.edxml_message import RECALL
from gateway.exchange.manner import Manner
from gateway.exchange.net import Line, client
from gateway.exchange.port import Parcel
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.vxp import Account, VxpExchange
from gateway.settings_exchange import Exchange, check_exchange, type_numbers_of


@pytest.fixture
def elsewhere(sandbox: Sandbox) -> Iterator[HTTPServer]:
    """A server that sends everybody on to the sandbox, under another name of this machine."""

    class Redirects(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(307)
            self.send_header("Location", sandbox.url.replace("127.0.0.1", "localhost") + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Redirects)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_redirect_is_not_followed(sandbox: Sandbox, elsewhere: HTTPServer, parcel: Parcel) -> None:
    url = f"http://127.0.0.1:{elsewhere.server_address[1]}"
    exchange = VxpExchange(Account(endpoint=url, system="rehearsal", secret="bí mật", organ="H99.20"))

    with pytest.raises(ExchangeDown, match="307"):
        exchange.send(parcel)

    assert not list((sandbox.state.data / "received").glob("*.edxml"))
    exchange.close()


def test_a_host_that_was_not_chosen_is_never_spoken_to() -> None:
    with pytest.raises(BadSettings, match=r"exchange\.hosts"):
        client(Line("https://truc.example/api", hosts=("ltvb.example",)), "x")
    with client(Line("http://truc.example/api"), "x") as connection, pytest.raises(ExchangeRefused):
        connection.get("http://127.0.0.1:9/")


@pytest.mark.parametrize("address", ["ftp://truc.example", "truc.example", "http://"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(BadSettings):
        client(Line(address), "x")


def test_a_file_of_certificates_that_holds_none_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("none")
    with pytest.raises(BadSettings, match=r"exchange\.ca_file"):
        client(Line("https://truc.example", ca_file=file), "x")


def test_proxies_of_the_environment_are_not_asked(
    sandbox: Sandbox, account: Account, parcel: Parcel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    exchange = VxpExchange(account)
    assert exchange.send(parcel).exchange_id
    exchange.close()


def test_the_secret_is_in_no_log_and_in_no_message(
    sandbox: Sandbox, account: Account, parcel: Parcel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "mat-khau-rat-dai-0815"
    sandbox.secret = secret
    told = dataclasses.replace(account, secret=secret)
    exchange = VxpExchange(told)
    exchange.send(parcel)
    sandbox.faults.order({"refuse": 1, "http_500": 1})
    raised = []
    for _ in range(2):
        with pytest.raises((ExchangeDown, ExchangeRefused)) as caught:
            exchange.send(parcel)
        raised.append(repr(caught.value))
    exchange.close()
    assert secret not in caplog.text + repr(told) + "".join(raised)


def test_after_failures_in_a_row_the_endpoint_rests_and_one_call_tries_again() -> None:
    now, calls = [0.0], []
    breaker = Breaker(3, 30.0, lambda: now[0])

    def act() -> str:
        calls.append(now[0])
        if now[0] < 60:
            raise ExchangeDown
        return "there"

    for second in (0, 1, 2, 3, 31, 33, 34):
        now[0] = second
        with pytest.raises(ExchangeDown):
            breaker.call(act)
    assert calls == [0, 1, 2, 33]
    now[0] = 70
    assert breaker.call(act) == breaker.call(act) == "there"


def test_a_refusal_is_an_answer() -> None:
    breaker, calls = Breaker(1, 30.0), []

    def refuse() -> None:
        calls.append(1)
        raise ExchangeRefused

    for _ in range(3):
        with pytest.raises(ExchangeRefused):
            breaker.call(refuse)
    assert len(calls) == 3


def test_a_resting_exchange_says_when_it_is_tried_again(sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel) -> None:
    exchange = RestingExchange(vxp, Breaker(2, 30.0))
    sandbox.faults.order({"down": 1})
    for _ in range(2):
        with pytest.raises(ExchangeDown):
            exchange.waiting("status")
    sandbox.faults.order({"down": 0})
    with pytest.raises(ExchangeDown, match="giây nữa"):
        exchange.send(parcel)


def test_a_recall_goes_out_as_status_document_or_both(sandbox: Sandbox, account: Account, parcel: Parcel) -> None:
    codes = {}
    for way in ("status", "document", "both"):
        exchange = VxpExchange(account, manner=Manner(recall_by=way))
        exchange.recall(parcel, "Gửi nhầm", "Mẫu")
        codes[way] = len(exchange.waiting("status"))
        for packet in exchange.waiting("status"):
            exchange.settle(packet.exchange_id, ok=True)
        exchange.close()
    (document,) = (read_message(path.read_bytes()) for path in (sandbox.state.data / "received").glob("*.edxml"))
    assert isinstance(document, EdocMessage)
    assert (document.kind, document.target_id, document.reason) == (RECALL, parcel.document_id, "Gửi nhầm")
    assert codes == {"status": 2, "document": 2, "both": 2}
    assert sandbox.state.doubles() == 1


def test_numbers_of_types_are_read_from_the_settings() -> None:
    assert type_numbers_of(Exchange(type_numbers=("Công văn=1/0",))) == {"Công văn": (1, 0)}
    with pytest.raises(BadSettings, match="Công văn=1/0"):
        check_exchange(Exchange(type_numbers=("Công văn: 1",)))
    with pytest.raises(BadSettings, match=r"exchange\.hosts"):
        check_exchange(Exchange(endpoint="https://a.example", hosts=("b.example",)))
    with pytest.raises(BadSettings, match=r"exchange\.endpoint"):
        check_exchange(Exchange(kind="langson"))
