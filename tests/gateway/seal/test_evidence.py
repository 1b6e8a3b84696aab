"""A judgment is kept with what it rested on, and comes out the same years later and offline (R-108, R-151)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.seal.evidence import again, witness
from gateway.seal.pades import PadesSeal
from gateway.seal.practice import Practice
from gateway.seal.report import Doubt, Revocation
from gateway.seal.signers import open_signer
from gateway.seal.trust import Trust
from tests.gateway.seal.papers import ORDER, scan
from tests.gateway.seal.pki import Pki
from tests.gateway.seal.vgca_service import Hand

NOW = dt.datetime.now(dt.UTC)


def judged_again(data: bytes, lists: tuple[bytes, ...], path: Path) -> object:
    kept = {hashlib.sha256(one).hexdigest(): one for one in lists}
    return again(data, kept.__getitem__, path)


@pytest.mark.parametrize("level", ["B-B", "B-T"])
def test_a_verdict_is_repeated_from_its_evidence_alone(pki: Pki, trust: Trust, tmp_path: Path, level: str) -> None:
    practice = Practice(trust=lambda: trust, level=level, stamp_url=pki.stamps if level != "B-B" else "")
    signer, seal, path = open_signer(*pki.p12("good"), practice), PadesSeal(practice=practice), tmp_path / "sealed.pdf"
    prepared = seal.prepare(scan(tmp_path / "scan.pdf"), ORDER, signer)
    seal.finish(prepared, signer.cms(prepared), path)

    kept = witness(path, replace(trust, now=lambda: NOW))

    (one,) = kept.report.signatures
    assert (one.bottom_line, one.revocation) == (True, Revocation.GOOD)
    pki.silent.set()
    try:
        assert judged_again(kept.data, kept.lists, path) == kept.report
    finally:
        pki.silent.clear()
    told = json.loads(kept.data)
    assert told["report"]["signatures"][0]["signer"] == one.signer
    assert len(kept.lists) == 2, "the lists of both authorities"


def test_a_revoked_certificate_is_still_revoked_in_the_evidence(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(Hand(pki.p12("revoked")).sign(scan(tmp_path / "scan.pdf").read_bytes()))

    kept = witness(path, trust)

    assert kept.report.signatures[0].doubt is Doubt.REVOKED
    assert judged_again(kept.data, kept.lists, path) == kept.report


def test_evidence_of_another_file_or_of_nothing_is_refused(paper: Path, trust: Trust, tmp_path: Path) -> None:
    kept = witness(paper, trust)
    other = tmp_path / "other.pdf"
    other.write_bytes(paper.read_bytes() + b"\n")

    with pytest.raises(ValueError, match="another file"):
        judged_again(kept.data, kept.lists, other)
    for nothing in (b"{}", b"[]", b'{"at": 7}'):
        with pytest.raises(ValueError, match="no evidence"):
            judged_again(nothing, (), paper)


@pytest.mark.parametrize("old", [True, False])
def test_signatures_by_sha1_are_judged_as_the_office_has_set(pki: Pki, trust: Trust, tmp_path: Path, old: bool) -> None:
    """R-151: trusted or not by setting, told as weak either way, and the policy stands in the evidence."""
    path = tmp_path / "a.pdf"
    path.write_bytes(Hand(pki.p12("good"), digest="sha1").sign(scan(tmp_path / "scan.pdf").read_bytes()))

    kept = witness(path, replace(trust, old_algorithms=old))

    (one,) = kept.report.signatures
    assert (one.intact, one.valid, one.weak, one.trusted) == (True, True, True, old)
    assert ("thuật toán cũ" if old else "quá yếu") in one.reason
    assert judged_again(kept.data, kept.lists, path) == kept.report


def test_a_file_that_is_no_pdf_leaves_evidence_of_that(tmp_path: Path, trust: Trust) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(b"%PDF-1.4 junk")

    kept = witness(path, trust)

    assert kept.report.problem
    assert judged_again(kept.data, kept.lists, path) == kept.report
