"""Field and its parts as JSON values, and back."""
from __future__ import annotations

from typing import Any

from ocr.page import Box
from rules.field import Candidate, Evidence


def box_json(box: Box) -> list[float]:
    """[left, top, right, bottom], unrounded."""
    return [box.left, box.top, box.right, box.bottom]


def evidence_json(evidence: Evidence | None) -> dict[str, Any] | None:
    """An Evidence as an object."""
    if evidence is None:
        return None
    return {"page": evidence.page, "box": box_json(evidence.box), "text": evidence.text, "by": evidence.by}


def evidence_of(value: dict[str, Any] | None) -> Evidence | None:
    """The reverse of evidence_json."""
    return None if value is None else Evidence(value["page"], Box(*value["box"]), value["text"], value["by"])


def candidate_json(candidate: Candidate) -> dict[str, Any]:
    """A Candidate as an object."""
    return {"value": candidate.value, "confidence": candidate.confidence, "evidence": evidence_json(candidate.evidence)}


def candidate_of(value: dict[str, Any]) -> Candidate:
    """The reverse of candidate_json."""
    return Candidate(value["value"], value["confidence"], evidence_of(value["evidence"]))
