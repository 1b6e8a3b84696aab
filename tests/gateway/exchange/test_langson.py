"""The axis of Lạng Sơn: tokens that end, misleading 401s, bodies with a length (interchange.md §11, traps 22, 23)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.document import Receipt
from gateway.errors import ExchangeDown, ExchangeRefused
from gateway.exchange.edxml import EdocMessage, StatusMessage, read_message
from gateway.exchange.langson import LangSonExchange, Login
from gateway.exchange.net import Line
from gateway.exchange.port import Body, Parcel
from tests.gateway.exchange.langson_axis import LangSonAxis


@pytest.fixture
def axis() -> Iterator[LangSonAxis]:
    with LangSonAxis() as axis:
        yield axis


def adapter(axis: LangSonAxis, *, password: str = "mật khẩu", secret: str = "key") -> LangSonExchange:
    login = Login(system="sys", secret=secret, user="vanthu", password=password, application="QLVB",
                  organ="H99.20", organ_name="UBND xã Bình Minh")  # fmt: skip
    return LangSonExchange(login, Line(axis.url, seconds=30))


@pytest.fixture
def exchange(axis: LangSonAxis) -> Iterator[LangSonExchange]:
    exchange = adapter(axis)
    yield exchange
    exchange.close()


def test_a_document_goes_as_a_whole_file_and_its_id_comes_back(
    axis: LangSonAxis, exchange: LangSonExchange, parcel: Parcel
) -> None:
    assert exchange.send(parcel).exchange_id == "LS1"
    ((kind, message),) = axis.sent
    read = read_message(message)
    assert isinstance(read, EdocMessage)
    assert (kind, read.document_id) == ("edoc", parcel.document_id)
    assert exchange.find_sent(parcel.document_id) is None


def test_statuses_and_recalls_go_as_status(axis: LangSonAxis, exchange: LangSonExchange, parcel: Parcel) -> None:
    exchange.answer("H37.2,2026/11/20,9/SNV", Receipt("03", parcel.sent_at, "H99.20"), "H37.2", code="9/SNV")
    exchange.recall(parcel, "Gửi nhầm", "Mẫu")
    read = [read_message(message) for kind, message in axis.sent if kind == "status"]
    assert [one.receipt.code for one in read if isinstance(one, StatusMessage)] == ["03", "13", "13"]


def test_one_token_serves_until_it_ends_and_is_renewed_once(
    axis: LangSonAxis, exchange: LangSonExchange, parcel: Parcel
) -> None:
    exchange.send(parcel)
    exchange.send(parcel)
    assert axis.logins == 1
    axis.tokens.clear()
    exchange.send(parcel)
    assert (axis.logins, len(axis.sent)) == (2, 3)


@pytest.mark.parametrize("wrong", [{"password": "sai"}, {"secret": "sai"}])
def test_a_wrong_account_is_told_as_such_and_not_tried_for_ever(
    axis: LangSonAxis, parcel: Parcel, wrong: dict[str, str]
) -> None:
    exchange = adapter(axis, **wrong)
    with pytest.raises(ExchangeRefused, match="tài khoản"):
        exchange.send(parcel)
    assert axis.logins <= 2
    exchange.close()


def test_what_waits_is_listed_once_fetched_and_settled(axis: LangSonAxis, exchange: LangSonExchange) -> None:
    axis.give("p1", "status", b"<edXML/>")
    axis.give("p2", "edoc", b"<edXML/>")
    (packet,) = exchange.waiting("status")
    assert (packet.exchange_id, packet.from_code) == ("p1", "H37.2")
    assert exchange.fetch("p1") == b"<edXML/>"
    exchange.settle("p1", ok=True)
    assert exchange.waiting("status") == []
    exchange.settle("p2", ok=False)
    assert axis.packets["p2"]["status"] == "fail"


def test_the_directory_is_read(exchange: LangSonExchange) -> None:
    assert exchange.bodies() == [Body("H37.2", "Sở Nội vụ tỉnh Lạng Sơn", "H37")]


@pytest.mark.parametrize(("code", "error"), [(18, ExchangeRefused), ("22", ExchangeRefused), (20, ExchangeDown)])
def test_a_refusal_is_for_a_person_and_trouble_of_the_axis_is_not(
    axis: LangSonAxis, exchange: LangSonExchange, parcel: Parcel, code: int, error: type[Exception]
) -> None:
    axis.code = code
    with pytest.raises(error, match="Loi theo lenh"):
        exchange.send(parcel)


def test_success_is_0_or_200(axis: LangSonAxis, exchange: LangSonExchange) -> None:
    exchange.bodies()
    axis.code = 200
    assert exchange.bodies() == []


def test_a_broken_axis_is_temporary(axis: LangSonAxis, exchange: LangSonExchange, parcel: Parcel) -> None:
    axis.broken = "x"
    with pytest.raises(ExchangeDown, match="500"):
        exchange.send(parcel)


def test_secrets_stand_in_no_picture_of_the_login() -> None:
    login = Login(system="sys", secret="bí mật 1", user="u", password="bí mật 2", application="a", organ="H99.20")
    assert "bí mật" not in repr(login)
