"""Signatures of others: attack files and real papers are judged without a fault."""

from __future__ import annotations

import datetime as dt
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


ALTERED = ("sneaky", "weird-byterange", "signature-gap-too-big", "sig-with-econtent", "shadow", "isa")
"""Words in the names of files that somebody has altered after signing, or built to deceive."""


@pytest.mark.skipif(not HOSTILE, reason="the hostile files are not on this machine")
def test_no_altered_file_is_called_whole_and_no_other_is_blamed() -> None:
    judged = {path.name: verify(path, Trust()) for path in HOSTILE if path.name.startswith("pyhanko__")}
    signed = {name: report for name, report in judged.items() if report.signatures}
    altered = {name for name in signed if any(word in name for word in ALTERED)}

    assert len(altered) >= 6
    assert {name for name, report in signed.items() if not report.whole} == altered


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not on this machine")
def test_real_signatures_are_intact_and_their_signers_known() -> None:
    truth = [json.loads(line) for line in (CORPUS / "truth.jsonl").read_text("utf-8").splitlines() if line.strip()]
    # Files cut out of a larger signed one (no readable signer in the truth) are rightly judged as changed.
    signed = [row for row in truth if row.get("digital_signatures") and row["digital_signatures"][0]["cn"] != "(null)"]

    assert len(signed) >= 10
    for row in signed:
        path = CORPUS / "scans" / row["file"]
        found = verify(path, Trust()).signatures
        assert all(one.intact and one.valid for one in found), path.name
        said = [(one["cn"], one["time"]) for one in row["digital_signatures"]]
        assert [(one.signer, _utc(one.time)) for one in found] == said, path.name
        assert all(fact.common_name for fact in signature_facts(path)), path.name


def _utc(time: dt.datetime | None) -> str:
    """As the truth has it: "Jan 05 2021 08:15:32"."""
    return time.astimezone(dt.UTC).strftime("%b %d %Y %H:%M:%S") if time else ""


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not on this machine")
@pytest.mark.parametrize("name", ["gd002.pdf", "tc000.pdf"])
def test_a_file_cut_out_of_a_signed_one_is_judged_as_changed(name: str) -> None:
    assert not verify(CORPUS / "scans" / name, Trust()).whole
