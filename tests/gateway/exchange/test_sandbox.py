"""The sandbox does wrong what it is told to do wrong, so often and no more."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from gateway.cli import parser
from gateway.errors import ExchangeDown, ExchangeRefused
from gateway.exchange.edxml import EdocMessage, StatusMessage, read_message
from gateway.exchange.port import Parcel
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.sandbox_faults import FAULTS, Faults
from gateway.exchange.vxp import VxpExchange


def order(sandbox: Sandbox, **orders: float) -> int:
    return httpx.post(f"{sandbox.url}/_control", json=orders).status_code


def codes(vxp: VxpExchange) -> list[str]:
    messages = (read_message(vxp.fetch(packet.exchange_id)) for packet in vxp.waiting("status"))
    return [message.receipt.code for message in messages if isinstance(message, StatusMessage)]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_ordered_by_name(sandbox: Sandbox, fault: str) -> None:
    assert order(sandbox, **{fault: 1}) == 200
    assert sandbox.faults.take(fault)
    assert sandbox.faults.take(fault) is (fault == "down")


def test_a_fault_that_nobody_knows_is_told(sandbox: Sandbox) -> None:
    assert order(sandbox, earthquake=1) == 400


def test_an_axis_that_is_down_for_a_while_comes_back() -> None:
    now = [0.0]
    faults = Faults(lambda: now[0])
    faults.order({"down_for": 7200})
    assert faults.take("down")
    now[0] = 7201
    assert not faults.take("down")


@pytest.mark.parametrize("fault", ["lose_answer", "cut_body"])
def test_an_answer_that_gets_lost_leaves_one_document(
    sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel, fault: str
) -> None:
    order(sandbox, **{fault: 1})
    with pytest.raises(ExchangeDown):
        vxp.send(parcel)
    assert vxp.find_sent(parcel.document_id) is not None


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("answer_twice", ["01", "01", "01", "01", "03", "03", "03", "03"]),
        ("office_refuses", ["01", "01", "02", "02"]),
    ],
)
def test_offices_say_it_twice_or_refuse(
    sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel, fault: str, said: list[str]
) -> None:
    order(sandbox, **{fault: 1})
    vxp.send(parcel)
    assert sorted(codes(vxp)) == said


def test_a_late_answer_comes_behind(sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel) -> None:
    order(sandbox, answer_late=1)
    vxp.send(parcel)
    assert codes(vxp) == ["03", "03"]


def test_an_axis_that_refuses_says_so_once(sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel) -> None:
    order(sandbox, refuse=1)
    with pytest.raises(ExchangeRefused):
        vxp.send(parcel)
    assert vxp.send(parcel).exchange_id


def test_an_office_writes_to_us_and_asks_it_back_as_soon_as_we_have_it(sandbox: Sandbox, vxp: VxpExchange) -> None:
    order(sandbox, incoming=1, recall=1)
    (packet,) = vxp.waiting("edoc")
    message = read_message(vxp.fetch(packet.exchange_id))
    assert isinstance(message, EdocMessage)
    assert {body.code for body in message.recipients} == set(sandbox.organs)
    assert codes(vxp) == []
    vxp.settle(packet.exchange_id, ok=True)
    assert codes(vxp) == ["13"]


def test_what_goes_to_a_body_of_our_own_comes_to_us(sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel) -> None:
    own = parcel.sender
    vxp.send(replace(parcel, recipients=(*parcel.recipients, own)))
    (packet,) = vxp.waiting("edoc")
    message = read_message(vxp.fetch(packet.exchange_id))
    assert isinstance(message, EdocMessage)
    assert message.document_id == parcel.document_id


def test_faults_are_named_at_the_start() -> None:
    command = ["sandbox", "--port", "9", "--data", ".", "--system", "s", "--secret-file", "f", "--organ", "H99.1"]
    arguments = parser().parse_args([*command, "--fault", "cut=3", "--fault", "down_for=7200", "--fault", "refuse"])
    assert dict(arguments.faults) == {"cut": 3, "down_for": 7200, "refuse": 1}
    with pytest.raises(SystemExit):
        parser().parse_args([*command, "--fault", "earthquake=1"])
