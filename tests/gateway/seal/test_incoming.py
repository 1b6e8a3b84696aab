"""A paper that comes signed: judged when it is proposed, its evidence kept, told at the desk, repeatable offline."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gateway.document import Change, Document, Role
from gateway.seal.evidence import LIST_TYPE, NAME, witness
from gateway.seal.trust import Trust
from gateway.seal.verify import signature_facts
from gateway.steps.propose import ProposeTools, propose
from gateway.steps.read import ReadTools, read
from gateway.verdicts import judged_again, said
from ocr.child import ReaderPool
from tests.gateway.papers import Papers
from tests.gateway.seal.papers import BODY, scan
from tests.gateway.seal.pki import Pki
from tests.gateway.seal.vgca_service import Hand


def nothing(_: Document) -> Change:
    raise AssertionError("this is no letter")


def proposed(papers: Papers, pool: ReaderPool, trust: Trust, data: bytes) -> Document:
    document = papers.received("den.pdf", data)
    document = papers.record(document, read(document, ReadTools(pool, papers.vault, lambda *_: None, nothing)))
    tools = ProposeTools(papers.vault, signature_facts, lambda *_: (), partial(witness, trust=trust))
    return papers.record(document, propose(document, tools))


def test_a_signed_paper_is_judged_and_its_evidence_kept(
    papers: Papers, pool: ReaderPool, pki: Pki, trust: Trust, tmp_path: Path
) -> None:
    data = Hand(pki.p12("good")).sign(scan(tmp_path / "scan.pdf").read_bytes())

    document = proposed(papers, pool, trust, data)

    evidence = [file for file in document.files if file.role is Role.EVIDENCE]
    assert [file.media_type for file in evidence] == [LIST_TYPE, LIST_TYPE, "application/json"]
    assert evidence[-1].name == NAME
    (one,) = said(document, papers.vault)
    assert (one.signer, one.good, one.broken) == (BODY, True, False)
    assert "Chữ ký hợp lệ và được tin cậy" in one.reason
    paper = document.paper
    assert paper is not None
    assert papers.vault.path(paper).read_bytes() == data
    assert judged_again(document, papers.vault, papers.vault.path(paper)).whole


@pytest.mark.parametrize(
    ("hand", "after", "remark"),
    [
        ({}, lambda data: data[:9000] + bytes([data[9000] ^ 1]) + data[9001:], "signature_broken"),
        ({"digest": "sha1"}, bytes, "signature_old"),
        ({"key": "other"}, bytes, ""),
        ({"key": "revoked"}, bytes, "signature_untrusted"),
    ],
    ids=["changed", "old", "good", "revoked"],
)  # fmt: skip
def test_what_is_wrong_with_a_signature_is_told(
    papers: Papers, pool: ReaderPool, pki: Pki, trust: Trust, tmp_path: Path, hand: dict[str, str], after: object,
    remark: str,
) -> None:  # fmt: skip
    key = pki.p12(hand.get("key", "good"))
    set_up = replace(Hand(key), digest=hand.get("digest", "sha256"), after=after)  # type: ignore[arg-type]

    document = proposed(papers, pool, trust, set_up.sign(scan(tmp_path / "scan.pdf").read_bytes()))

    told = {one for one in document.remarks if one.startswith("sign")}
    assert told == ({remark} if remark else set())
