"""A second hearing for rows of the summary that were read with doubt: small or faint print, letters that touch.

The summary is the smallest print of the head (Decree 30/2020, annex I: 12 points) and the row that people search by.
A row of it that holds a doubted word is cut out and read alone, a quarter larger; word by word the reading that the
engine trusts more is kept.
"""
from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING

from ocr.engine import ONE_LINE, Engine, line_of, read_lines
from ocr.letters import plain
from ocr.page import HandLine, Line, Word

if TYPE_CHECKING:
    from ocr.view import View

_DOUBTED, _BELIEVED = 0.93, 0.8
"""A row with a word of less trust than the first is read again; a word of less than the second replaces nothing."""
_LARGER = 1.25
"""Of 344 first pages (those of docs/accuracy.md as they are, and damaged in three ways) 7 were gained and 2 lost at the
size they have, 9 and none at 1.25, 10 and one at 1.5."""
_GAP, _LEFT_HALF, _OFF_CENTER, _WIDEST = 0.03, 0.52, 0.1, 0.68
"""Of the page's width: what parts two columns, where the left one ends, how far from the middle a centered row may
stand, and how wide it may be: a wider one is the body, which ends the summary."""
_ABOVE, _SIDE, _EDGE = 0.25, 8, (15, 15, 20, 20)
_BOTTOM = 0.42
"""Of the page's height: below that no summary stands."""
_CAPITALS, _LEAST = 0.6, 8
_LEAD = re.compile(r"\W*[VvWwYy]\S{0,3}")
"""Something like "V/v": no word, and never trusted."""
_END = re.compile(r"\W*(kinh ?gui|can cu|kinh trinh|noi nhan|dieu 1)")


def cleared(view: View, lines: tuple[Line, ...], hand: Sequence[HandLine], engine: Engine) -> tuple[Line, ...]:
    """The lines of a first page with doubted words of the summary replaced where the second hearing trusts its own.

    Rows are looked for between the number line (`hand`) and the body, or where the head is cut off; without a number
    line or a date line nothing is heard again.
    """
    for run in tuple(_doubted_rows(lines, hand)):
        heard = _heard(view, run, engine)
        if heard:
            lines = tuple(_with(line, run, _better(run, heard)) for line in lines)
    return lines


def _doubted_rows(lines: Sequence[Line], hand: Sequence[HandLine]) -> Iterator[Sequence[Word]]:
    """Rows between number line and body, of the left column or centered, in which a word is doubted."""
    top = max((item.box.center[1] + 0.25 * item.box.height for item in hand), default=1.0)
    runs = [(run, line_of(list(run), 0)) for line in lines for run in _runs(line.words)]
    low = [(run, row) for run, row in runs if top < row.box.center[1] < _BOTTOM]
    end = min((row.box.top for _, row in low if _END.match(plain(row.text)) or row.box.width > _WIDEST), default=1.0)
    for run, row in low:
        placed = row.box.right < _LEFT_HALF or abs(row.box.center[0] - 0.5) < _OFF_CENTER
        if placed and row.box.center[1] < end and _is_doubted(run):
            yield run


def _runs(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """The words of a line parted where a column may end."""
    first = 0
    for at in range(1, len(words) + 1):
        if at == len(words) or words[at].box.left - words[at - 1].box.right > _GAP:
            yield words[first:at]
            first = at


def _is_doubted(run: Sequence[Word]) -> bool:
    """Two words or more, mostly small letters (capitals are a title or a stamp), one of them read with doubt."""
    said = [word for word in _after_lead(run) if any(map(str.isalnum, word.text))]
    letters = [char for word in said for char in word.text if char.isalpha()]
    if len(said) < 2 or sum(map(str.isupper, letters)) > _CAPITALS * len(letters):
        return False
    return min(word.confidence for word in said) < _DOUBTED


def _after_lead(run: Sequence[Word]) -> Sequence[Word]:
    return run[1:] if _LEAD.fullmatch(run[0].text) else run


def _heard(view: View, run: Sequence[Word], engine: Engine) -> list[Word]:
    """The words of the row, read alone; their boxes mean nothing."""
    import cv2

    from ocr import image

    left, top, right, bottom = _place(view, run)
    part = view.level[top:bottom, left:right]
    if min(part.shape) < _LEAST:
        return []
    large = cv2.resize(part, None, fx=_LARGER, fy=_LARGER, interpolation=cv2.INTER_CUBIC)
    framed = image.as_pixels(cv2.copyMakeBorder(large, *_EDGE, cv2.BORDER_CONSTANT, value=255))
    read = read_lines(framed, view.level_dpi * _LARGER, engine, mode=ONE_LINE)
    return [word for line in read for word in line.words]


def _place(view: View, run: Sequence[Word]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the row with some paper around it, in pixels of the level picture."""
    high, wide = view.level.shape
    middles = [view.turn.there(x * wide, y * high) for x, y in (word.box.center for word in run)]
    widths, heights = [word.box.width * wide for word in run], [word.box.height * high for word in run]
    margin = _ABOVE * median(heights)
    left = min(x - each / 2 for (x, _), each in zip(middles, widths, strict=True)) - _SIDE
    right = max(x + each / 2 for (x, _), each in zip(middles, widths, strict=True)) + _SIDE
    top = min(y - each / 2 for (_, y), each in zip(middles, heights, strict=True)) - margin
    bottom = max(y + each / 2 for (_, y), each in zip(middles, heights, strict=True)) + margin
    return max(0, int(left)), max(0, int(top)), max(0, int(right)), max(0, int(bottom))


def _better(run: Sequence[Word], heard: Sequence[Word]) -> list[Word]:
    """Piece by piece the reading that is trusted more; nothing is added that was not seen before, and nothing lost."""
    old = _after_lead(run)
    kept = list(run[: len(run) - len(old)])
    new = heard[1:] if kept and len(heard) > 1 else heard
    pieces = difflib.SequenceMatcher(None, [word.text for word in old], [word.text for word in new], autojunk=False)
    for change, first, last, start, stop in pieces.get_opcodes():
        was, now = old[first:last], new[start:stop]
        if change == "replace" and len(was) == len(now):
            for one, other in zip(was, now, strict=True):
                kept += _chosen([one], [other])
        else:
            kept += _chosen(was, now) if change == "replace" else was
    return kept


def _chosen(was: Sequence[Word], now: Sequence[Word]) -> list[Word]:
    """The new words in the old ones' place where they are trusted more and about as long."""
    trust, length = min(word.confidence for word in now), sum(len(word.text) for word in was)
    longer = abs(sum(len(word.text) for word in now) - length)
    if trust <= min(word.confidence for word in was) or trust < _BELIEVED or longer > max(1, length / 4):
        return list(was)
    if any(_mixed(word.text) for word in now):
        return list(was)
    place = line_of(list(was), 0).box
    step = place.width / len(now)
    edges = [round(place.left + at * step, 5) for at in range(len(now) + 1)]
    return [Word(word.text, dataclasses.replace(place, left=edges[at], right=edges[at + 1]), round(word.confidence, 4))
            for at, word in enumerate(now)]


def _mixed(text: str) -> bool:
    """Small letters and a capital behind the first, as no word has them ("TẾt")."""
    letters = [char for char in text if char.isalpha()]
    return any(map(str.islower, letters)) and any(map(str.isupper, letters[1:]))


def _with(line: Line, run: Sequence[Word], words: Sequence[Word]) -> Line:
    """The line with `words` in place of `run`; as it is when the run is none of its own."""
    if run[0] not in line.words:
        return line
    at = line.words.index(run[0])
    return line_of([*line.words[:at], *words, *line.words[at + len(run):]], line.block)
