"""A registered paper goes on to its unit with a cover sheet; a recall freezes, asks, cancels, answers and is told."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest

from gateway.document import RECALL_ASKED, REPLACE_ASKED, UPDATE_ASKED, VN, Document, Stage
from gateway.errors import FileMissing, Incomplete, WrongStage
from gateway.handing_on import COVER, HandTools
from gateway.late import LateTools, calendar_health, mark_late
from gateway.notices import NoticeTools, send_notices
from gateway.review import acts, incoming
from gateway.review.acts import Person
from gateway.review.entries import Entries
from gateway.steps.arrive import ASKED_BACK, UNKNOWN
from gateway.store.notices import GIVEN_UP, SENT, WAITING
from mail.post import Notice, PostTrouble
from rules.field import Name
from tests.gateway.back.incoming import HOME, OTHER, PDF, SCHOOL, Back

LAN = Person("lan", "Lan", frozenset({"clerk"}))


@dataclass
class Post:
    """A mail server that remembers."""

    got: list[tuple[Notice, list[bytes]]] = field(default_factory=list)
    trouble: PostTrouble | None = None

    def __call__(self, notice: Notice) -> None:
        if self.trouble:
            raise self.trouble
        self.got.append((notice, [file.path.read_bytes() for file in notice.files]))


def send(house: Back, post: Post, *, address: str = "truong@mau.example", heads: tuple[str, ...] = ()) -> int:
    hand = HandTools(house.store, house.vault, post, lambda _: address, lambda _: SCHOOL.name, house.folder / "print",
                     HOME.name)
    return send_notices(NoticeTools(house.store, house.vault, post, lambda _: HOME.name, house.now, 30, hand,
                                    heads=heads))


def entries(document: Document) -> Entries:
    return Entries({name: one.value for name, one in document.fields.items()}, send=False)


def registered(house: Back, number: str = "125", packet: str = "p-1") -> Document:
    house.write(packet, number=number, to=(SCHOOL,))
    house.poll()
    document = next(one for one in house.documents() if f"/{number}/" in one.origin.key or f",{number}/" in
                    one.origin.key)
    return register(house, document)


def register(house: Back, document: Document) -> Document:
    from gateway.document import Change

    document = house.opened(document)
    document = house.record(document, Change(what="read", to=Stage.READ, kind="digital", pages=1))
    document = house.record(document, Change(what="proposed", to=Stage.PROPOSED))
    document = house.record(document, acts.confirm(document, entries(document), who=LAN, today=dt.date(2026, 11, 20)),
                            who="lan")
    return house.record(document, incoming.file_incoming(document, who=LAN), who="lan")


def codes(house: Back, document: Document) -> list[str]:
    return [one.code for one in house.store.answers.of(document.id)]


def test_a_filed_paper_goes_to_its_unit_once_with_a_cover_sheet(house: Back) -> None:
    document, post = registered(house), Post()
    assert send(house, post) == 1
    assert send(house, post) == 0
    notice, data = post.got[0]
    assert notice.to == "truong@mau.example"
    assert document.register_number in notice.subject
    assert [file.name for file in notice.files] == [COVER, "125.pdf"]
    assert data[0].startswith(b"%PDF-")
    assert data[1] == PDF
    assert codes(house, document) == ["01", "03"]


def test_without_an_address_it_lies_in_the_print_folder(house: Back) -> None:
    document, post = registered(house), Post()
    assert send(house, post, address="") == 1
    folder = house.folder / "print" / SCHOOL.code / document.register_number
    assert sorted(file.name for file in folder.iterdir()) == ["125.pdf", COVER]
    assert post.got == []


def test_an_answer_of_the_mail_server_that_is_lost_is_asked_again(house: Back) -> None:
    document = registered(house)
    assert send(house, Post(trouble=PostTrouble(begun=True))) == 0
    assert [one.state for one in house.store.notices.of(document.id)] == [WAITING]
    house.at[0] += dt.timedelta(hours=1)
    post = Post()
    assert send(house, post) == 1
    assert post.got[0][0].key == f"{document.id}.handed"


@pytest.mark.parametrize("form", ["status", "edoc"])
def test_a_recall_in_either_form_freezes_and_is_answered(house: Back, form: str) -> None:
    document, post = registered(house), Post()
    parcel = house.parcel(to=(SCHOOL,))
    send(house, post)
    if form == "status":
        house.ask_back(parcel, "p-9")
    else:
        house.lay(house.turned(parcel, 1, "Sai phụ lục"), "p-9")
    assert house.poll() == 1
    document = house.store.get(document.id)
    assert document.held is not None
    assert document.held.code == RECALL_ASKED
    assert "Sai phụ lục" in document.held.reason
    packet = house.store.arrivals.settled("p-9")
    assert packet is not None
    assert packet.outcome == ASKED_BACK
    with pytest.raises(WrongStage):
        acts.retry(document, who=LAN)
    with pytest.raises(WrongStage):
        incoming.say(document, "05", who=LAN, said=frozenset())
    paper = document.paper
    assert paper is not None
    document = house.record(document, incoming.give_back(document, who=LAN), who="lan")
    assert (document.stage, document.files) == (Stage.RECALLED, ())
    assert document.register_number, "what is known of it stays"
    with pytest.raises(FileMissing):
        house.vault.path(paper)
    assert codes(house, document) == ["01", "03", "15"]
    while house.tell():
        pass
    last = house.said()[-1]
    assert (last.receipt.code, last.receipt.from_code, last.to_code) == ("15", SCHOOL.code, OTHER.code)
    assert send(house, post) == 1
    assert "lấy lại" in post.got[-1][0].subject


def test_a_paper_that_is_kept_goes_on_and_its_sender_hears_why(house: Back) -> None:
    document = registered(house)
    parcel = house.parcel(to=(SCHOOL,))
    house.ask_back(parcel, "p-9")
    house.poll()
    document = house.store.get(document.id)
    post = Post()
    assert send(house, post) == 0, "a frozen paper is not handed on"
    with pytest.raises(Incomplete):
        incoming.keep(document, " ", who=LAN)
    document = house.record(document, incoming.keep(document, "Đã giải quyết xong.", who=LAN), who="lan")
    assert document.held is None
    assert document.stage is Stage.FILED
    house.at[0] += dt.timedelta(hours=1)
    assert send(house, post) == 1
    while house.tell():
        pass
    assert (house.said()[-1].receipt.code, house.said()[-1].receipt.reason) == ("16", "Đã giải quyết xong.")


def test_nobody_else_can_have_a_paper_back_and_the_unknown_is_shown(house: Back) -> None:
    from gateway.exchange.port import Body

    document = registered(house)
    house.ask_back(house.parcel(to=(SCHOOL,)), "p-9", sender=Body("H99.7", "Sở khác"))
    house.poll()
    assert house.store.get(document.id).held is None
    packet = house.store.arrivals.packets(for_person=True)[0]
    assert (packet.exchange_id, packet.outcome) == ("p-9", UNKNOWN)


@pytest.mark.parametrize(("kind", "code", "told"), [(2, UPDATE_ASKED, ["01", "03", "15"]),
                                                    (3, REPLACE_ASKED, ["01", "03"])])
def test_an_update_or_replacement_comes_in_beside_what_it_changes(house: Back, kind: int, code: str,
                                                                 told: list[str]) -> None:
    old = registered(house)
    before = house.parcel(to=(SCHOOL,))
    after = house.parcel(number="126", to=(SCHOOL,), data=PDF + b"% corrected\n")
    named = f"<edXML:DocumentId>{before.document_id}</edXML:DocumentId>"
    message = house.turned(after, kind, "Sửa phụ lục", named if kind == 2 else "")
    if kind == 3:
        info = (f"<edXML:ReplacementInfoList><edXML:ReplacementInfo>{named}</edXML:ReplacementInfo>"
                "</edXML:ReplacementInfoList>")
        message = message.replace(b"</edXML:BussinessDocReason>", b"</edXML:BussinessDocReason>" + info.encode())
    house.lay(message, "p-2")
    house.poll()
    old = house.store.get(old.id)
    assert old.held is not None
    assert old.held.code == code
    new = next(one for one in house.documents() if one.id != old.id)
    arrival = house.store.arrivals.of(new.id)
    assert arrival is not None
    assert (arrival.kind, arrival.earlier) == (kind, (old.id,))
    old = house.record(old, incoming.give_back(old, who=LAN), who="lan")
    assert old.stage is Stage.RECALLED
    assert old.paper is not None, "the earlier version is kept beside the new one"
    assert codes(house, old) == told
    house.poll()
    assert len(house.documents()) == 2


def test_a_unit_that_an_update_takes_off_the_list_is_asked_to_give_the_paper_back(house: Back) -> None:
    document = registered(house)
    before = house.parcel(to=(SCHOOL,))
    after = house.parcel(number="126", to=(HOME,))
    named = f"<edXML:DocumentId>{before.document_id}</edXML:DocumentId>"
    message = house.turned(after, 2, "Đổi nơi nhận", named)
    info = ("<edXML:BussinessDocumentInfo><edXML:DocumentInfo>0</edXML:DocumentInfo><edXML:DocumentReceiver>1"
            "</edXML:DocumentReceiver><edXML:ReceiverList><edXML:Receiver><edXML:OrganId>H99.1.5</edXML:OrganId>"
            "<edXML:ReceiverType>0</edXML:ReceiverType></edXML:Receiver></edXML:ReceiverList>"
            "</edXML:BussinessDocumentInfo>")
    house.lay(message.replace(b"<edXML:StaffInfo>", info.encode() + b"<edXML:StaffInfo>", 1), "p-2")
    house.poll()
    held = house.store.get(document.id).held
    assert held is not None
    assert held.code == RECALL_ASKED
    assert sorted(one.unit for one in house.documents()) == [HOME.code, SCHOOL.code]


def test_a_refusal_is_a_persons_with_a_reason_and_never_after_registration(house: Back) -> None:
    house.write()
    house.poll()
    document = house.proposed()
    with pytest.raises(Incomplete):
        acts.reject(document, "", who=LAN)
    document = house.record(document, acts.reject(document, "Sai nơi nhận.", who=LAN), who="lan")
    while house.tell():
        pass
    last = house.said()[-1]
    assert (last.receipt.code, last.receipt.reason) == ("02", "Sai nơi nhận.")
    filed = registered(house, "126", "p-2")
    with pytest.raises(WrongStage):
        acts.reject(filed, "muộn rồi", who=LAN)


def test_later_statuses_are_said_in_their_order(house: Back) -> None:
    document = registered(house)
    for code in ("04", "06"):
        said = frozenset(codes(house, document))
        document = house.record(document, incoming.say(document, code, who=LAN, said=said), who="lan")
    with pytest.raises(Incomplete):
        incoming.say(document, "05", who=LAN, said=frozenset(codes(house, document)))
    assert codes(house, document) == ["01", "03", "04", "06"]


def test_what_is_sent_again_after_it_was_given_back_is_a_new_paper(house: Back) -> None:
    document = registered(house)
    parcel = house.parcel(to=(SCHOOL,))
    house.ask_back(parcel, "p-9")
    house.poll()
    document = house.store.get(document.id)
    house.record(document, incoming.give_back(document, who=LAN), who="lan")
    house.write("p-10", to=(SCHOOL,))
    house.poll()
    assert sorted(one.stage for one in house.documents()) == [Stage.RECALLED, Stage.RECEIVED]


def test_heads_hear_once_of_all_that_is_late(house: Back) -> None:
    for number in ("1", "2"):
        house.write(f"p-{number}", number=number)
    house.poll()
    late, post = LateTools(house.store, house.now), Post()
    assert mark_late(late) == 0
    house.at[0] = house.at[0].replace(day=23, hour=11, minute=31)  # Friday to Monday, after the morning
    assert mark_late(late) == 2
    assert send(house, post, heads=("cvp@mau.example", "ct@mau.example")) == 1
    assert [notice.to for notice, _ in post.got] == ["cvp@mau.example", "ct@mau.example"]
    assert all(document.id in post.got[0][0].text for document in house.documents())
    assert mark_late(late) == 2
    assert send(house, post, heads=("cvp@mau.example",)) == 0


def test_a_year_without_its_calendar_is_told_sixty_days_before() -> None:
    at = dt.datetime(2026, 11, 1, 9, 0, tzinfo=VN)
    assert calendar_health(at) == ()
    assert [line.ok for line in calendar_health(at.replace(day=3))] == [False]


def test_a_withdrawn_paper_that_was_never_handed_on_troubles_nobody(house: Back) -> None:
    document = registered(house)
    house.ask_back(house.parcel(to=(SCHOOL,)), "p-9")
    house.poll()
    document = house.store.get(document.id)
    house.record(document, incoming.give_back(document, who=LAN), who="lan")
    post = Post()
    send(house, post)
    assert post.got == []
    assert {one.event: one.state for one in house.store.notices.of(document.id)} == {
        "handed": GIVEN_UP, "withdrawn": SENT}


def test_fields_of_the_head_that_the_paper_contradicts_are_doubted() -> None:
    from gateway.steps.propose import HEADER_DIFFERS, said_and_seen
    from rules.field import Field

    said = {Name.NUMBER: Field(Name.NUMBER, "125", 1.0, sure=True), Name.DATE: Field(Name.DATE, "2026-11-19", 1.0,
                                                                                   sure=True)}
    seen = {Name.NUMBER: Field(Name.NUMBER, "152", 0.99, sure=True), Name.DATE: Field(Name.DATE, "2026-11-18", 0.5,
                                                                                    sure=False)}
    found = said_and_seen(said, seen)
    assert (found[Name.NUMBER].sure, found[Name.NUMBER].doubts) == (False, (HEADER_DIFFERS,))
    assert found[Name.NUMBER].candidates[0].value == "152"
    assert found[Name.DATE].sure


def test_an_urgent_paper_is_late_within_the_hour_on_a_day_off_too(house: Back) -> None:
    house.at[0] = house.at[0].replace(day=21, hour=15)  # a Saturday
    house.write()
    house.poll()
    house.opened(house.documents()[0])
    late = LateTools(house.store, house.now)
    house.at[0] += dt.timedelta(minutes=59)
    assert mark_late(late) == 0
    house.at[0] += dt.timedelta(minutes=2)
    assert mark_late(late) == 1
