"""The digit recogniser: reads the (usually handwritten) digits of a number line or a date line cut out of a page.

A small CTC network of our own (ocr/weights/digits.onnx, trained by ocr/train_digits.py).  The same line is read several
times, slightly shifted and stretched; the spellings' probabilities are averaged over the passes and calibrated.
"""
from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ocr import ctc
from ocr.page import Guess

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

WEIGHTS = Path(__file__).parent / "weights" / "digits.onnx"
HEIGHT = 48
"""Rows of the network's input."""
STRIDE = 4
"""Columns of the input for each frame of the output."""
WIDEST = 900
GUESSES = 5
PASSES = ((1.0, 1.0, 0.0), (0.94, 1.0, 0.03), (1.06, 1.0, -0.03), (1.0, 0.9, 0.0), (1.0, 1.1, 0.02), (1.25, 1.0, 0.0))
"""Width factor, height factor, vertical shift (fraction of the height) of every reading of the line.

The last is the wide one: two equal digits are told apart by a silent frame between them, for which narrow writing
leaves no room ("2006" was read as "206", and called sure), and a 2 whose strokes have run opens again.
"""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Maps the network's probability p to a true one: 1 / (1 + exp(-(slope * logit(p) + shift)))."""

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, probability: float) -> float:
        held = min(max(probability, 1e-6), 1 - 1e-6)
        return 1 / (1 + math.exp(-(self.slope * math.log(held / (1 - held)) + self.shift)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What the recogniser saw on one line."""

    guesses: tuple[Guess, ...]
    """Best first; text as in ocr.page.HandLine."""
    span: tuple[float, float]
    """Where the digits stand: left and right as fractions of the line's width; (0, 1) when there are none."""
    hand: float
    """How much the digits look written by hand, 0..1 (a second output of the network)."""

    @property
    def handwritten(self) -> bool:
        return self.hand >= 0.5


class DigitReader:
    """The loaded network.  Loading takes about 0.1 s; keep one per worker.  Safe to use from several threads."""

    def __init__(self, session: Any, calibrations: dict[str, Calibration]) -> None:
        self._session = session
        self._calibrations = calibrations

    @classmethod
    def load(cls, weights: Path | None = None) -> DigitReader:
        """Load `weights` (default: the shipped ones) and the calibration beside them (same name, .json).

        Raises FileNotFoundError when there is no such file.
        """
        path = weights or WEIGHTS
        if not path.is_file():
            raise FileNotFoundError(path)
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return cls(session, _calibrations(path.with_suffix(".json")))

    def read(self, line: Picture, kind: ctc.Kind) -> Reading:
        """Read one line (rows x columns, or rows x columns x 3 in BGR order, 0 = black) as a number or a date line."""
        inks = [prepare(line, *shape) for shape in PASSES]
        widest = max(ink.shape[1] for ink in inks)
        batch = np.zeros((len(inks), 1, HEIGHT, widest), dtype=np.float32)
        for row, ink in enumerate(inks):
            batch[row, 0, :, : ink.shape[1]] = ink
        frames, hand = self._session.run(["frames", "hand"], {"ink": batch})
        passes = [frames[row, : ink.shape[1] // STRIDE] for row, ink in enumerate(inks)]
        raw = spread(passes, kind)
        if not raw:
            return Reading((), (0.0, 1.0), 0.0)
        spelled = raw[0][1]
        first, last = _digit_frames(passes[0], spelled)
        looks = float(hand[0, first : last + 1].max()) if last >= first else -20.0
        width = max(1, inks[0].shape[1] // STRIDE)
        span = (max(0.0, (first - 1) / width), min(1.0, (last + 2) / width)) if last >= first else (0.0, 1.0)
        return Reading(self._calibrated(raw, kind), span, 1 / (1 + math.exp(-looks)))

    def _calibrated(self, raw: list[tuple[str, str, float]], kind: ctc.Kind) -> tuple[Guess, ...]:
        """Calibrate the best guess; the others share what it leaves, in proportion."""
        best = raw[0][2]
        sure = self._calibrations.get(kind, Calibration())(best)
        rest = (1 - sure) / max(1 - best, 1e-6)
        others = [Guess(text, min(sure, probability * rest)) for text, _, probability in raw[1:GUESSES]]
        return (Guess(raw[0][0], sure), *others)


def prepare(line: Picture, wide: float = 1.0, high: float = 1.0, shift: float = 0.0) -> NDArray[np.float32]:
    """The network's input: HEIGHT rows, ink 1 and paper 0 (by percentiles), optionally stretched and shifted."""
    import cv2

    grey = line if line.ndim == 2 else cv2.cvtColor(line, cv2.COLOR_BGR2GRAY)
    factor = HEIGHT / max(1, grey.shape[0])
    width = int(min(WIDEST, max(24, round(grey.shape[1] * factor * wide))))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small = cv2.resize(grey, (width, HEIGHT), interpolation=how).astype(np.float32)
    paper, black = np.percentile(small, 75), np.percentile(small, 0.5)
    ink = np.clip((paper - small) / max(float(paper - black), 40.0), 0.0, 1.2)
    if high != 1.0 or shift:
        middle = HEIGHT / 2
        matrix = np.array([[1.0, 0.0, 0.0], [0.0, high, middle * (1 - high) + shift * HEIGHT]], dtype=np.float32)
        ink = cv2.warpAffine(ink, matrix, (width, HEIGHT), flags=cv2.INTER_LINEAR)
    return np.asarray(ink, dtype=np.float32)


def spread(passes: list[ctc.Frames], kind: ctc.Kind) -> list[tuple[str, str, float]]:
    """(value, best spelling, mean probability over the passes) of every value that any pass proposes, best first."""
    spelled = list(dict.fromkeys(text for frames in passes for text in ctc.search(frames, kind)))
    if not spelled:
        return []
    chances = np.mean([np.exp(ctc.score(frames, spelled)) for frames in passes], axis=0)
    value = ctc.number_value if kind == "number" else ctc.date_value
    merged: dict[str, tuple[str, float, float]] = {}
    for text, chance in sorted(zip(spelled, chances.tolist(), strict=True), key=lambda pair: -pair[1]):
        name = value(text)
        if name is None:
            continue
        had = merged.get(name, (text, chance, 0.0))
        merged[name] = (had[0], had[1], had[2] + chance)
    ranked = sorted(merged.items(), key=lambda item: -item[1][2])
    return [(name, best, min(total, 1.0)) for name, (best, _, total) in ranked]


def _digit_frames(frames: ctc.Frames, spelled: str) -> tuple[int, int]:
    """First and last frame of the digits (day and month, not the year); (0, -1) when the place is empty."""
    wanted = "|".join(spelled.split("|")[:2]) if "|" in spelled else spelled.split("/", maxsplit=1)[0]
    if not spelled or not any(char.isdigit() for char in wanted) or len(frames) < 2 * len(spelled):
        return 0, -1
    spans = ctc.align(frames, spelled)
    places = [spans[at] for at in range(len(wanted)) if spelled[at].isalnum() and spans[at][0] >= 0]
    return (places[0][0], places[-1][1]) if places else (0, -1)


def _calibrations(path: Path) -> dict[str, Calibration]:
    if not path.is_file():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))["calibration"]
    return {kind: Calibration(float(row["slope"]), float(row["shift"])) for kind, row in stored.items()}
