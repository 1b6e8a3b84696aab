"""Decoding of the digit network's output: only strings that a number line or a date line can hold are ever considered.

The network spells a number line as "1698/" (a letter suffix and a printed year may follow the digits: "3176B/",
"09/2025/", an empty place is "/") and a date line as "day|month|year" with any part empty.
"""
from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Frames = NDArray[np.float32]
    """Natural logarithms of the probabilities, frames x (1 + alphabet); column 0 is the blank."""

Kind = Literal["number", "date"]
ALPHABET = "0123456789|/ABC"
COLUMN = {char: index + 1 for index, char in enumerate(ALPHABET)}
SUFFIXES = "ABC"
LONGEST_NUMBER = 5
_DIGITS = "0123456789"
_SILENT = np.log(0.9995)
_NEVER = -1e9
_FAINT = -9.0


def number_next(prefix: str) -> str:
    """The characters that may follow this beginning of a number line."""
    parts = prefix.split("/")
    last = parts[-1]
    if len(parts) == 1:
        if last and last[-1] in SUFFIXES:
            return "/"
        digits = _DIGITS if len(last) < LONGEST_NUMBER else ""
        return digits + (SUFFIXES if last else "") + "/"
    if len(parts) > 2:
        return ""
    return _year_next(last) or "/"


def _year_next(year: str) -> str:
    """What may follow in a year of 1900 to 2099."""
    if len(year) == 1:
        return "9" if year == "1" else "0"
    return ("12", "", _DIGITS, _DIGITS, "")[len(year)]


def date_next(prefix: str) -> str:
    """The characters that may follow this beginning of a date line."""
    parts = prefix.split("|")
    last = parts[-1]
    if len(parts) == 3:
        return _year_next(last)
    if not last:
        return _DIGITS + "|"
    if len(last) == 2:
        return "|"
    if last == "0":
        return "123456789"
    twos = {"1": _DIGITS, "2": _DIGITS, "3": "01"} if len(parts) == 1 else {"1": "012"}
    return twos.get(last, "") + "|"


def number_value(spelled: str) -> str | None:
    """ "0098/" -> "0098", "09/2025/" -> "09/2025", "/" and "/2025/" -> "" (empty place); None when incomplete."""
    parts = spelled.split("/")
    if len(parts) < 2 or parts[-1] or (len(parts) == 3 and len(parts[1]) != 4):
        return None
    return "/".join(parts[:-1]) if parts[0] else ""


def date_value(spelled: str) -> str | None:
    """ "4|3|2018" -> "04|03|2018", an empty part stays empty; None when incomplete or not in the calendar."""
    parts = spelled.split("|")
    if len(parts) != 3 or len(parts[2]) not in (0, 4) or "0" in parts[:2]:
        return None
    day, month, year = parts
    if day and month:
        try:
            dt.date(int(year or 2000), int(month), int(day))
        except ValueError:
            return None
    return f"{day.zfill(2) if day else ''}|{month.zfill(2) if month else ''}|{year}"


def squeeze(frames: Frames) -> Frames:
    """The frames without the long silences: a run of frames that are surely blank keeps one."""
    silent = frames[:, 0] > _SILENT
    kept: Frames = frames[~(silent & np.concatenate(([False], silent[:-1])))]
    return kept


def search(frames: Frames, kind: Kind, width: int = 8) -> list[str]:
    """Prefix beam search over the spellings of this kind; best first, complete spellings only."""
    follow = number_next if kind == "number" else date_next
    value = number_value if kind == "number" else date_value
    beams: dict[str, tuple[float, float]] = {"": (0.0, _NEVER)}
    for row in squeeze(frames).tolist():
        grown: dict[str, tuple[float, float]] = {}
        for prefix, ends in beams.items():
            _extend(grown, prefix, ends, row, follow(prefix))
        best = sorted(grown.items(), key=lambda item: -np.logaddexp(*item[1]))
        beams = dict(best[:width])
    ranked = sorted(beams, key=lambda prefix: -np.logaddexp(*beams[prefix]))
    closed = [_closed(prefix, kind) for prefix in ranked]
    return [text for text in dict.fromkeys(closed) if value(text) is not None]


def _closed(prefix: str, kind: Kind) -> str:
    """A number line whose slash is hidden (a digit stamped over it) still ends at its digits."""
    return prefix + "/" if kind == "number" and number_value(prefix) is None else prefix


def _extend(
    grown: dict[str, tuple[float, float]], prefix: str, ends: tuple[float, float], row: list[float], following: str
) -> None:
    """Add to `grown` what one frame makes of one prefix; `ends`: log p of ending in blank, in its last character."""
    blank, char = ends
    total = float(np.logaddexp(blank, char))
    had = grown.get(prefix, (_NEVER, _NEVER))
    stay = char + row[COLUMN[prefix[-1]]] if prefix else _NEVER
    grown[prefix] = (float(np.logaddexp(had[0], total + row[0])), float(np.logaddexp(had[1], stay)))
    for letter in following:
        gain = row[COLUMN[letter]]
        if gain < _FAINT:
            continue
        come = (blank if prefix and prefix[-1] == letter else total) + gain
        longer = prefix + letter
        had = grown.get(longer, (_NEVER, _NEVER))
        grown[longer] = (had[0], float(np.logaddexp(had[1], come)))


def score(frames: Frames, texts: Sequence[str]) -> NDArray[np.float64]:
    """Natural logarithm of each spelling's probability (CTC forward), for all spellings at once; none may be ""."""
    labels = np.zeros((len(texts), 2 * max(map(len, texts)) + 1), dtype=np.int64)
    ends = np.zeros(len(texts), dtype=np.int64)
    for row, text in enumerate(texts):
        labels[row, 1 : 2 * len(text) : 2] = [COLUMN[char] for char in text]
        ends[row] = 2 * len(text)
    skip = np.zeros(labels.shape, dtype=bool)
    skip[:, 2:] = (labels[:, 2:] != 0) & (labels[:, 2:] != labels[:, :-2])
    short = squeeze(frames)
    alpha = np.full(labels.shape, _NEVER)
    alpha[:, :2] = short[0][labels[:, :2]]
    for frame in short[1:]:
        moved = alpha.copy()
        moved[:, 1:] = np.logaddexp(moved[:, 1:], alpha[:, :-1])
        moved[:, 2:] = np.where(skip[:, 2:], np.logaddexp(moved[:, 2:], alpha[:, :-2]), moved[:, 2:])
        alpha = moved + frame[labels]
    rows = np.arange(len(texts))
    return np.asarray(np.logaddexp(alpha[rows, ends], alpha[rows, ends - 1]))


def align(frames: Frames, text: str) -> list[tuple[int, int]]:
    """The best path's first and last frame (inclusive) of every character of `text`."""
    labels = np.zeros(2 * len(text) + 1, dtype=np.int64)
    labels[1::2] = [COLUMN[char] for char in text]
    skip = np.zeros(len(labels), dtype=bool)
    skip[2:] = (labels[2:] != 0) & (labels[2:] != labels[:-2])
    best = np.full(len(labels), _NEVER)
    best[:2] = 0.0
    best = best[: len(labels)] + frames[0][labels]
    back = np.zeros((len(frames), len(labels)), dtype=np.int64)
    for time in range(1, len(frames)):
        one = np.concatenate(([_NEVER], best[:-1]))
        two = np.where(skip, np.concatenate(([_NEVER, _NEVER], best[:-2]))[: len(labels)], _NEVER)
        choices = np.stack((best, one, two))
        back[time] = choices.argmax(axis=0)
        best = choices.max(axis=0) + frames[time][labels]
    state = len(labels) - 1 if best[-1] >= best[-2:].max() else len(labels) - 2
    return _spans(back, state, len(text))


def _spans(back: NDArray[np.int64], state: int, length: int) -> list[tuple[int, int]]:
    spans: list[list[int]] = [[-1, -1] for _ in range(length)]
    for time in range(len(back) - 1, -1, -1):
        if state % 2:
            span = spans[state // 2]
            span[0], span[1] = time, max(span[1], time)
        state -= int(back[time, state])
    return [(first, last) for first, last in spans]
