"""What is asked of reading (Options) and what comes back (Reading), and its form on disk: the words beside the file."""
from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.page import Box, Guess, HandLine, Line, Mark, Page, Word
from ocr.triage import Kind, PageKind, Triage

FORMAT = 1
_PLAIN = ("number", "width_mm", "height_mm", "dpi", "rotation", "skew", "blank", "remarks", "picture_only", "parts")


@dataclass(frozen=True, slots=True)
class Options:
    """How to read.  Paths are absolute; None means what is installed or shipped."""

    language: str = "vie"
    tessdata: Path | None = None
    digit_weights: Path | None = None
    time_limit_s: float = 900.0
    """For one whole file."""
    memory_limit_mb: int = 3072
    """Address space of the reading process; kept by ocr.child."""
    page_limit: int = 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a file after looking at it."""

    triage: Triage
    pages: tuple[Page, ...]
    seconds: float
    remarks: tuple[str, ...] = ()
    """All codes of the pages' remarks, each once; ocr.remarks has the sentences."""


def reading_to_json(reading: Reading) -> bytes:
    """Compact UTF-8 JSON; a word is [text, left, top, right, bottom, confidence]."""
    data = {
        "format": FORMAT,
        "triage": dataclasses.asdict(reading.triage),
        "seconds": reading.seconds,
        "remarks": reading.remarks,
        "pages": [_page_out(page) for page in reading.pages],
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def reading_from_json(data: bytes) -> Reading:
    """The Reading that reading_to_json wrote.  Raises ValueError for anything else."""
    try:
        raw = json.loads(data)
        if raw["format"] != FORMAT:
            raise ValueError(f"format {raw['format']}")
        found = raw["triage"]
        triage = Triage(Kind(found["kind"]), found["media_type"], found["pages"],
                        tuple(PageKind(kind) for kind in found["page_kinds"]), found["signed_scan"], found["reason"])
        return Reading(triage, tuple(_page_in(page) for page in raw["pages"]), raw["seconds"], tuple(raw["remarks"]))
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"not a reading: {error!r}") from error


def _page_out(page: Page) -> dict[str, Any]:
    plain = {name: getattr(page, name) for name in _PLAIN}
    return plain | {
        "lines": [{"block": line.block, "box": _box_out(line.box), "words": [_word_out(word) for word in line.words]}
                  for line in page.lines],
        "hand": [{"kind": hand.kind, "box": _box_out(hand.box), "value_box": _box_out(hand.value_box),
                  "guesses": [[guess.text, guess.probability] for guess in hand.guesses],
                  "handwritten": hand.handwritten, "by": hand.by} for hand in page.hand],
        "marks": [{"text": mark.text, "box": _box_out(mark.box), "red": mark.red, "framed": mark.framed,
                   "confidence": mark.confidence} for mark in page.marks],
    }


def _page_in(raw: dict[str, Any]) -> Page:
    plain: dict[str, Any] = {}
    for name in _PLAIN:
        plain[name] = tuple(raw[name]) if isinstance(raw[name], list) else raw[name]
    return Page(
        **plain,
        lines=tuple(Line(tuple(_word_in(word) for word in line["words"]), Box(*line["box"]), line["block"])
                    for line in raw["lines"]),
        hand=tuple(HandLine(hand["kind"], Box(*hand["box"]), Box(*hand["value_box"]),
                            tuple(Guess(*guess) for guess in hand["guesses"]), hand["handwritten"], hand["by"])
                   for hand in raw["hand"]),
        marks=tuple(Mark(mark["text"], Box(*mark["box"]), mark["red"], mark["framed"], mark["confidence"])
                    for mark in raw["marks"]),
    )


def _box_out(box: Box) -> list[float]:
    return [box.left, box.top, box.right, box.bottom]


def _word_out(word: Word) -> list[str | float]:
    return [word.text, *_box_out(word.box), word.confidence]


def _word_in(raw: list[Any]) -> Word:
    text, left, top, right, bottom, confidence = raw
    return Word(text, Box(left, top, right, bottom), confidence)
