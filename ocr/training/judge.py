"""How well trained weights read real lines, and what their probabilities are worth."""
from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.digits import DigitReader
from ocr.training.corpus import RealLine

SURE = (0.8, 0.9, 0.95, 0.98, 0.99)


@dataclass(frozen=True)
class Answer:
    """What the weights of the other folds said about one line."""

    name: str
    doc: str
    kind: str
    source: str
    hand: bool
    truth: str
    said: str
    probability: float
    second: str
    looks_hand: float

    @property
    def right(self) -> bool:
        return self.said == self.truth


def answers(weights: Path, real: Iterable[RealLine]) -> list[Answer]:
    """Read every line as it was cut (several passes, uncalibrated where no calibration lies beside the weights)."""
    reader = DigitReader.load(weights)
    rows = []
    for line in real:
        seen = reader.read(line.cut, line.kind)
        best = seen.guesses[0] if seen.guesses else None
        second = seen.guesses[1].text if len(seen.guesses) > 1 else ""
        said, chance = (best.text, round(best.probability, 5)) if best else ("?", 0.0)
        known = (line.name, line.doc, line.kind, line.source, line.hand, line.value)
        rows.append(Answer(*known, said, chance, second, round(seen.hand, 3)))
    return rows


def calibration(rows: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """Slope and shift on the logit of the probability, by kind, from out-of-fold answers.

    Logistic regression by Newton's method, drawn a little to slope 1 and shift 0: the errors are few.
    """
    found = {}
    for kind in ("number", "date"):
        chosen = [row for row in rows if row.kind == kind]
        slope, shift = _fitted([row.probability for row in chosen], [row.right for row in chosen])
        found[kind] = {"slope": round(slope, 4), "shift": round(shift, 4)}
    return found


def _fitted(probabilities: Sequence[float], right: Sequence[bool]) -> tuple[float, float]:
    held = np.clip(probabilities, 1e-4, 1 - 1e-4)
    features = np.stack((np.log(held / (1 - held)), np.ones(len(held))), axis=1)
    truth = np.array(right, dtype=np.float64)
    prior = np.array([1.0, 0.0])

    def loss(weights: NDArray[np.float64]) -> float:
        logits = features @ weights
        return float((np.logaddexp(0, logits) - truth * logits).sum() + 0.25 * ((weights - prior) ** 2).sum())

    weights = prior
    for _ in range(40):
        chance = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (chance - truth) + 0.5 * (weights - prior)
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + 0.5 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        while loss(weights - step) > loss(weights) and np.abs(step).max() > 1e-9:
            step = step / 2
        weights = weights - step
    return float(weights[0]), float(weights[1])


def calibrated(probability: float, row: dict[str, float]) -> float:
    """The probability under a calibration row."""
    held = min(max(probability, 1e-6), 1 - 1e-6)
    return float(1 / (1 + np.exp(-(row["slope"] * np.log(held / (1 - held)) + row["shift"]))))


def table(rows: Sequence[Answer]) -> dict[str, Any]:
    """Right of all, by kind, source, hand or print, and file prefix; errors by name; hand flag; sure at thresholds."""
    calibrations = calibration(rows)
    result: dict[str, Any] = {"right": {}, "errors": [], "sure": {}}
    for row in rows:
        for group in ("hand" if row.hand else "print", _office(row.doc)):
            had = result["right"].setdefault(f"{row.source} {row.kind} {group}", [0, 0])
            had[0] += row.right
            had[1] += 1
        if not row.right:
            result["errors"].append(f"{row.name} {row.truth} -> {row.said} ({row.probability:.2f})")
    for kind in ("number", "date"):
        chosen = [row for row in rows if row.kind == kind and row.source == "found"]
        for least in SURE:
            kept = [row for row in chosen if calibrated(row.probability, calibrations[kind]) >= least]
            result["sure"][f"{kind} >= {least}"] = [len(kept), sum(not row.right for row in kept), len(chosen)]
    shown = [row for row in rows if row.said not in ("", "?")]
    result["hand_flag"] = [sum((row.looks_hand >= 0.5) == row.hand for row in shown), len(shown)]
    return result


def _office(doc: str) -> str:
    prefix = doc[:2]
    return {"kg": "kg/kl", "kl": "kg/kl", "qn": "qn", "cr": "crops"}.get(prefix, "other")


def store(rows: Sequence[Answer], path: Path) -> None:
    """One answer a line."""
    path.write_text("".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def stored(path: Path) -> list[Answer]:
    """The answers that store() wrote."""
    return [Answer(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
