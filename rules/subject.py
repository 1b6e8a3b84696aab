"""The summary: under the number after "V/v" (zone 5b), or below the title (zone 5a)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from ocr.page import Page, Word
from rules.doc_type import title_row
from rules.field import Candidate, Evidence
from rules.head import SUMMARY_LEAD, Head, Row, capital_share, parted, row_of
from rules.spelling import clean, fold, shout
from rules.words import Pairs, is_doubted, mend_tones, pairs_of

_STOP = re.compile(r"^\W*(kính\s*g[ửứừu]i|căn cứ|kính trình|nơi nhận|điều 1|k[íi]nh\b)", re.IGNORECASE)
_BODY = re.compile(r"^\W*(theo |thực hiện)", re.IGNORECASE)
"""How a body may begin, and a summary too: only a body stands apart from the row above."""
_APART = 0.027
_STAMP = re.compile(
    r"^\W*(h[oỏ]a\s*t[oố]c|h[oỏ][aả]\s*t[oố]c|khẩn|thượng khẩn|đ[ếe]n\b|đến$|số\s*:|chuyển\s*:|giờ\b|ngày\s*:)",
    re.IGNORECASE,
)
_GLUED_LEAD = re.compile(r"^V[ềêế]\W?[vyw]i[ệêe]c\s+", re.IGNORECASE)
_IN_FIGURES = re.compile(r"(?<!\w)[lI](?=\d+\b)|(?<=\d)[lIOo](?=\d*\b)(?![^\W\d_])")
_YEAR_ALONE = re.compile(r"\W*(19|20)\d\d\W*")
"""The last row of a summary that ends in a year."""
_DASHES = ("-", "–", "—", "&")
_MAX_ROWS = 9
_TRUSTED = 0.85
_GAP, _OFF_CENTER, _FAR_OFF_CENTER = 0.02, 0.06, 0.12


def find(head: Head, pages: Sequence[Page]) -> list[Candidate]:
    """At most one; `pages` are the whole paper, whose body tells how its words are written."""
    titled = title_row(head)
    start = head.summary_row()
    if start is not None and (titled is None or start.box.top < titled[0].box.top):
        return _joined(_under_number(head, start), pages)
    return _joined(_under_title(head, titled[0]), pages) if titled is not None else []


def _under_number(head: Head, start: Row) -> list[Row]:
    rows, last = [start], start
    for row in head.left:
        if row.box.top <= start.box.top or len(rows) >= _MAX_ROWS:
            continue
        if row.box.center[1] - last.box.center[1] < 0.006 or not any(map(str.isalnum, row.text)):
            continue
        if row.box.center[1] - last.box.center[1] > 0.03 or _STOP.match(row.text) or _STAMP.match(row.text):
            break
        if row.box.right > head.border + 0.05 or abs(row.box.center[0] - start.box.center[0]) > 0.16:
            break
        rows.append(row)
        last = row
    # An ĐẾN stamp begins with the office it belongs to, in capitals; a summary is written small.
    return rows[: max(1, len(rows) - _shouted_at_end(rows))]


def _shouted_at_end(rows: Sequence[Row]) -> int:
    """So many rows at the end are all capitals."""
    return len(list(takewhile(lambda row: capital_share(row.text) > 0.9 and len(row.text) > 5, reversed(rows))))


def _under_title(head: Head, title: Row) -> list[Row]:
    rows: list[Row] = []
    last = title
    for whole in head.wide:
        if whole.box.center[1] <= title.box.center[1] + 0.006 or len(rows) >= _MAX_ROWS:
            continue
        gap = whole.box.center[1] - last.box.center[1]
        if gap > (0.05 if not rows else 0.032) or _STOP.match(whole.text):
            break
        if rows and gap > _APART and _BODY.match(whole.text):
            break
        middle = title.box.center[0]
        row = _centered(whole if rows or abs(whole.box.center[0] - middle) < _OFF_CENTER else _from_lead(whole), middle)
        if row is None:
            continue
        if rows and (capital_share(row.text) > 0.9 and len(row.text) > 8):
            break
        if rows and row.box.left < 0.19 and row.box.right > 0.84 and gap > 0.026:
            break
        letters = sum(char.isalpha() for char in row.text)
        if (letters < 2 and not (rows and _YEAR_ALONE.fullmatch(row.text))) or _STAMP.match(row.text):
            continue
        rows.append(row)
        last = row
    return rows


def _from_lead(row: Row) -> Row:
    """The row from its "Về việc" on: what stands before that is a stamp beside the summary."""
    said = [fold(word.text) for word in row.words]
    at = next((at for at, pair in enumerate(zip(said, said[1:], strict=False)) if pair == ("ve", "viec")), 0)
    return row_of(row.words[at:]) if at else row


def _centered(row: Row, middle: float) -> Row | None:
    """The part of the row that is centered under the title (zone 5a); a stamp or a note beside it is left out."""
    parts = parted(row, _GAP)
    while abs(_middle(parts) - middle) > _OFF_CENTER and len(parts) > 1:
        parts = min(parts[1:], parts[:-1], key=lambda rest: abs(_middle(rest) - middle))
    if abs(_middle(parts) - middle) > _FAR_OFF_CENTER:
        return None
    return row_of([word for part in parts for word in part])


def _middle(parts: Sequence[Sequence[Word]]) -> float:
    return (parts[0][0].box.left + parts[-1][-1].box.right) / 2


def _joined(rows: list[Row], pages: Sequence[Page]) -> list[Candidate]:
    if not rows:
        return []
    text = clean(
        " ".join(
            word.text for row in rows for word in row.words if any(map(str.isalnum, word.text)) or word.text in _DASHES
        )
    )
    text = re.sub(r" [–—~] ", " - ", text)
    text = re.sub(r"^\W+|[\s_\-~—–=.,;:'`|]+$", "", text)
    text = _figures(_GLUED_LEAD.sub("Về việc ", SUMMARY_LEAD.sub("", text, count=1)))
    # "(V/v ...)" has lost its first bracket by now.
    text = (text if text.count("(") == text.count(")") else text.removesuffix(")")).strip(" _~|'`")
    if len(text) < 4 or shout(text) == text and len(text) < 12:
        return []
    box = rows[0].box
    for row in rows[1:]:
        box = box.union(row.box)
    doubted = {clean(word.text) for row in rows for word in row.words if is_doubted(word.confidence)}
    text = mend_tones(text, _body_pairs(pages, box.bottom), doubted)
    worst = min(word.confidence for row in rows for word in row.words)
    mean = sum(row.confidence for row in rows) / len(rows)
    return [Candidate(text, round(0.5 * worst + 0.48 * mean, 4), Evidence(1, box, text, "tesseract"))]


def _figures(text: str) -> str:
    """ "bão số l6" → "bão số 16": no word is a letter l or O among figures."""
    return _IN_FIGURES.sub(lambda found: "0" if found[0] in "Oo" else "1", text)


def _body_pairs(pages: Sequence[Page], below: float) -> Pairs:
    """Pairs of words that were read with trust below the summary."""
    return pairs_of(
        [word.text if word.confidence >= _TRUSTED else "" for word in line.words]
        for page in pages for line in page.lines if page.number > 1 or line.box.top > below
    )
