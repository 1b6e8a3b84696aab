"""unpack: which Part is the paper, what is kept of the rest, and what waits for a person."""
from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.document import Change, Document, Mover, Recipient, Role, Stage
from gateway.errors import ReadFailed
from gateway.exchange.port import Body
from gateway.fates import letter_record
from gateway.steps.secrecy import CLEARED
from gateway.steps.unpack import UnpackTools, unpack, wants_unpacking
from mail.parsing import Bounds, NotParsed, Parsed, parse_apart
from rules.field import Secrecy
from rules.routing import Rule, decide, load
from tests.gateway.letters import DRAFT, PICTURE, SCAN, letter, received
from tests.gateway.papers import Papers

SIGNED = SCAN + b"\n% /ByteRange [0 1 2 3]\n"
OTHER_SCAN = SCAN + b"\n"


def tools(papers: Papers, rules: tuple[Rule, ...] = ()) -> UnpackTools:
    body = Body("H99.2", "Sở Nội vụ tỉnh Mẫu")
    return UnpackTools(papers.vault, parse_apart, lambda slip: decide(rules, slip),
                       lambda code: body if code == body.code else None, papers.store.holders)


def unpacked(papers: Papers, raw: bytes, rules: tuple[Rule, ...] = ()) -> Document:
    document = received(papers, raw)
    return papers.record(document, unpack(document, tools(papers, rules)))


def test_the_pdf_is_the_paper_and_the_rest_goes_with_it(papers: Papers) -> None:
    raw = letter(("Dự thảo.txt", DRAFT), ("anh.jpg", PICTURE), ("scan.pdf", SCAN), subject="Gửi giấy mời")
    document = unpacked(papers, raw)
    assert document.stage is Stage.RECEIVED
    assert document.held is None
    assert document.paper is not None
    assert (document.paper.role, document.paper.name) == (Role.PAPER, "scan.pdf")
    assert papers.vault.path(document.paper).read_bytes() == SCAN
    assert [file.name for file in document.attachments] == ["Dự thảo.txt", "anh.jpg"]
    assert not wants_unpacking(document)
    assert list(papers.vault.work_folder().iterdir()) == []


def test_every_part_and_the_head_are_kept_beside_it(papers: Papers) -> None:
    document = unpacked(papers, letter(("scan.pdf", SCAN), ("cai.exe", b"MZ" + bytes(80)), subject="Gửi giấy mời"))
    told = letter_record(document, papers.vault)
    assert told is not None
    assert (told.subject, told.sender, told.sender_name) == ("Gửi giấy mời", "van-thu@xa-mau.example", "Văn thư xã Mẫu")
    assert told.date is not None
    assert (told.date.isoformat(), told.text) == ("2026-11-20T08:30:00+07:00", "Kính gửi văn thư.")
    assert [(part.place, part.fate, part.role) for part in told.parts] == [
        ("1", "ignored", ""), ("2", "taken", "paper"), ("3", "refused", "")]
    paper = document.paper
    assert paper is not None
    assert (told.parts[1].sha256, told.parts[1].size) == (paper.sha256, paper.size)
    assert told.parts[2].why.endswith(".")
    assert document.remarks == ("parts_refused",)


@pytest.mark.parametrize(("files", "paper"), [
    ((("a.pdf", SCAN), ("CV rà soát.pdf", OTHER_SCAN)), "CV rà soát.pdf"),
    ((("a.pdf", SCAN), ("123-UBND.pdf", OTHER_SCAN)), "123-UBND.pdf"),
    ((("Phụ lục.pdf", SCAN), ("scan.pdf", OTHER_SCAN)), "scan.pdf"),
    ((("CV 7.pdf", SCAN), ("b.pdf", SIGNED)), "b.pdf"),
    ((("Phụ lục.pdf", SIGNED), ("CV 7.pdf", SCAN)), "CV 7.pdf"),
    ((("a.txt", DRAFT), ("trang 1.jpg", PICTURE)), "trang 1.jpg"),
    ((("a.txt", DRAFT),), "a.txt"),
])  # fmt: skip
def test_signed_files_and_names_like_a_letters_come_first(
        papers: Papers, files: tuple[tuple[str, bytes], ...], paper: str) -> None:
    document = unpacked(papers, letter(*files))
    assert document.paper is not None
    assert document.paper.name == paper
    assert document.remarks == ()


@pytest.mark.parametrize(("files", "remark"), [
    ((("1.jpg", PICTURE), ("2.jpg", PICTURE + b"\0")), "several_pictures"),
    ((("a.pdf", SCAN), ("b.pdf", OTHER_SCAN)), "several_papers"),
])  # fmt: skip
def test_of_equals_the_first_is_taken_and_the_clerk_is_told(
        papers: Papers, files: tuple[tuple[str, bytes], ...], remark: str) -> None:
    document = unpacked(papers, letter(*files))
    assert document.paper is not None
    assert document.paper.name == files[0][0]
    assert document.remarks == (remark,)


def test_a_message_of_the_interchange_is_kept_but_is_no_paper(papers: Papers) -> None:
    edxml = b'<?xml version="1.0"?><edXML:edXMLEnvelope xmlns:edXML="http://www.e-doc.vn/Schema/"/>'
    document = unpacked(papers, letter(("goi.edxml", edxml)))
    assert document.held is not None
    assert document.held.code == "no_paper"
    assert document.paper is None
    assert [file.role for file in document.files] == [Role.ORIGINAL, Role.MESSAGE, Role.FATES]
    assert document.attachments == ()


def test_a_letter_without_a_paper_waits(papers: Papers) -> None:
    document = unpacked(papers, letter())
    assert document.held is not None
    assert document.held.code == "no_paper"
    assert letter_record(document, papers.vault) is not None


def test_what_is_locked_waits_with_its_own_sentence(papers: Papers) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", DRAFT)
    locked = bytearray(out.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + flags] |= 1
    document = unpacked(papers, letter(("scan.pdf", SCAN), ("kin.zip", bytes(locked))))
    assert document.held is not None
    assert document.held.code == "part_held"
    assert "mật khẩu" in document.held.reason
    assert document.paper is not None


def test_a_secrecy_mark_beside_the_paper_keeps_nothing(papers: Papers) -> None:
    document = received(papers, letter(("scan.pdf", SCAN), subject="[TỐI MẬT] kế hoạch"))
    change = unpack(document, tools(papers))
    assert (change.secrecy, change.files) == (Secrecy.UNSURE, ())
    assert change.held is not None
    cleared = papers.record(document, Change(what="x", remarks=(CLEARED,)))
    assert papers.record(cleared, unpack(cleared, tools(papers))).paper is not None


def test_a_rule_that_asks_for_attachments_is_asked_again(papers: Papers) -> None:
    rules = load('[[rule]]\nname = "nội vụ"\nwhen = { attachment = "*noi vu*" }\n'
                 'then = { unit = "H99.7", recipients = ["H99.2"] }')
    document = unpacked(papers, letter(("Báo cáo Nội vụ.pdf", SCAN)), rules)
    assert document.unit == "H99.7"
    assert document.recipients == (Recipient("H99.2", "Sở Nội vụ tỉnh Mẫu"),)
    assert unpacked(papers, letter(("Khác.pdf", SCAN)), rules).unit == "H99.1"


def test_a_rule_that_refuses_waits_for_a_person(papers: Papers) -> None:
    rules = load('[[rule]]\nwhen = { attachment = "*.pdf" }\nthen = { refuse = "Chỉ nhận docx." }')
    document = unpacked(papers, letter(("a.pdf", SCAN)), rules)
    assert document.held is not None
    assert document.held.code == "rule"
    assert document.held.reason.startswith("Chỉ nhận docx.")
    assert document.paper is not None


def test_a_paper_that_is_here_already_is_told(papers: Papers) -> None:
    first = papers.received("scan.pdf", SCAN)
    document = unpacked(papers, letter(("scan.pdf", SCAN)))
    assert document.remarks == ("paper_known",)
    assert first.id in papers.store.events(document.id)[-1].why
    dead = papers.record(first, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="x"))
    papers.record(document, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="x"))
    assert dead.stage is Stage.REJECTED
    assert unpacked(papers, letter(("scan.pdf", SCAN), subject="Gửi lại")).remarks == ()


def test_what_was_unpacked_goes_with_the_letter_when_it_is_stopped(papers: Papers) -> None:
    document = unpacked(papers, letter(("scan.pdf", SCAN), ("a.txt", DRAFT)))
    hashes = [file.sha256 for file in document.files]
    assert len(hashes) == 4
    papers.record(document, Change(what="stopped", to=Stage.STOPPED, secrecy=Secrecy.MARKED, reason="secrecy"))
    kept = {path.name for path in papers.vault.folder.rglob("*") if path.is_file()}
    assert kept.isdisjoint(hashes)


def test_a_letter_that_cannot_be_opened_is_told_so(papers: Papers) -> None:
    def broken(raw: Path, folder: Path) -> Parsed:
        raise NotParsed("time")

    document = received(papers, letter())
    with pytest.raises(ReadFailed):
        unpack(document, replace(tools(papers), parse=broken))


def test_opening_has_a_bound_of_memory(papers: Papers, tmp_path: Path) -> None:
    raw = tmp_path / "big.eml"
    raw.write_bytes(letter(("a.txt", b"x" * (64 << 20))))
    (tmp_path / "out").mkdir()
    with pytest.raises(NotParsed):
        parse_apart(raw, tmp_path / "out", bounds=Bounds(memory_limit_mb=100))
