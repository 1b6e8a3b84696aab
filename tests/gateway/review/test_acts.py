"""Who may do what, when; and what must be true first.  No store, no web: values in, a Change or a refusal out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.document import (
    LETTER_TYPE,
    VN,
    CopyKind,
    Document,
    Door,
    FileRef,
    Held,
    Mover,
    Origin,
    Recipient,
    Role,
    Stage,
)
from gateway.errors import Incomplete, NotAllowed, NotFound, WrongStage
from gateway.review import acts, incoming, seal_acts
from gateway.review.acts import Act, Person
from gateway.review.entries import Entries
from gateway.review.seal_acts import Ground, SealWish
from gateway.steps.secrecy import CLEARED
from gateway.store.changes import applied
from gateway.verdicts import BROKEN
from rules.copy_mark import BEARS_COPY_MARK
from rules.field import Field, Name, Secrecy

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=VN)
LAN = Person("lan", "Lan", frozenset({"clerk"}))
HOA = Person("hoa", "Hoa", frozenset({"sealer"}))
HEAD = Person("truong", "Trưởng", frozenset({"head"}))
AUDITOR = Person("thanh", "Thanh", frozenset({"auditor"}))
GROUND = Ground("H99.1", frozenset({"scan@example.vn"}))
VALUES = {
    Name.NUMBER: "125",
    Name.SYMBOL: "UBND-VP",
    Name.DATE: "2026-11-19",
    Name.ISSUER: "ỦY BAN NHÂN DÂN XÃ MẪU",
    Name.DOC_TYPE: "Công văn",
    Name.SUBJECT: "rà soát",
}
TO = (Recipient("H99.2", "Sở Nội vụ tỉnh Mẫu"),)


def paper(stage: Stage = Stage.PROPOSED, **other: object) -> Document:
    fields = {name: Field(name, value, 0.99, sure=True) for name, value in VALUES.items()}
    whole = Document(
        id="d1",
        stage=stage,
        version=3,
        unit="H99.1",
        origin=Origin(Door.FOLDER, "k"),
        name="a.pdf",
        received_at=AT,
        fields=fields,
    )
    return replace(whole, **other)  # type: ignore[arg-type]


def test_a_clerk_confirms_and_the_register_number_is_taken() -> None:
    change = acts.confirm(paper(), Entries(VALUES, TO), who=LAN, today=AT.date())

    assert (change.to, change.by, change.confirmed_by) == (Stage.CONFIRMED, Mover.CLERK, "lan")
    assert change.take_register_number
    assert change.recipients == TO


def test_confirming_again_after_a_send_back_keeps_the_register_number() -> None:
    document = paper(register_number="H99.1-2026.7")

    assert not acts.confirm(document, Entries(VALUES, TO), who=LAN, today=AT.date()).take_register_number


def test_the_journal_names_corrected_fields_and_never_their_values() -> None:
    entries = Entries(VALUES | {Name.SUBJECT: "điều bí ẩn"}, TO)

    why = acts.confirm(paper(), entries, who=LAN, today=AT.date()).why

    assert why == "Đúng như máy đọc: số, ký hiệu, ngày ban hành, cơ quan ban hành, tên loại. Sửa: trích yếu."


def test_an_unfinished_form_is_refused_with_a_sentence_per_field() -> None:
    with pytest.raises(Incomplete) as refused:
        acts.confirm(paper(), Entries(VALUES | {Name.NUMBER: ""}), who=LAN, today=AT.date())

    assert set(refused.value.problems) == {"number", "recipients"}
    assert all(sentence.endswith(".") for sentence in refused.value.problems.values())


@pytest.mark.parametrize("who", [HOA, HEAD, AUDITOR])
def test_only_a_clerk_confirms(who: Person) -> None:
    with pytest.raises(NotAllowed):
        acts.confirm(paper(), Entries(VALUES, TO), who=who, today=AT.date())


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.PROPOSED])
def test_nothing_is_confirmed_on_another_stage(stage: Stage) -> None:
    with pytest.raises(WrongStage):
        acts.confirm(paper(stage), Entries(VALUES, TO), who=LAN, today=AT.date())


def test_papers_of_another_unit_are_out_of_reach() -> None:
    stranger = replace(LAN, units=frozenset({"H99.8"}))

    assert acts.offered(paper(), stranger) == frozenset()
    with pytest.raises(NotAllowed):
        acts.reject(paper(), "thiếu trang", who=stranger)


@pytest.mark.parametrize("act", [acts.reject, acts.hold])
def test_a_reason_must_be_given(act: object) -> None:
    with pytest.raises(Incomplete):
        act(paper(), "  ", who=LAN)  # type: ignore[operator]


def test_an_auditor_is_offered_nothing_that_changes_a_paper() -> None:
    assert all(acts.offered(paper(stage), AUDITOR) == frozenset() for stage in Stage)


@pytest.mark.parametrize("stage", sorted(acts.ENDS))
def test_nothing_is_offered_at_an_end(stage: Stage) -> None:
    everybody = Person("ca", "Cả", frozenset({"clerk", "sealer", "head", "admin"}))

    assert acts.offered(paper(stage, recipients=TO), everybody) == frozenset()


def test_every_act_has_its_roles() -> None:
    assert set(acts.ALLOWED) == set(Act)


def confirmed(door: Door = Door.FOLDER, **other: object) -> Document:
    return paper(Stage.CONFIRMED, origin=Origin(door, "k"), recipients=TO, **{"pages": 2} | other)


COPIES = {CopyKind.SAO_Y, CopyKind.SAO_LUC, CopyKind.TRICH_SAO}
OF_THE_UNIT = replace(HOA, units=frozenset({"H99.1"}))


@pytest.mark.parametrize(
    ("document", "who", "kinds"),
    [
        (confirmed(Door.FOLDER), HOA, COPIES),
        (confirmed(Door.DESK), HOA, COPIES),
        (confirmed(Door.IMAP, by="Scan@Example.vn"), HOA, COPIES),
        (confirmed(Door.IMAP, by="xa@example.vn"), HOA, {CopyKind.CHUYEN_TIEP}),
        (confirmed(Door.SMTP, by="legacy@example.vn"), HOA, {CopyKind.CHUYEN_TIEP}),
        (confirmed(Door.IMAP, by="xa@example.vn", kind="scan"), OF_THE_UNIT, COPIES),
        (confirmed(Door.SMTP, by="xa@example.vn", kind="image"), OF_THE_UNIT, COPIES),
        (confirmed(Door.IMAP, by="xa@example.vn", kind="digital"), OF_THE_UNIT, {CopyKind.CHUYEN_TIEP}),
        (confirmed(Door.IMAP, by="xa@example.vn", kind="office"), OF_THE_UNIT, {CopyKind.CHUYEN_TIEP}),
        (confirmed(Door.IMAP, by="xa@example.vn", kind="scan"), HOA, {CopyKind.CHUYEN_TIEP}),
        (confirmed(Door.DESK, kind="scan", files=(FileRef(Role.ORIGINAL, "c" * 64, 1, LETTER_TYPE, "a.eml"),)), HOA,
         {CopyKind.CHUYEN_TIEP}),
        (confirmed(Door.FOLDER, kind="digital"), HOA, {CopyKind.CHUYEN_TIEP}),
        (confirmed(Door.DESK, kind="digital"), HOA, {CopyKind.CHUYEN_TIEP}),
        (confirmed(Door.EXCHANGE), HOA, set()),
        (confirmed(Door.IMAP, kind="signed"), HOA, set()),
        (confirmed(Door.FOLDER, kind="signed"), HOA, set()),
    ],
)
def test_what_may_be_sealed_depends_on_the_door(document: Document, who: Person, kinds: set[CopyKind]) -> None:
    """design.md decision 13, R-013; R-092: what a program wrote is nobody's scan."""
    assert set(seal_acts.copy_kinds(document, who, GROUND)) == kinds


def test_a_units_unsigned_mail_is_passed_on_under_the_serving_offices_key() -> None:
    document = confirmed(Door.IMAP, unit="H99.7", by="xa@example.vn")

    assert seal_acts.sealing_unit(document, CopyKind.CHUYEN_TIEP, GROUND) == "H99.1"
    assert seal_acts.sealing_unit(document, CopyKind.SAO_Y, GROUND) == "H99.7"


WISH = SealWish(CopyKind.SAO_Y, compared=True, pages=2)


def test_an_unsigned_attachment_of_a_letter_is_never_sealed_as_a_true_copy() -> None:
    """R-013."""
    with pytest.raises(NotAllowed):
        seal_acts.demand_seal(confirmed(Door.SMTP, kind="digital"), WISH, who=OF_THE_UNIT, ground=GROUND)


PAPER = FileRef(Role.PAPER, "a" * 64, 1, "application/pdf", "a.pdf")
OTHER = FileRef(Role.ATTACHMENT, "b" * 64, 1, "application/pdf", "b.pdf")
LETTER_FILES = (FileRef(Role.ORIGINAL, "c" * 64, 1, LETTER_TYPE, "Gửi văn bản"), PAPER, OTHER)


def test_another_part_of_a_letter_becomes_the_paper_and_is_read_anew() -> None:
    document = paper(files=LETTER_FILES, remarks=("several_papers", "parts_refused", "blurred"), kind="scan", pages=2)
    after = applied(document, acts.choose_paper(document, OTHER.sha256, who=LAN))
    assert after.stage is Stage.RECEIVED
    assert after.paper == replace(OTHER, role=Role.PAPER)
    assert after.attachments == (PAPER,)
    assert (after.fields, after.kind, after.pages, after.remarks) == ({}, "", 0, ("parts_refused",))
    again = applied(replace(after, stage=Stage.PROPOSED), acts.choose_paper(
        replace(after, stage=Stage.PROPOSED), PAPER.sha256, who=LAN))
    assert again.paper == PAPER
    assert [one.name for one in again.attachments] == ["b.pdf"]


def test_a_held_letter_goes_on_with_the_part_that_was_named() -> None:
    document = paper(Stage.RECEIVED, files=(LETTER_FILES[0], OTHER), held=Held("no_paper", "Thư không có tệp nào."))
    after = applied(document, acts.choose_paper(document, OTHER.sha256, who=LAN))
    assert (after.stage, after.held, after.version) == (Stage.RECEIVED, None, document.version + 1)


@pytest.mark.parametrize("document", [
    paper(Stage.CONFIRMED, files=LETTER_FILES), paper(Stage.RECEIVED, files=LETTER_FILES), paper(),
])  # fmt: skip
def test_no_other_part_can_be_named_at_any_other_time(document: Document) -> None:
    with pytest.raises(WrongStage):
        acts.choose_paper(document, OTHER.sha256, who=LAN)


def test_only_a_part_of_the_letter_can_be_named() -> None:
    with pytest.raises(NotFound):
        acts.choose_paper(paper(files=LETTER_FILES), "d" * 64, who=LAN)


def test_sealing_needs_the_statement() -> None:
    """R-093: the clerk states that copy and paper were compared."""
    with pytest.raises(Incomplete) as refused:
        seal_acts.demand_seal(confirmed(), SealWish(CopyKind.SAO_Y, compared=False), who=HOA, ground=GROUND)

    assert "compared" in refused.value.problems


def test_a_paper_that_bears_the_mark_of_a_copy_is_offered_as_a_sao_luc_first() -> None:
    """R-094."""
    assert seal_acts.copy_kinds(confirmed(), HOA, GROUND)[0] is CopyKind.SAO_Y
    marked = confirmed(remarks=(BEARS_COPY_MARK,))

    assert seal_acts.copy_kinds(marked, HOA, GROUND)[0] is CopyKind.SAO_LUC
    assert set(seal_acts.copy_kinds(marked, HOA, GROUND)) == COPIES


def test_a_file_whose_signature_is_broken_is_not_released() -> None:
    """R-130: what is signed goes on only while its signature is whole."""
    broken = confirmed(kind="signed", remarks=(BROKEN,))

    with pytest.raises(NotAllowed, match="không còn nguyên vẹn"):
        seal_acts.release(broken, "H99.1,2026/11/19,125/UBND-VP", who=HOA)


@pytest.mark.parametrize(
    ("pages", "said"), [(0, seal_acts.NO_PAGES), (1, seal_acts.OTHER_PAGES), (3, seal_acts.OTHER_PAGES)]
)
def test_sealing_needs_the_papers_own_number_of_pages(pages: int, said: str) -> None:
    """R-027."""
    with pytest.raises(Incomplete) as refused:
        seal_acts.demand_seal(confirmed(), replace(WISH, pages=pages), who=HOA, ground=GROUND)

    assert refused.value.problems == {"pages": said}


def test_only_a_sealer_seals_a_confirmed_paper_that_is_not_held() -> None:
    seal_acts.demand_seal(confirmed(), WISH, who=HOA, ground=GROUND)
    with pytest.raises(NotAllowed):
        seal_acts.demand_seal(confirmed(), WISH, who=LAN, ground=GROUND)
    with pytest.raises(NotAllowed):
        seal_acts.demand_seal(confirmed(Door.SMTP), WISH, who=HOA, ground=GROUND)
    with pytest.raises(WrongStage):
        seal_acts.demand_seal(paper(), WISH, who=HOA, ground=GROUND)
    with pytest.raises(WrongStage):
        seal_acts.demand_seal(confirmed(held=Held("clerk", "Chờ.")), WISH, who=HOA, ground=GROUND)


def test_a_signed_original_is_released_and_never_sealed() -> None:
    signed = confirmed(kind="signed")

    assert acts.offered(signed, HOA) & {Act.SEAL, Act.RELEASE} == {Act.RELEASE}
    change = seal_acts.release(signed, "H99.1,2026/11/19,125/UBND-VP", who=HOA)
    assert (change.to, change.files, change.copy_kind) == (Stage.SEALED, (), None)


def test_incoming_paper_is_filed_and_never_sent() -> None:
    document = confirmed(Door.EXCHANGE)

    assert acts.offered(document, replace(LAN, roles=frozenset({"clerk", "sealer"}))) >= {Act.FILE}
    assert incoming.file_incoming(document, who=LAN).to is Stage.FILED


@pytest.mark.parametrize(
    ("stage", "may"), [(Stage.SENT, True), (Stage.DELIVERED, True), (Stage.SEALED, False), (Stage.REFUSED, False)]
)
def test_a_recall_is_asked_only_of_what_was_sent(stage: Stage, may: bool) -> None:
    assert (Act.RECALL in acts.offered(paper(stage, recipients=TO), HEAD)) is may


def test_the_parcel_id_follows_the_convention() -> None:
    assert seal_acts.parcel_number(paper(), "H99.1") == "H99.1,2026/11/19,125/UBND-VP"


ALARM = paper(Stage.RECEIVED, secrecy=Secrecy.UNSURE, held=Held("secrecy_unsure", "Có thể có dấu mật."))


def test_a_secrecy_alarm_is_cleared_by_two_different_people() -> None:
    """R-008."""
    first = acts.clear_secrecy(ALARM, "chữ trong con dấu", who=HEAD, earlier=frozenset())
    assert (first.what, first.release, first.secrecy) == ("secrecy_doubted", False, None)

    with pytest.raises(NotAllowed):
        acts.clear_secrecy(ALARM, "chữ trong con dấu", who=HEAD, earlier=frozenset({"truong"}))

    second = acts.clear_secrecy(ALARM, "đã xem", who=replace(HEAD, login="pho"), earlier=frozenset({"truong"}))
    assert (second.release, second.secrecy, second.remarks) == (True, Secrecy.NONE, (CLEARED,))


def test_an_alarm_cannot_be_confirmed_or_retried_away() -> None:
    document = replace(ALARM, stage=Stage.PROPOSED)
    everybody = Person("ca", "Cả", frozenset({"clerk", "sealer", "head", "admin"}))

    assert not acts.offered(document, everybody) & {Act.CONFIRM, Act.CORRECT, Act.RETRY}


@pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.READ, Stage.PROPOSED])
def test_a_secret_is_stopped_wherever_it_waits(stage: Stage) -> None:
    document = replace(ALARM, stage=stage)
    change = acts.stop_secret(document, who=LAN)

    assert document.move(Stage.STOPPED, change.by).stage is Stage.STOPPED


def test_a_clerk_stops_a_paper_that_is_held_before_it_was_read() -> None:
    held = replace(paper(stage=Stage.RECEIVED), held=Held("too_many_tries", "Đọc không được."))
    assert Act.STOP in acts.offered(held, LAN)
    change = acts.stop_secret(held, who=LAN)
    assert (change.to, applied(held, change).stage) == (Stage.STOPPED, Stage.STOPPED)
    assert Act.STOP not in acts.offered(paper(stage=Stage.RECEIVED), LAN), "the machine is at it"
