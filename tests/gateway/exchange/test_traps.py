"""How real systems get bitten (interchange.md §15): the traps that have no test beside what they are about, and where
each of the thirty-three has its own."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from gateway.connection import health
from gateway.document import Change, FileRef, Receipt, Recipient, Role, Stage
from gateway.errors import ExchangeRefused
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
from gateway.exchange.vxp import Account, VxpExchange
from gateway.exchange.vxp_wire import sign
from gateway.late import LateTools, is_late, mark_late
from gateway.review.incoming import LATER
from gateway.steps.collect import weigh
from tests.gateway.papers import BODIES, Papers, now

HERE, READ, FILES, WRITE, WIRE, LANGSON, BACK, COLLECT = (
    "gateway/exchange/test_traps.py", "gateway/exchange/test_edxml_read.py",
    "gateway/exchange/test_edxml_enclosed.py", "gateway/exchange/test_edxml_write.py",
    "gateway/exchange/test_wire.py", "gateway/exchange/test_langson.py", "gateway/back/test_arrive.py",
    "gateway/test_collect.py")  # fmt: skip
TRAPS = {
    1: (WRITE, "test_a_document_is_the_bytes_receivers_expect"),
    2: (WRITE, "test_a_status_is_the_bytes_receivers_expect"),
    3: (WRITE, "test_a_document_is_the_bytes_receivers_expect"),
    4: (READ, "test_dates_are_read_strictly_and_kept_as_text"),
    5: (HERE, "test_5_what_is_in_a_document_id_is_text"),
    6: (READ, "test_what_is_no_message_is_refused_quickly_with_a_sentence"),
    7: (READ, "test_hops_without_a_name_are_harmless"),
    8: (FILES, "test_a_doubtful_file_is_kept_as_it_is_and_named"),
    9: (HERE, "test_9_every_kind_of_file_goes_raw_and_comes_back"),
    10: (HERE, "test_10_each_file_is_an_attachment_of_its_own"),
    11: (FILES, "test_paths_in_a_zip_are_dropped_and_several_files_are_kept"),
    12: (READ, "test_organ_and_code_the_wrong_way_round_are_put_right"),
    13: (BACK, "test_13_a_recall_update_or_replacement_of_what_was_never_here_is_closed"),
    14: (BACK, "test_a_lost_done_and_a_second_packet_make_no_second_document"),
    15: (READ, "test_what_is_odd_is_read_with_a_warning"),
    16: (HERE, "test_16_any_number_of_recipients_goes_and_comes"),
    17: (READ, "test_numbers_stay_text"),
    18: (HERE, "test_18_the_longest_codes_and_ids_are_kept_whole"),
    19: (BACK, "test_each_unit_of_ours_gets_its_own_and_old_codes_are_known"),
    20: (BACK, "test_the_same_number_with_other_files_is_told"),
    21: (HERE, "test_21_registered_and_in_work_at_once_and_never_done_is_no_alarm"),
    22: (LANGSON, "test_one_token_serves_until_it_ends_and_is_renewed_once"),
    23: (LANGSON, "test_a_document_goes_as_a_whole_file_and_its_id_comes_back"),
    24: (WIRE, "test_after_the_plus_come_milliseconds"),
    25: (WIRE, "test_hash_file_has_no_leading_zeros"),
    26: (HERE, "test_26_parameters_of_earlier_calls_do_not_confuse_the_sandbox"),
    27: (HERE, "test_27_a_code_that_the_axis_has_not_registered_is_told_with_what_to_do"),
    28: ("gateway/test_receivers.py", "test_among_thousands_that_are_alike_the_one_that_was_typed_comes_first"),
    29: (HERE, "test_29_no_path_of_ours_travels"),
    30: (BACK, "test_the_exchange_hears_done_only_when_all_is_written_down"),
    31: (COLLECT, "test_a_status_is_matched_where_a_system_has_changed_the_id"),
    32: (READ, "test_dialect_b_spellings_and_a_byte_order_mark_are_read"),
    33: (HERE, "test_33_numbers_of_types_are_configuration"),
}


def test_every_trap_has_its_test() -> None:
    tests = Path(__file__).parents[2]
    assert list(TRAPS) == list(range(1, 34))
    gone = [trap for trap, (file, name) in TRAPS.items() if f"def {name}(" not in (tests / file).read_text("utf-8")]
    assert gone == []


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


def test_16_any_number_of_recipients_goes_and_comes(sandbox: Sandbox, vxp: VxpExchange, parcel: Parcel) -> None:
    many = tuple(Body(f"H99.{n}", f"Cơ quan {n}") for n in range(100, 160))
    sent = replace(parcel, recipients=many)
    assert edoc(write_parcel(sent)).recipients == many
    vxp.send(sent)
    assert {packet.from_code for packet in vxp.waiting("status")} == {body.code for body in many}
    known = vxp.find_sent(parcel.document_id)
    assert known is not None
    assert known.to == {body.code for body in many}


def test_18_the_longest_codes_and_ids_are_kept_whole(tmp_path: Path) -> None:
    papers = Papers.in_folder(tmp_path)
    code, known_as = "H99." + "1" * 31, "H99.1,2026/11/19," + "x" * 238
    document = papers.sealed(recipients=(Recipient(code, "Đơn vị có mã dài"),))
    document = papers.record(document, Change(what="renamed", parcel_id=known_as))
    found = papers.store.by_parcel(known_as)
    assert found is not None
    assert (found.id, len(found.parcel_id), found.recipients[0].code) == (document.id, 255, code)
    papers.store.close()


def test_21_registered_and_in_work_at_once_and_never_done_is_no_alarm(tmp_path: Path) -> None:
    papers = Papers.in_folder(tmp_path)
    document, at = papers.sent(recipients=(BODIES[0],)), now()
    file = FileRef(Role.EVIDENCE, "0" * 64, 1, "application/edxml+xml", "s.edxml")
    for code in ("05", "03"):
        document = papers.record(document, weigh(document, Receipt(code, at, BODIES[0].code, message_id=code), file))
    assert (document.stage, document.recipients[0].state) == (Stage.DELIVERED, "05")
    long_after = at + dt.timedelta(days=400)
    silent = papers.sent("b.pdf", (BODIES[1],))
    (line,) = health(papers.store, at + dt.timedelta(hours=25))
    assert (line.ok, "125/UBND-VP" in line.words) == (False, True), "one that never said a word is shown"
    assert health(papers.store, at + dt.timedelta(hours=1)) == []
    word = Receipt("01", at, BODIES[1].code, message_id="m")
    papers.record(silent, weigh(silent, word, file))
    assert not is_late(document, long_after)
    assert mark_late(LateTools(papers.store, lambda: long_after)) == 0
    assert health(papers.store, long_after) == []
    assert LATER[-1] == "06", "a clerk of ours can say that it is done"
    papers.store.close()


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


def test_27_a_code_that_the_axis_has_not_registered_is_told_with_what_to_do(
    sandbox: Sandbox, account: Account, parcel: Parcel, tmp_path: Path
) -> None:
    exchange = VxpExchange(replace(account, organ="H99.77"))
    with pytest.raises(ExchangeRefused, match=r"mã đăng ký của hệ thống này là H99\.20.*H99\.77.*Hãy sửa unit\.code"):
        exchange.send(replace(parcel, sender=Body("H99.77", "Cơ quan khác")))
    exchange.close()
    papers = Papers.in_folder(tmp_path / "papers")
    assert health(papers.store, now(), "H99.77") == [], "nobody knows before the directory is there"
    papers.store.directory.put([Body("H99.20", "UBND xã", old_code="000.00.20.H99")])
    (line,) = health(papers.store, now(), "H99.77")
    assert (line.ok, "unit.code" in line.words) == (False, True)
    assert health(papers.store, now(), "H99.20") == health(papers.store, now(), "000.00.20.H99") == []
    papers.store.close()


def test_27_a_unit_speaks_under_its_own_code_and_under_the_offices_where_the_axis_knows_no_other(
    sandbox: Sandbox, account: Account, parcel: Parcel
) -> None:
    exchange = VxpExchange(account)
    unit = Body("H99.21", "Trường học")
    exchange.send(replace(parcel, sender=unit, document_id="H99.21,1,2"))
    sandbox.organs = frozenset({"H99.20"})
    told = exchange.answer("H99.2,1,2", Receipt("03", parcel.sent_at, "H99.21"), "H99.2")
    assert told.exchange_id
    with pytest.raises(ExchangeRefused):
        exchange.send(replace(parcel, sender=unit, document_id="H99.21,1,3"))
    exchange.close()


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
