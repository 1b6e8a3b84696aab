"""The desk's pages of what came over the Exchange."""

from __future__ import annotations

import io

from gateway.document import RECALL_ASKED, Change, Document, Door, Held, Mover, Origin, Role, Said, Stage
from gateway.review.acts import Act, next_act
from gateway.store.arrivals import Arrival, Packet
from gateway.store.search import Query
from rules.field import Field, Name
from tests.gateway.review.house import PDF, House, proposal


def arrived(house: House, number: str = "125") -> Document:
    message = house.vault.put(io.BytesIO(f"<edXML>{number}</edXML>".encode()), role=Role.ORIGINAL,
                              media_type="application/edxml+xml", name="goi.edxml")  # fmt: skip
    paper = house.vault.put(io.BytesIO(PDF), role=Role.PAPER, media_type="application/pdf", name="125.pdf")
    origin, told = Origin(Door.EXCHANGE, f"H99.2|{number}|H99.1"), Change(what="arrived", says=(Said("01"),))
    document = house.store.receive(
        origin, message, unit="H99.1", name="góp ý", by="H99.2", at=house.clock(), also=told
    ).document
    id_ = f"H99.2,2026/11/19,{number}/SNV"
    house.store.arrivals.put(
        Arrival(document=document.id, sender="H99.2", sender_name="Sở Nội vụ", message_id=id_, code=number, date=None)
    )
    for change in (Change(what="opened", files=(paper,), fields=proposal(True)),
                   Change(what="read", to=Stage.READ, kind="digital", pages=1),
                   Change(what="proposed", to=Stage.PROPOSED)):  # fmt: skip
        document = house.store.record(document, change, who="machine")
    return document


def form(document: Document) -> dict[str, object]:
    values = {f"f.{name.value}": field.value for name, field in document.fields.items()}
    return {"version": document.version, "send": "0"} | values


def test_a_clerk_registers_and_hands_on_in_one_go_and_says_how_far_it_is(house: House) -> None:
    house.enter("lan")
    document = arrived(house)
    page = house.client.get(f"/d/{document.id}").text
    assert f"/d/{document.id}/register" in page
    assert "H99.2,2026/11/19,125/SNV" in page
    assert 'name="to"' not in page.partition("</form>")[0]
    assert house.post(f"/d/{document.id}/register", **form(document)) == 303
    document = house.store.get(document.id)
    assert (document.stage, document.register_number) == (Stage.FILED, "H99.1-2026.1")
    assert house.post(f"/d/{document.id}/say", version=document.version, code="05") == 303
    assert [one.code for one in house.store.answers.of(document.id)] == ["01", "03", "05"]
    assert house.post(f"/d/{document.id}/say", version=house.store.get(document.id).version, code="04") == 422
    listed = house.client.get("/incoming").text
    assert f"/d/{document.id}" in listed


def test_a_confirmed_paper_of_another_office_waits_for_its_unit_and_not_for_a_seal(house: House) -> None:
    house.enter("lan")
    document, own = arrived(house), house.confirmed("giay.pdf")
    assert house.post(f"/d/{document.id}/confirm", **form(document)) == 303
    page, rows = house.client.get(f"/d/{document.id}").text, house.client.get("/?tab=file").text
    assert all("Chờ chuyển đơn vị" in one and "Chờ ký số</span>" not in one for one in (page, rows))
    assert f"/d/{document.id}/file" in page
    to_seal = house.client.get("/?tab=seal").text
    listed = [f'data-id="{one.id}"' in text for one in (document, own) for text in (rows, to_seal)]
    assert listed == [True, False, False, True]
    assert [next_act(house.store.get(one.id)) for one in (document, own)] == [Act.FILE, Act.SEAL]
    house.client.cookies.set("vanthu_lang", "en")
    assert "Waits to be handed on" in house.client.get("/?tab=file").text
    assert house.store.find(Query(stages=frozenset({Stage.CONFIRMED}), goes_out=True)).documents == (own,)


def test_a_frozen_paper_offers_only_the_answer(house: House) -> None:
    house.enter("lan")
    document = arrived(house)
    frozen = Change(what="asked_back", held=Held(RECALL_ASKED, "Nơi gửi đề nghị lấy lại. Hãy xem."))
    house.store.record(document, frozen, who="H99.2")
    page = house.client.get(f"/d/{document.id}").text
    assert f"/d/{document.id}/give_back" in page
    assert f"/d/{document.id}/keep" in page
    for act in ("confirm", "reject", "hold", "retry", "register"):
        assert f"/d/{document.id}/{act}" not in page, act
    version = house.store.get(document.id).version
    assert house.post(f"/d/{document.id}/retry", version=version) == 409
    assert house.post(f"/d/{document.id}/keep", version=version, reason="") == 422
    assert house.post(f"/d/{document.id}/give_back", version=version) == 303
    document = house.store.get(document.id)
    assert (document.stage, document.files) == (Stage.RECALLED, ())
    assert house.client.get(f"/d/{document.id}").status_code == 200


def test_packets_for_a_person_stand_above_the_list(house: House) -> None:
    house.enter("lan")
    house.store.arrivals.note(Packet("p-7", "edoc", "H99.9", house.clock(), "ab", "unreadable", note="Không đọc được."))
    page = house.client.get("/incoming").text
    assert "p-7" in page
    assert "Không đọc được." in page


def test_registers_and_reports_are_printed_and_the_journal_knows(house: House) -> None:
    house.enter("lan")
    document = arrived(house)
    house.post(f"/d/{document.id}/register", **form(document))
    assert "Sổ đăng ký văn bản đến" in house.client.get("/registers").text
    for address, start in (
        ("/registers/register?register=incoming&form=pdf", b"%PDF-"),
        ("/registers/register?register=follow-up&form=xlsx&from=01/01/2026&to=31/12/2026", b"PK"),
        ("/registers/report?kind=month&part=2026-11&form=pdf", b"%PDF-"),
        ("/registers/report?kind=days&from=01/11/2026&to=30/11/2026&form=xlsx", b"PK"),
    ):
        answer = house.client.get(address)
        assert answer.status_code == 200, address
        assert answer.content.startswith(start), address
        assert "attachment" in answer.headers["content-disposition"]
    assert [event.what for event in house.store.journal.of("")].count("printed") == 4


def test_a_wrong_period_is_said_and_a_unit_of_others_is_closed(house: House) -> None:
    house.enter("lan")
    assert house.client.get("/registers/report?kind=month&part=2026-99").status_code == 422
    assert house.client.get("/registers/register?from=99/99/2026").status_code == 422
    assert house.client.get("/registers/register?unit=H98.1").status_code == 403


def test_the_same_paper_by_a_second_way_is_joined_and_gets_no_second_number(house: House) -> None:
    house.enter("lan")
    paper = house.confirmed("giay.pdf")
    house.store.record(paper, Change(what="reopened", to=Stage.PROPOSED, by=Mover.CLERK), who="lan")
    document = arrived(house)
    page = house.client.get(f"/d/{document.id}").text
    assert f"/d/{document.id}/join" in page
    assert house.post(f"/d/{document.id}/join", version=document.version, other=paper.id) == 303
    document = house.store.get(document.id)
    assert (document.stage, document.register_number) == (Stage.FILED, "")
    assert paper.register_number in document.reason
    assert [one.code for one in house.store.answers.of(document.id)] == ["01", "03"]
    assert house.store.numbers.of([document.id]) == {}
    assert house.store.notices.of(document.id) == []


def test_only_a_registered_paper_can_be_joined(house: House) -> None:
    house.enter("lan")
    document, other = arrived(house), arrived(house, "126")
    assert house.post(f"/d/{document.id}/join", version=document.version, other=other.id) == 422
    assert house.store.get(document.id).stage is Stage.PROPOSED


def test_a_paper_whose_office_is_named_otherwise_is_offered_as_the_same(house: House) -> None:
    house.enter("lan")
    paper, document = house.confirmed("giay.pdf"), arrived(house)
    fields = document.fields | {Name.ISSUER: Field(Name.ISSUER, "Sở Nội vụ tỉnh Mẫu", 1.0, sure=True)}
    document = house.store.record(document, Change(what="corrected", fields=fields), who="lan")
    assert house.store.matters.others([document]) == {}
    page = house.client.get(f"/d/{document.id}").text
    assert f'value="{paper.id}"' in page
