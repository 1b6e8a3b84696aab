"""Learning from an office's own lines: fine-tuning of the shipped network, accepted only when it proves better.

Every fifth paper is held back and never learned from.  New weights are taken when they read more of the held-back
lines (or as many, with more trust in the right answers) and no fewer of a base set of imagined lines that is the same
on every machine.  No pre-training, no download: the shipped network, our own strokes and the office's lines suffice.
"""
from __future__ import annotations

import shutil
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr import ctc
from ocr.ctc import Kind
from ocr.digits import DigitReader
from ocr.training import cutouts, fit, net
from ocr.training.corpus import RealLine
from ocr.training.glyphs import Glyphs
from ocr.training.lines import Example

Say = Callable[[str], object]
HELD_BACK = 5
"""One paper of so many is kept for the judgment."""
LEAST_LINES = 20
"""Fewer lines are no lesson: what they would teach is one afternoon's pen."""
BASE_LINES, BASE_SEED = 400, 86
_IMAGINED = 1200
_FEWEST_STEPS, _MOST_STEPS, _STEPS_A_LINE = 150, 450, 4


@dataclass(frozen=True)
class Score:
    """How weights read some lines: right of all, and the mean trust they put in the right answer (0..1)."""

    right: int
    of: int
    trust: float

    def __str__(self) -> str:
        return f"{self.right}/{self.of} ({self.trust:.3f})"


@dataclass(frozen=True)
class Verdict:
    """What came of learning."""

    lines: int
    """Learned from."""
    held_before: Score
    held_after: Score
    base_before: Score
    base_after: Score
    seconds: float

    @property
    def better(self) -> bool:
        """More held-back lines right, or as many with more trust; and no fewer of the base set."""
        held = (self.held_after.right, self.held_after.trust) > (self.held_before.right, self.held_before.trust)
        return held and self.base_after.right >= self.base_before.right


def held_back(line: RealLine) -> bool:
    """Is this line's paper kept for the judgment?  The same answer on every day, whatever else has come in."""
    return zlib.crc32(line.doc.encode()) % HELD_BACK == 0


def learn(start: Path, now: Path, lines: Sequence[RealLine], out: Path, say: Say) -> Verdict:
    """Fine-tune the network `start` (.npz) on the lines and write digits.onnx and its calibration to the folder `out`.

    `now` are the weights in use (.onnx); they are what the new ones are measured against.

    Raises:
        ValueError: fewer than LEAST_LINES lines to learn from, or none held back.
    """
    began = time.monotonic()
    lessons, exam = [row for row in lines if not held_back(row)], [row for row in lines if held_back(row)]
    if len(lessons) < LEAST_LINES or not exam:
        raise ValueError(f"{len(lessons)} lines, {len(exam)} held back")
    weights = out / "digits.onnx"
    net.export(taught(net.load(start), lessons, say), weights)
    shutil.copyfile(now.with_suffix(".json"), weights.with_suffix(".json"))
    base = base_lines()
    before, after = DigitReader.load(now), DigitReader.load(weights)
    return Verdict(len(lessons), score(before, cuts(exam)), score(after, cuts(exam)), score(before, base),
                   score(after, base), round(time.monotonic() - began, 1))


def taught(start: net.Net, lessons: Sequence[RealLine], say: Say) -> net.Net:
    """A copy of the network that has learned the lines; longer for more lines, with a cap."""
    steps = min(_MOST_STEPS, _FEWEST_STEPS + _STEPS_A_LINE * len(lessons))
    plan = fit.Plan(fine_steps=steps)
    free = fit.imagine(Glyphs(), _IMAGINED, plan.seed)
    pieces = cutouts.cut_out(start, lessons)
    cut = fit.imagine(Glyphs(cutouts=pieces), _IMAGINED // 2, plan.seed + 1) if pieces else []
    return fit.fine_tune(start, plan, real=lessons, imagined=(cut, free), note=(fit.Log(), "learn", say))


Cut = tuple[NDArray[np.uint8], Kind, str]
"""A line's picture, its kind, and what it says."""


def cuts(lines: Sequence[RealLine]) -> list[Cut]:
    """Real lines as the reader gets them."""
    return [(line.cut, line.kind, line.value) for line in lines]


def base_lines() -> list[Cut]:
    """The base set: imagined lines that no training ever sees (their seed is theirs alone)."""
    made = [_cut(row) for row in fit.imagine(Glyphs(), BASE_LINES, BASE_SEED)]
    return [row for row in made if row is not None]


def _cut(row: Example) -> Cut | None:
    kind: Kind = "date" if "|" in row.spelled else "number"
    value = (ctc.date_value if kind == "date" else ctc.number_value)(row.spelled)
    return None if value is None else (np.asarray(255 - np.minimum(row.ink, 255), dtype=np.uint8), kind, value)


def score(reader: DigitReader, lines: Sequence[Cut]) -> Score:
    """Reads every line."""
    right, trust = 0, 0.0
    for picture, kind, value in lines:
        guesses = reader.read(picture, kind).guesses
        right += bool(guesses) and guesses[0].text == value
        trust += next((guess.probability for guess in guesses if guess.text == value), 0.0)
    return Score(right, len(lines), trust / max(1, len(lines)))
