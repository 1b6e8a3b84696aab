"""Strangers' signatures and PDF structure are looked at in a process of its own: the same words, and it may die."""

from __future__ import annotations

import hashlib
import io
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gateway.document import Change, CopyKind, Document, Role, Stage
from gateway.errors import BadSettings, ReturnUnfit, SealError
from gateway.inspector import DeskLooks, Inspector
from gateway.legs import Legs, Patience
from gateway.oldfonts import rewritten
from gateway.pipeline import pipeline
from gateway.review.sealing import seal_document
from gateway.seal.corner import ink_of
from gateway.seal.plan import SealPlan
from gateway.seal.practice import Practice
from gateway.seal.trust import Trust, load_trust
from gateway.seal.verify import signature_facts, verify
from gateway.steps.propose import ProposeTools, propose
from ocr.errors import ReaderCrashed
from ocr.fences import file_fence, without_network
from ocr.page import Page
from ocr.reading import Reading, reading_to_json
from ocr.triage import Kind, Triage
from tests.gateway.dying import DIES, RUBBISH, dying, says
from tests.gateway.papers import Papers, now
from tests.gateway.seal.papers import scan
from tests.gateway.seal.pki import Pki
from tests.gateway.seal.test_attachments import CLERK, WISH, desk, letter
from tests.gateway.seal.vgca_service import Hand
from tests.gateway.test_office import SHEET
from tests.ocr.test_child import workers_of

PATIENCE = Patience(first_s=0.0, longest_s=0.0, most_crashes=5)


@pytest.fixture(scope="module")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspector]:
    with Inspector(scratch=tmp_path_factory.mktemp("inspected")) as warm:
        yield warm


@pytest.fixture
def signed(pki: Pki, tmp_path: Path) -> Path:
    path = tmp_path / "signed.pdf"
    path.write_bytes(Hand(pki.p12("good")).sign(scan(tmp_path / "scan.pdf").read_bytes()))
    return path


def test_it_says_what_would_be_said_here(
    inspector: Inspector, signed: Path, trust_folder: Path, tmp_path: Path
) -> None:
    plan, before, paper = SealPlan(trust=trust_folder), signed.read_bytes(), tmp_path / "scan.pdf"
    assert inspector.verify(signed, plan) == verify(signed, load_trust(trust_folder))
    assert inspector.verify(signed) == verify(signed, Trust())
    assert inspector.signature_facts(signed) == signature_facts(signed) != ()
    kept = inspector.witness(signed, plan)
    assert kept.report.signatures[0].bottom_line
    assert hashlib.sha256(before).hexdigest().encode() in kept.data
    assert len(kept.lists) == 2
    assert signed.read_bytes() == before

    assert inspector.sealable_part(paper) == "2b"
    with pytest.raises(SealError, match="đã có chữ ký"):
        inspector.sealable_part(signed)
    assert np.array_equal(inspector.ink_of(paper), ink_of(paper))
    assert not inspector.archival(plain := put(tmp_path, b"%PDF-1.7 nonsense"), tmp_path / "out.pdf")
    assert plain.read_bytes() == b"%PDF-1.7 nonsense"
    assert inspector.archival(paper, tmp_path / "out.pdf")
    assert (tmp_path / "out.pdf").read_bytes() == paper.read_bytes()


def test_a_look_that_finds_its_process_killed_has_another(inspector: Inspector, signed: Path) -> None:
    assert DeskLooks(inspector).verify(signed) == verify(signed, Trust())
    (first,) = workers_of(inspector)
    status = Path(f"/proc/{first}/status").read_text()
    assert not file_fence() or "NoNewPrivs:\t1" in status, "behind its fence"
    assert not without_network() or os.readlink(f"/proc/{first}/ns/net") != os.readlink("/proc/self/ns/net")
    os.kill(first, signal.SIGKILL)
    assert DeskLooks(inspector).verify(signed) == verify(signed, Trust())
    assert workers_of(inspector) not in ([], [first])


def test_a_message_is_put_inside_there_and_a_refusal_keeps_its_sentence(inspector: Inspector, tmp_path: Path) -> None:
    out = tmp_path / "3b.pdf"
    DeskLooks(inspector).with_message(scan(tmp_path / "scan.pdf"), b"<edXML/>", out, at=now())
    assert inspector.sealable_part(out) == "3b"
    with pytest.raises(SealError, match="Không kèm được thông điệp"):
        DeskLooks(inspector).with_message(put(tmp_path, b"no PDF"), b"<edXML/>", out, at=now())
    with pytest.raises(ReturnUnfit, match="bị hỏng"):
        DeskLooks(inspector).additions(out, put(tmp_path, b"no PDF"))


def test_a_bad_file_of_trust_is_told_by_its_own_name(inspector: Inspector, signed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tin-cay"
    folder.mkdir()
    (folder / "goc.pem").write_bytes(b"no certificate")
    with pytest.raises(BadSettings, match="tin-cay/goc.pem"):
        inspector.verify(signed, SealPlan(trust=folder))


def test_old_letters_are_rewritten_there_as_here(inspector: Inspector, tmp_path: Path) -> None:
    one, other = put(tmp_path, SHEET.encode(), "a.fods"), put(tmp_path, SHEET.encode(), "b.fods")
    assert inspector.rewritten(one)
    assert rewritten(other)
    assert one.read_bytes() == other.read_bytes()
    assert not inspector.rewritten(one)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.fods", "b.fods"]


def put(folder: Path, data: bytes, name: str = "x.pdf") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def came_signed(papers: Papers, signed: Path) -> Document:
    document = papers.received("den.pdf", signed.read_bytes())
    page = Page(number=1, width_mm=210.0, height_mm=297.0, dpi=300.0)
    words = reading_to_json(Reading(Triage(Kind.SIGNED, "application/pdf"), (page,), 0.1))
    file = papers.vault.put(io.BytesIO(words), role=Role.WORDS, media_type="application/json", name="w.json")
    return papers.record(document, Change(what="read", to=Stage.READ, kind="signed", pages=1, files=(file,)))


ENDS = {name: DIES[name] for name in ("faults", "is killed", "never ends")}
ENDS |= {"says another value": says(RUBBISH["another value"])}


@pytest.mark.parametrize("does", ENDS)
def test_a_signed_paper_that_kills_its_look_is_tried_twice_and_held(
    papers: Papers, signed: Path, tmp_path: Path, does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = came_signed(papers, signed)
    with dying(tmp_path, ENDS[does], monkeypatch) as end:
        tools = ProposeTools(papers.vault, end.inspector.signature_facts, lambda *_: (),
                             partial(end.inspector.witness, plan=SealPlan(trust=tmp_path / "none")))
        step = partial(propose, tools=tools)
        tasks = pipeline(read=step, propose=step, send=step, recall=step, read_tries=4, send_tries=9)
        for _ in range(2):
            Legs(papers.store, tasks, PATIENCE).run(document.id, document.version)
            document = papers.store.get(document.id)
    assert document.stage is Stage.READ
    assert document.held is not None
    assert "Đã thử 2 lần; bản gốc vẫn nguyên vẹn. Hãy mở bản gốc" in document.held.reason
    assert end.deaths == 2
    assert [one.outcome for one in papers.store.attempts(document.id)].count("done") == 0
    paper = document.paper
    assert paper is not None
    assert papers.vault.path(paper).read_bytes() == signed.read_bytes()


@pytest.mark.parametrize("says_", RUBBISH)
def test_what_a_taken_over_process_says_is_never_believed(
    tmp_path: Path, says_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, b"%PDF-1.7")
    with dying(tmp_path, says(RUBBISH[says_]), monkeypatch) as end, pytest.raises(ReaderCrashed):
        end.inspector.verify(path)


def test_nothing_is_sealed_where_the_look_at_an_attachment_dies(
    papers: Papers, pki: Pki, trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = letter(papers, scan(tmp_path / "scan.pdf", 180), {"a.pdf": scan(tmp_path / "a.pdf").read_bytes()})
    files = document.files
    with dying(tmp_path, DIES["aborts"], monkeypatch) as end:
        place = replace(desk(papers, pki, Practice(trust=lambda: trust)), looks=DeskLooks(end.inspector))
        with pytest.raises(SealError, match="dừng đột ngột hai lần"):
            seal_document(place, document, WISH, who=CLERK)
    assert end.deaths == 2
    after = papers.store.get(document.id)
    assert (after.stage, after.version, after.files) == (Stage.CONFIRMED, document.version, files)


def test_a_desk_seals_through_the_inspector(
    papers: Papers, pki: Pki, trust: Trust, inspector: Inspector, tmp_path: Path
) -> None:
    came = scan(tmp_path / "a.pdf").read_bytes()
    document = letter(papers, scan(tmp_path / "scan.pdf", 180), {"a.pdf": came})
    looks = DeskLooks(inspector)
    place = desk(papers, pki, Practice(trust=lambda: trust))
    place.seal.looks = looks  # type: ignore[attr-defined]
    sealed = seal_document(replace(place, looks=looks), document, WISH, who=CLERK)
    assert sealed.copy_kind is CopyKind.SAO_Y
    (file,) = sealed.enclosed
    assert papers.vault.path(file).read_bytes().startswith(came)
