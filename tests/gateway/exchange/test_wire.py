"""The VXP wire against the recorded facts, and both adapters against the port's promises."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import httpx
import pytest

from gateway.document import VN, Receipt
from gateway.errors import ExchangeDown, ExchangeRefused
from gateway.exchange.edxml import StatusMessage, read_message, write_status
from gateway.exchange.edxml_write import Answered
from gateway.exchange.folder import FolderExchange
from gateway.exchange.port import Body, Exchange, Parcel
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.vxp import Account, VxpExchange
from gateway.exchange.vxp_wire import hash_file, sign, timestamp, verify


def test_hash_file_has_no_leading_zeros() -> None:
    assert hash_file(b"edxml-2") == "a1b6ab4313534f5325581429f79d74e559a5aa49c35ef7e5f4e6413f73de52"
    assert hash_file(b"edxml-2", padded=True) == "a1b6ab4313534f53255814290f79d74e559a5aa49c35ef7e5f4e06413f73de52"


def test_the_signed_header_is_the_recorded_one() -> None:
    parameters = {
        "systemid": "example.system.01",
        "timestamp": "20112026T093005+0007",
        "servicetype": "eDoc",
        "messagetype": "edoc",
        "from": "H19.99",
        "Content-Type": "application/json",
    }

    headers = sign(parameters, "0123456789abcdef-example")

    assert headers["XroadVnpt-hash-header"] == "1c91d171545b97ea9b923f597a132b185ef0b4280b1f6345dfe1e2915b06851a"
    assert headers["XroadVnpt-sign-header-key"] == "systemid;timestamp;servicetype;messagetype;from;Content-Type"


def test_after_the_plus_come_milliseconds() -> None:
    assert timestamp(dt.datetime(2026, 11, 20, 2, 30, 5, 7000, tzinfo=dt.UTC)) == "20112026T093005+0007"


def test_a_changed_header_is_noticed() -> None:
    headers = sign({"systemid": "a", "from": "H99.20"}, "s")

    assert verify(list(headers.items()), "s") == {"systemid": "a", "from": "H99.20"}
    assert verify(list({**headers, "XroadVnpt-from": "H99.1"}.items()), "s") is None
    assert verify(list(headers.items()), "other") is None


@pytest.fixture(params=["vxp", "folder"])
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Exchange:
    if request.param == "vxp":
        adapter: Exchange = request.getfixturevalue("vxp")
        return adapter
    return FolderExchange(tmp_path / "shared", Body("H99.20", "Ủy ban nhân dân xã Bình Minh"))


def test_the_same_parcel_twice_is_one_document(exchange: Exchange, parcel: Parcel) -> None:
    assert exchange.find_sent(parcel.document_id) is None

    first, second = exchange.send(parcel), exchange.send(parcel)

    assert first == second == exchange.find_sent(parcel.document_id)


def test_a_recall_reaches_every_recipient(exchange: Exchange, parcel: Parcel) -> None:
    exchange.send(parcel)

    assert exchange.recall(parcel, "Gửi nhầm nơi nhận", "Trần Văn Mẫu").exchange_id


def test_an_answer_is_sent(exchange: Exchange, parcel: Parcel) -> None:
    receipt = Receipt("03", parcel.sent_at, "H99.20", reason="Đã vào sổ đến số 412")

    assert exchange.answer("H99.2,2026/10/01,9/SNV", receipt, "H99.2").exchange_id


def test_statuses_wait_until_they_are_settled(vxp: VxpExchange, parcel: Parcel) -> None:
    vxp.send(parcel)
    packets = vxp.waiting("status")
    messages = [read_message(vxp.fetch(packet.exchange_id)) for packet in packets]

    assert sorted((m.receipt.from_code, m.receipt.code) for m in messages if isinstance(m, StatusMessage)) == [
        ("000.00.04.H98", "01"), ("000.00.04.H98", "03"), ("H99.2", "01"), ("H99.2", "03"),
    ]  # fmt: skip
    for packet in packets:
        vxp.settle(packet.exchange_id, ok=True)
    assert not vxp.waiting("status")


def test_statuses_in_the_folder_wait_until_they_are_settled(tmp_path: Path, parcel: Parcel) -> None:
    exchange = FolderExchange(tmp_path, Body("H99.20", "x"))
    raw = write_status(
        Body("H99.2", "Sở"), Answered("H99.20", parcel.document_id), Receipt("03", parcel.sent_at, "H99.2")
    )
    (tmp_path / "in" / "a.edxml").write_bytes(raw)
    (tmp_path / "in" / "broken.edxml").write_bytes(b"junk")

    (packet,) = exchange.waiting("status")
    assert exchange.fetch(packet.exchange_id) == raw
    exchange.settle(packet.exchange_id, ok=True)
    exchange.settle(packet.exchange_id, ok=True)

    assert not exchange.waiting("status")
    assert [each.exchange_id for each in exchange.waiting("edoc")] == ["broken"]
    assert (tmp_path / "done" / "a.edxml").exists()


def test_a_recall_is_answered_by_the_sandbox(vxp: VxpExchange, parcel: Parcel) -> None:
    vxp.recall(parcel, "Gửi nhầm", "Mẫu")

    codes = [
        m.receipt.code
        for p in vxp.waiting("status")
        if isinstance(m := read_message(vxp.fetch(p.exchange_id)), StatusMessage)
    ]
    assert codes == ["15", "15"]


def test_a_lost_answer_leaves_one_document(sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel) -> None:
    sandbox.faults["lose_answer"] = 1

    with pytest.raises(ExchangeDown):
        vxp.send(parcel)

    assert vxp.find_sent(parcel.document_id) is not None
    assert len(list((sandbox.state.data / "received").glob("*.edxml"))) == 1
    assert sandbox.state.doubles() == 0


def test_the_sandbox_keeps_the_same_bytes_over_a_restart(sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel) -> None:
    mark = vxp.send(parcel)
    again = Sandbox(port=0, data=sandbox.state.data, system="rehearsal", secret="bí mật", organs=["H99.20"])

    again.start()
    try:
        other = VxpExchange(Account(endpoint=again.url, system="rehearsal", secret="bí mật", organ="H99.20"))
        assert other.find_sent(parcel.document_id) == mark
        other.close()
    finally:
        again.stop()


@pytest.mark.parametrize("fault", ["http_500", "cut", "down"])
def test_trouble_of_the_axis_is_temporary(sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel, fault: str) -> None:
    sandbox.faults[fault] = 1

    with pytest.raises(ExchangeDown) as caught:
        vxp.send(parcel)

    assert caught.value.temporary


def test_a_foreign_sender_is_refused_with_the_axis_words(vxp: VxpExchange, parcel: Parcel) -> None:
    with pytest.raises(ExchangeRefused, match="khong dung voi ma da dang ky"):
        vxp.send(dataclasses.replace(parcel, sender=Body("H99.2", "Sở khác")))


def test_a_wrong_secret_is_refused(sandbox: Sandbox, parcel: Parcel) -> None:
    stranger = VxpExchange(Account(endpoint=sandbox.url, system="rehearsal", secret="sai", organ="H99.20"))

    with pytest.raises(ExchangeRefused, match="Chu ky"):
        stranger.send(parcel)
    stranger.close()


def test_the_directory_has_old_and_new_codes(vxp: VxpExchange) -> None:
    bodies = {body.code: body for body in vxp.bodies()}

    assert bodies["H99.2"].old_code == "000.00.02.H99"


def test_the_directory_says_what_has_ended(sandbox: Sandbox, vxp: VxpExchange) -> None:
    (gone,) = [body for body in vxp.bodies() if body.until is not None]
    assert (gone.code, gone.until) == ("H99.8", dt.date(2025, 2, 28))


def test_a_listing_that_repeats_itself_is_one_packet(sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel) -> None:
    vxp.send(parcel)
    sandbox.faults["list_twice"] = 1

    assert len(vxp.waiting("status")) == 4


def test_every_error_of_httpx_is_translated(parcel: Parcel) -> None:
    """A new class of httpx that is caught by none of ours would stop the door."""
    raised = [each for each in vars(httpx).values() if isinstance(each, type) and issubclass(each, Exception)]

    unmapped = [
        each.__name__
        for each in raised
        if not issubclass(each, (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict))
    ]

    assert unmapped == []


def test_nobody_listening_is_temporary(parcel: Parcel) -> None:
    exchange = VxpExchange(
        Account(endpoint="http://127.0.0.1:9", system="x", secret="x", organ="H99.20"),
        seconds=1,
        clock=lambda: dt.datetime(2026, 1, 1, tzinfo=VN),
    )

    with pytest.raises(ExchangeDown):
        exchange.send(parcel)
    exchange.close()
