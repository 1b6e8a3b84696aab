"""Letters at the door: for which unit, from whom, and nothing twice."""
from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from gateway.document import Change, Door, FileRef, Mover, Origin, Role, Stage
from gateway.errors import DiskFull
from gateway.fates import letter_record
from gateway.intake.accept import accept
from gateway.intake.letters import Letters, LettersPlan, UnitMail
from gateway.store.notices import OUTSIZED
from gateway.store.store import Received
from mail.envelope import Envelope, Kind, Outsized, envelope_key
from rules.routing import load
from tests.gateway.intake.scans import House, pdf

UNITS = (UnitMail("H99.1", ("van-thu@mau.example",), ("*@xa.example", "may-quet@*")),
         UnitMail("H99.3", ("@so.example",), ("*@xa.example",)))


def plan(rules: str = "", **more: object) -> LettersPlan:
    given = {"home": "H99.1", "units": UNITS, "rules": load(rules), "mailboxes": {"hop-thu": "H99.3"}} | more
    return LettersPlan(**given)  # type: ignore[arg-type]


def letters(house: House, chosen: LettersPlan | None = None) -> Letters:
    return Letters(chosen or plan(), partial(accept, house.store, house.vault),
                   works_for=lambda login, unit: (login, unit) == ("lan", "H99.1"),
                   name_of={"H99.2": "Sở Nội vụ"}.get, keep=partial(fates, house))  # type: ignore[arg-type]


def fates(house: House, data: bytes) -> FileRef:
    return house.vault.put(io.BytesIO(data), role=Role.FATES, media_type="application/json", name="thu.json")


def eml(folder: Path, *, sender: str = "lan@xa.example", subject: str = "Giấy mời họp", more: str = "") -> Path:
    path = folder / "letter.eml"
    head = f"From: {sender}\r\nTo: van-thu@mau.example\r\nSubject: {subject}\r\n{more}\r\n"
    path.write_bytes(head.encode() + pdf(subject))
    return path


def smtp(*to: str, sender: str = "lan@xa.example", login: str = "") -> Envelope:
    to = to or ("van-thu@mau.example",)
    return Envelope("smtp", envelope_key(sender, to), sender, to, account="smtp", authenticated_as=login)


def imap(uid: int = 7) -> Envelope:
    return Envelope("imap", f"hop-thu/INBOX/1/{uid}", "lan@xa.example", (), account="hop-thu")


def test_a_letter_becomes_a_document_of_the_unit_of_its_address(house: House) -> None:
    path = eml(house.root)
    answer = letters(house).take(smtp(), path)
    (document,) = house.documents()
    assert answer.kind is Kind.TAKEN
    assert document.id in answer.text
    assert (document.unit, document.name, document.by) == ("H99.1", "Giấy mời họp", "lan@xa.example")
    assert (document.stage, document.held, document.origin.door) == (Stage.RECEIVED, None, Door.SMTP)
    original = document.file(Role.ORIGINAL)
    assert original is not None
    assert original.media_type == "message/rfc822"
    assert house.vault.path(original).read_bytes() == path.read_bytes()


def test_the_same_letter_again_and_by_the_other_door_is_one_document(house: House) -> None:
    path, door = eml(house.root), letters(house, plan(mailboxes={"hop-thu": "H99.1"}))
    for envelope in (smtp(), smtp(), imap(), imap(), imap(8)):
        assert door.take(envelope, path).kind is Kind.TAKEN
    (document,) = house.documents()
    assert [event.what for event in house.store.events(document.id)] == ["received", "same_bytes", "same_bytes"]


def test_a_letter_to_two_units_is_a_document_of_each_also_when_it_comes_again(house: House) -> None:
    path = eml(house.root)
    for to in (("van-thu@mau.example", "phong@so.example", "kho@so.example"), ("kho@so.example", "phong@so.example",
                                                                              "van-thu@mau.example")):
        assert letters(house).take(smtp(*to), path).kind is Kind.TAKEN
    assert sorted(document.unit for document in house.documents()) == ["H99.1", "H99.3"]


def test_a_mailbox_belongs_to_its_unit(house: House) -> None:
    letters(house).take(imap(), eml(house.root))
    assert [(one.unit, one.origin.door, one.held) for one in house.documents()] == [("H99.3", Door.IMAP, None)]
    assert house.documents()[0].origin.key.startswith("hop-thu/INBOX/1/7/")


@pytest.mark.parametrize(("sender", "login", "waits"), [
    ("lan@xa.example", "", False), ("Lan <LAN@XA.example>", "", False), ("may-quet@kho.example", "", False),
    ("la@khac.example", "", True), ("lan@xa.example.evil.example", "", True), ("", "", True),
    ("la@khac.example", "lan", False), ("la@khac.example", "minh", True)])
def test_a_sender_who_is_not_on_the_list_waits_for_a_person(house: House, sender: str, login: str,
                                                            waits: bool) -> None:
    woken: list[str] = []
    house.store.on_leg = lambda _, document: woken.append(document.id)
    letters(house).take(smtp(sender="", login=login), eml(house.root, sender=sender))
    (document,) = house.documents()
    assert (document.held is not None) is waits
    assert bool(woken) is not waits, "what is held starts no leg, not even for a moment"
    if document.held:
        assert document.held.code == "sender_unknown"
        assert house.store.events(document.id)[-1].what == "held"


def test_rules_choose_the_unit_and_the_first_recipients(house: House) -> None:
    rules = '[[rule]]\nwhen.subject = "*moi hop*"\nthen.unit = "H99.3"\nthen.recipients = ["H99.2", "H99.9"]\n'
    letters(house, plan(rules)).take(smtp(), eml(house.root))
    (document,) = house.documents()
    assert document.unit == "H99.3"
    assert [(one.code, one.name) for one in document.recipients] == [("H99.2", "Sở Nội vụ"), ("H99.9", "H99.9")]


def test_what_rules_ignore_or_refuse_is_not_kept(house: House) -> None:
    path = eml(house.root)
    assert letters(house, plan("[[rule]]\nthen.ignore = true\n")).take(smtp(), path).kind is Kind.TAKEN
    refused = letters(house, plan('[[rule]]\nthen.refuse = "Hãy gửi qua trục."\n')).take(smtp(), path)
    assert (refused.kind, refused.text) == (Kind.REFUSED, "Hãy gửi qua trục.")
    assert list(house.documents()) == []


def test_what_one_unit_refuses_another_may_take(house: House) -> None:
    rules = '[[rule]]\nwhen.unit = "H99.1"\nthen.refuse = "Không nhận."\n'
    answer = letters(house, plan(rules)).take(smtp("van-thu@mau.example", "a@so.example"), eml(house.root))
    assert answer.kind is Kind.TAKEN
    assert [one.unit for one in house.documents()] == ["H99.3"]


def test_a_rule_may_hold_a_letter(house: House) -> None:
    letters(house, plan('[[rule]]\nname = "mật"\nthen.hold = "Hãy hỏi lãnh đạo."\n')).take(smtp(), eml(house.root))
    held = house.documents()[0].held
    assert held is not None
    assert (held.code, held.reason) == ("rule_hold", "Hãy hỏi lãnh đạo. (Quy tắc phân thư: mật.)")


@pytest.mark.parametrize(("result", "held"), [("dmarc=fail", "sender_forged"), ("spf=pass; dmarc=pass", "")])
def test_what_our_mail_server_found_is_recorded_and_a_forged_sender_waits(house: House, result: str,
                                                                          held: str) -> None:
    path = eml(house.root, more=f"Authentication-Results: mx.example; {result}\r\n")
    letters(house, plan(trusted_server="mx.example")).take(imap(), path)
    (document,) = house.documents()
    assert (document.held.code if document.held else "") == held
    assert "(theo mx.example)" in house.store.events(document.id)[-1].why


@pytest.mark.parametrize("trouble", [DiskFull(), OperationalError("", {}, Exception()), OSError(28, "full")])
def test_trouble_here_is_later_and_nothing_is_kept(house: House, trouble: Exception) -> None:
    def fails(*_: object, **__: object) -> Received:
        raise trouble

    door = Letters(plan(), fails, works_for=lambda *_: False, name_of=str, keep=partial(fates, house))
    answer = door.take(smtp(), eml(house.root))
    assert answer.kind is Kind.LATER
    assert list(house.documents()) == []
    assert door.take(smtp(), house.root / "gone.eml").kind is Kind.LATER


def test_a_letter_without_anything_is_still_accounted_for(house: House) -> None:
    path = house.root / "empty.eml"
    path.write_bytes(b"")
    assert letters(house).take(smtp(sender=""), path).kind is Kind.TAKEN
    (document,) = house.documents()
    assert document.held is not None
    assert document.name


def test_the_document_and_what_is_written_with_it_come_together_or_not_at_all(
        house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    record: Callable[..., object] = house.store._record

    def dies(*given: object) -> object:
        record(*given)
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(house.store, "_record", dies)
    assert letters(house).take(smtp(), eml(house.root, sender="la@khac.example")).kind is Kind.LATER
    assert list(house.documents()) == []


def test_a_change_with_a_new_document_is_not_recorded_with_a_known_one(house: House) -> None:
    at = dt.datetime.now(dt.UTC)
    for word in ("one", "two"):
        accept(house.store, house.vault, eml(house.root), lambda _: Origin(Door.SMTP, "k"), unit="H99.1", name="a",
               by="b", media_type="message/rfc822", at=at, also=Change(what="letter_checked", why=word))
    (document,) = house.documents()
    assert [event.why for event in house.store.events(document.id)] == ["", "one"]


def outsized(uid: int = 7, login: str = "lan@xa.example") -> Envelope:
    return replace(imap(uid), sender=login, outsized=Outsized(63 << 20, 50 << 20, "vanthu-refused"))


def test_of_an_outsized_letter_the_desk_has_sender_subject_size_and_what_to_do(house: House) -> None:
    path, door = eml(house.root, subject="Dự án đường liên xã"), letters(house, plan(check_dkim=True))
    for _ in range(2):
        assert door.take(outsized(), path).kind is Kind.REFUSED
    (document,) = house.documents()
    assert (document.name, document.by, document.unit) == ("Dự án đường liên xã", "lan@xa.example", "H99.3")
    assert document.held is not None
    assert document.held.code == "letter_too_large"
    for word in ("63 MB", "50 MB", "vanthu-refused", "hop-thu", "tải lên tại bàn văn thư"):
        assert word in document.held.reason
    record = letter_record(document, house.vault)
    assert record is not None
    (part,) = record.parts
    assert (record.sender, part.name, part.size, part.fate) == ("lan@xa.example", document.name, 63 << 20, "held")
    assert [one.event for one in house.store.notices.of(document.id)] == ["too_large"]
    house.store.record(document, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="xong"), who="lan")
    assert len(house.store.notices.of(document.id)) == 1, "its sender is told once"


def test_a_stranger_or_a_machine_hears_nothing_of_an_outsized_letter(house: House) -> None:
    door = letters(house)
    door.take(outsized(1), eml(house.root, sender="la@khac.example"))
    door.take(outsized(2), eml(house.root, subject="tự động", more="Auto-Submitted: auto-replied\r\n"))
    stranger, machine = house.documents()
    assert stranger.held
    assert stranger.held.code == "sender_unknown"
    assert "63 MB" in stranger.held.reason
    assert OUTSIZED in machine.remarks
    assert [house.store.notices.of(one.id) for one in (stranger, machine)] == [[], []]


def test_rules_hear_the_real_size_and_an_ignored_one_is_not_kept(house: House) -> None:
    rules = plan('[[rule]]\nname = "to"\nwhen = {larger_mb = 60}\nthen = {ignore = true}\n')
    assert letters(house, rules).take(outsized(), eml(house.root)).kind is Kind.TAKEN
    assert list(house.documents()) == []


def test_nothing_is_derived_of_an_outsized_letter_that_may_be_secret(house: House) -> None:
    letters(house).take(outsized(), eml(house.root, subject="TUYỆT MẬT: công văn 12"))
    (document,) = house.documents()
    assert document.held
    assert document.held.code == "secrecy_unsure"
    assert document.file(Role.FATES) is None


def test_the_wish_for_a_delivery_status_is_noted(house: House) -> None:
    wishes = ("RET=HDRS", "ENVID=12", "NOTIFY=SUCCESS,FAILURE van-thu@mau.example")
    letters(house).take(replace(smtp(), wishes=wishes), eml(house.root))
    (document,) = house.documents()
    assert [event.why for event in house.store.events(document.id) if event.what == "letter_checked"] == [
        f"Nơi gửi yêu cầu báo phát (DSN): {', '.join(wishes)}."]
