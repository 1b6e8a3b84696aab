"""Signatures of others: attack files and real papers are judged without a fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.seal.trust import Trust
from gateway.seal.verify import signature_facts, verify

SHARED = Path(__file__).parents[3].parent / "shared"
HOSTILE = sorted((SHARED / "hostile").glob("*.pdf"))
CORPUS = SHARED / "corpus"


@pytest.mark.skipif(not HOSTILE, reason="the hostile files are not on this machine")
def test_no_hostile_file_makes_verification_fail() -> None:
    for path in HOSTILE:
        report = verify(path, Trust())
        assert report.problem.endswith(".") or report.problem == "", path.name


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not on this machine")
def test_real_signatures_are_intact_and_their_signers_known() -> None:
    truth = [json.loads(line) for line in (CORPUS / "truth.jsonl").read_text("utf-8").splitlines() if line.strip()]
    # Files cut out of a larger signed one (no readable signer in the truth) are rightly judged as changed.
    signed = [row for row in truth if row.get("digital_signatures") and row["digital_signatures"][0]["cn"] != "(null)"]

    assert len(signed) >= 10
    for row in signed:
        path = CORPUS / "scans" / row["file"]
        found = verify(path, Trust()).signatures
        assert found, path.name
        assert all(one.intact for one in found), path.name
        assert all(fact.common_name for fact in signature_facts(path)), path.name
