"""What the bringer of a letter is told: once for each event, in good words, and never to a machine or a stranger."""
from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gateway.document import Change, Document, Door, Held, Mover, Origin, Recipient, Role, Stage
from gateway.handing_on import HandTools
from gateway.intake.outsized import fates_of
from gateway.notices import MOST_TRIES, NoticeTools, send_notices
from gateway.store.notices import DOUBTFUL, GIVEN_UP, OUTSIZED, SENT
from mail.envelope import Outsized
from mail.letter import head_of
from mail.post import Notice, PostTrouble
from rules.field import Secrecy
from tests.gateway.papers import BODIES, FIELDS, Papers, now

LETTER = (b"From: van-thu@xa.example\r\nSubject: =?utf-8?q?C=C3=B4ng_v=C4=83n_s=E1=BB=91_12?=\r\n"
          b"Message-ID: <m1@xa.example>\r\n\r\nxin gui\r\n")


@dataclass
class Postman:
    """Takes notices, or fails as told."""

    got: list[Notice] = field(default_factory=list)
    trouble: PostTrouble | None = None

    def __call__(self, notice: Notice) -> None:
        if self.trouble:
            raise self.trouble
        self.got.append(notice)


@dataclass
class Office:
    """A store with letters in it, a clock and a postman."""

    papers: Papers
    postman: Postman
    later: dt.timedelta = dt.timedelta()
    per_hour: int = 30

    def send(self) -> list[Notice]:
        before = len(self.postman.got)
        store, vault = self.papers.store, self.papers.vault
        hand = HandTools(store, vault, self.postman, lambda _: "", lambda _: "UBND xã Mẫu", vault.folder / "in", "UBND")
        send_notices(NoticeTools(store, vault, self.postman, lambda code: "UBND xã Mẫu", lambda: now() + self.later,
                                 self.per_hour, hand))
        return self.postman.got[before:]

    def letter(self, by: str = "van-thu@xa.example", also: Change | None = None, mark: bytes = b"") -> Document:
        file = self.papers.vault.put(io.BytesIO(LETTER + mark), role=Role.ORIGINAL, media_type="message/rfc822",
                                     name="thu")
        return self.papers.store.receive(Origin(Door.SMTP, f"k{mark!r}"), file, unit="H99.1", name="Công văn số 12",
                                         by=by, at=now(), also=also).document

    def states(self, document: Document) -> dict[str, str]:
        return {one.event: one.state for one in self.papers.store.notices.of(document.id)}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(Papers.in_folder(tmp_path), Postman())


def confirmed(office: Office, document: Document, recipients: tuple[Recipient, ...] = BODIES) -> Document:
    document = office.papers.record(document, Change(what="read", to=Stage.READ, kind="scan", pages=1))
    document = office.papers.record(document, Change(what="proposed", to=Stage.PROPOSED, fields=FIELDS))
    return office.papers.record(document, Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK,
                                                 recipients=recipients, take_register_number=True))


def test_receipt_and_register_number_are_told_once_each(office: Office) -> None:
    document = office.letter()
    (receipt,) = office.send()
    assert receipt.to == "van-thu@xa.example"
    assert receipt.answers == "<m1@xa.example>"
    assert "Công văn số 12" in receipt.subject
    document = confirmed(office, document)
    (registered,) = office.send()
    assert document.register_number in registered.text
    assert "UBND xã Mẫu" in registered.text
    document = office.papers.record(document, Change(what="reopened", to=Stage.PROPOSED, by=Mover.CLERK))
    office.papers.record(document, Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK))
    assert office.send() == []
    assert office.states(document) == {"received": SENT, "registered": SENT}


def test_a_refusal_carries_its_reason(office: Office) -> None:
    document = office.letter()
    office.papers.record(document, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK,
                                          reason="thiếu trang 2 của phụ lục"))
    told = {notice.key.partition(".")[2]: notice.text for notice in office.send()}
    assert "vì: thiếu trang 2 của phụ lục." in told["rejected"]
    assert "gửi lại" in told["rejected"]


def test_of_a_letter_too_large_its_sender_hears_once_how_large_it_was(office: Office) -> None:
    big = Outsized(63 << 20, 50 << 20, "vanthu-refused")
    told = office.papers.vault.put(io.BytesIO(fates_of(head_of(io.BytesIO(LETTER)), big)), role=Role.FATES,
                                   media_type="application/json", name="thu.json")
    document = office.letter(also=Change(what="held", held=Held("letter_too_large", "x"), remarks=(OUTSIZED,),
                                         files=(told,)))
    (notice,) = office.send()
    assert "63 MB" in notice.text
    assert "50 MB" in notice.text
    assert "chia thành các thư nhỏ hơn" in notice.text
    assert notice.answers == "<m1@xa.example>"
    office.papers.record(document, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="xong"))
    assert office.send() == []


def test_of_a_secret_paper_only_the_fact_is_told(office: Office) -> None:
    document = office.letter()
    office.papers.record(document, Change(what="stopped", to=Stage.STOPPED, secrecy=Secrecy.MARKED, reason="dấu MẬT"))
    stopped = next(notice for notice in office.send() if notice.key.endswith(".stopped"))
    assert "Công văn" not in stopped.subject + stopped.text
    assert "bí mật nhà nước" in stopped.text


def test_the_far_receivers_answer_reaches_the_bringer(office: Office) -> None:
    document = confirmed(office, office.letter(), BODIES[:1])
    document = office.papers.record(document, Change(what="sealed", to=Stage.SEALED, by=Mover.CLERK, parcel_id="P1"))
    document = office.papers.record(document, Change(what="sent", to=Stage.SENT))
    refused = (replace(BODIES[0], state="02", note="gửi nhầm nơi nhận"),)
    office.papers.record(document, Change(what="receipt", to=Stage.REFUSED, by=Mover.OFFICE, recipients=refused,
                                          reason="gửi nhầm nơi nhận"))
    notice = next(one for one in office.send() if one.key.endswith(".refused"))
    assert "- Sở Nội vụ tỉnh Mẫu: từ chối (gửi nhầm nơi nhận)" in notice.text


def test_one_refusal_of_several_reaches_the_bringer_at_once(office: Office) -> None:
    document = confirmed(office, office.letter())
    document = office.papers.record(document, Change(what="sealed", to=Stage.SEALED, by=Mover.CLERK))
    document = office.papers.record(document, Change(what="sent", to=Stage.SENT))
    office.send()
    one = replace(document.recipients[0], state="02", note="Sai thẩm quyền")
    document = office.papers.record(document, Change(what="receipt", recipients=(one, document.recipients[1])))
    (told,) = office.send()
    assert "Sở Nội vụ tỉnh Mẫu: từ chối (Sai thẩm quyền)" in told.text
    assert "Sở Tài chính tỉnh Mẫu: chưa trả lời" in told.text
    office.papers.record(document, Change(what="receipt", recipients=(one, document.recipients[1])))
    assert office.send() == []


@pytest.mark.parametrize("also", [
    Change(what="letter_checked", remarks=("automatic_letter",)),
    Change(what="held", held=Held("sender_unknown", "Hãy xác minh.")),
    Change(what="held", held=Held("sender_forged", "Hãy gọi điện.")),
])
def test_machines_and_strangers_are_not_answered(office: Office, also: Change) -> None:
    document = office.letter(also=also)
    office.papers.record(document, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="thư rác"))
    assert office.send() == []
    assert office.states(document) == {}


def test_scans_are_answered_by_nobody(office: Office) -> None:
    office.papers.confirmed("a.pdf")
    assert office.send() == []


def test_temporary_trouble_is_tried_again_and_ends_in_giving_up(office: Office) -> None:
    document = office.letter()
    office.postman.trouble = PostTrouble()
    for _ in range(MOST_TRIES + 2):
        office.send()
        office.later += dt.timedelta(hours=7)
    assert office.states(document) == {"received": GIVEN_UP}


def test_a_letter_that_may_have_gone_out_is_never_sent_again(office: Office) -> None:
    document, other = office.letter(), office.letter(mark=b"2")
    office.postman.trouble = PostTrouble(begun=True)
    office.send()
    office.postman.trouble = None
    office.later += dt.timedelta(days=1)
    assert office.send() == []
    assert office.states(document) == office.states(other) == {"received": DOUBTFUL}
    third = office.letter(mark=b"3")
    (owed,) = office.papers.store.notices.of(third.id)
    assert office.papers.store.notices.begin(owed)  # and here the process dies
    assert office.papers.store.notices.cut_off(now()) == 1
    assert office.send() == []
    assert office.states(third) == {"received": DOUBTFUL}


def test_two_rounds_at_once_send_one_letter(office: Office) -> None:
    office.letter()
    (owed,) = office.papers.store.notices.due(now())
    assert office.papers.store.notices.begin(owed)
    assert not office.papers.store.notices.begin(owed)


def test_more_than_so_many_an_hour_wait(office: Office) -> None:
    office.per_hour = 2
    for count in range(4):
        office.letter(mark=str(count).encode())
    assert len(office.send()) + len(office.send()) + len(office.send()) == 2
    office.later += dt.timedelta(hours=2)
    assert len(office.send()) == 2
