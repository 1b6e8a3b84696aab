"""The issuing body and the body above it (zone 2), checked against symbol and certificate."""

from __future__ import annotations

import re

from ocr.page import Box
from rules.bodies import named_by, spelt
from rules.directory import one_key
from rules.facts import SignatureFact
from rules.field import Candidate, Evidence
from rules.head import Head, Row, capital_share, is_motto, parted, row_of
from rules.spelling import clean, distance, fold, plain_dashes

_STARTS = (
    "ỦY BAN", "UBND", "HỘI ĐỒNG", "HĐND", "SỞ", "BỘ", "BAN", "CHI CỤC", "CỤC", "TỔNG CỤC", "VĂN PHÒNG", "PHÒNG",
    "TRUNG TÂM", "TRƯỜNG", "BỆNH VIỆN", "THANH TRA", "CÔNG AN", "ĐẢNG", "THỦ TƯỚNG", "CHÍNH PHỦ", "VIỆN",
    "KHO BẠC", "BẢO HIỂM", "TÒA ÁN", "ĐOÀN", "TỈNH ỦY", "HUYỆN ỦY", "THÀNH ỦY", "CHỦ TỊCH", "CÔNG TY",
    "TẬP ĐOÀN", "NGÂN HÀNG", "LIÊN ĐOÀN", "QUỐC HỘI", "TỔ", "VIỆN KIỂM SÁT", "TỈNH ĐOÀN",
)  # fmt: skip
"""Words a body's name begins with: a row that begins so begins a body."""
_FOLDED_STARTS = tuple(fold(start) for start in _STARTS)
_LEGEND = re.compile(
    r"ký bởi|người ký|ký ngày|thời gian ký|email|cơ quan:|ngày ký|signed|vgp|cổng thông tin|công báo|@", re.IGNORECASE
)
_NEARLY = 2
_GAP = 0.03
"""Of the page's width: what stands so far behind a row of the left column belongs to the right one."""
_REPUBLISHERS = ("CONG BAO", "CONG THONG TIN", "MAY CHU CAP DAU", "TIN HOC")


def rows(head: Head) -> list[Row]:
    """The rows of zone 2: capitals in the left column, above the number line."""
    found: list[Row] = []
    for row in map(_without_motto, head.left):
        text = row.text
        letters = [char for char in text if char.isalpha()]
        if row.box.center[1] >= head.number_top + 0.3 * row.box.height or len(letters) < 2:
            continue
        if _LEGEND.search(text) or is_motto(text) or capital_share(text) < 0.75 or row.box.height > 0.04:
            continue
        found.append(row)
    first = next((i for i, row in enumerate(found) if _begins(row.text)), 0)
    return found[first:]


def _without_motto(row: Row) -> Row:
    """The row without the first word of the Quốc hiệu, which an uneven border leaves in the left column."""
    runs = parted(row, _GAP)
    return row_of(runs[0]) if len(runs) == 2 and [clean(word.text).upper() for word in runs[1]] == ["CỘNG"] else row


def _begins(text: str) -> bool:
    said = fold(_tidy(text))
    return any(said == start or said.startswith(start + " ") for start in _FOLDED_STARTS)


def _tidy(text: str) -> str:
    text = plain_dashes(clean(text))
    text = re.sub(r"^[^\wÀ-ỹĐ]+|[^\wÀ-ỹĐ)]+$", "", text)
    words = [word for word in text.split() if any(char.isalpha() for char in word)]
    while len(words) > 1 and len(words[-1]) == 1 and not words[-1].isdigit():
        words.pop()
    return " ".join(words)


def bodies(head: Head) -> list[tuple[str, list[Row]]]:
    """Bodies of zone 2, the highest first: each with its rows."""
    found: list[tuple[str, list[Row]]] = []
    for row in rows(head):
        text = _tidy(row.text)
        if not text:
            continue
        if not found or (_begins(text) and _complete(found[-1][0])):
            found.append((text, [row]))
        else:
            found[-1] = (f"{found[-1][0]} {text}", [*found[-1][1], row])
    return found


def _complete(name: str) -> bool:
    """A name that may end here: "ỦY BAN NHÂN DÂN" alone waits for whose."""
    said = fold(name)
    return said not in ("uy ban nhan dan", "hoi dong nhan dan", "uy ban") and not said.endswith(
        (" va", " cua", ",", "-")
    )


def find(head: Head, signatures: tuple[SignatureFact, ...], symbol: str = "",
         ) -> tuple[list[Candidate], list[Candidate]]:
    """Candidates for the issuer and for its parent.  A name misread by a letter or two is settled by the symbol."""
    found = _unglued(bodies(head), symbol)
    if not found:
        return _of_certificates(signatures), []
    name, own_rows = found[-1]
    confidence = sum(row.confidence for row in own_rows) / len(own_rows)
    spelling, known = spelt(name)
    if not known and (meant := _by_symbol(name, symbol)):
        spelling = meant
    confidence = (
        (0.5 + 0.49 * confidence)
        if known and _begins(name)
        else 0.9 * confidence
        if _begins(name)
        else 0.6 * confidence
    )
    certified = [fact for fact in signatures if not _republishes(fact)]
    if any(_same_body(name, fact) for fact in certified):
        confidence = 1 - (1 - confidence) * 0.2
    issuer = Candidate(spelling, round(min(confidence, 0.995), 4), _evidence(own_rows))
    if len(found) < 2:
        return [issuer], []
    above, above_rows = found[-2]
    trust = sum(row.confidence for row in above_rows) / len(above_rows)
    return [issuer], [Candidate(spelt(above)[0], round(0.97 * trust, 4), _evidence(above_rows))]


def _unglued(found: list[tuple[str, list[Row]]], symbol: str) -> list[tuple[str, list[Row]]]:
    """The bodies, with the last one parted where its last rows are nearly the body that the symbol abbreviates: where
    "SỞ Y TẾ" is read as "SỞYTÉ", it does not begin as a body begins, and is taken for the end of the body above."""
    if not found:
        return found
    for at in range(1, len(found[-1][1])):
        above, own = found[-1][1][:at], found[-1][1][at:]
        names = [" ".join(_tidy(row.text) for row in part) for part in (above, own)]
        if _by_symbol(names[1], symbol):
            return [*found[:-1], (names[0], above), (names[1], own)]
    return found


def _by_symbol(name: str, symbol: str) -> str:
    """The body that a group of the symbol abbreviates, where the read name is nearly that ("SỞ VTE", "SYT-VP")."""
    bodies_named = [named for group in symbol.split("-") if (named := named_by(group))]
    return next((named for named in bodies_named if distance(_letters(name), _letters(named)) <= _NEARLY), "")


def _letters(name: str) -> str:
    return "".join(char for char in fold(name) if char.isalnum())


def _evidence(own_rows: list[Row]) -> Evidence:
    box: Box = own_rows[0].box
    for row in own_rows[1:]:
        box = box.union(row.box)
    return Evidence(1, box, " ".join(row.text for row in own_rows), "tesseract")


def _republishes(fact: SignatureFact) -> bool:
    return any(word in fold(fact.common_name).upper() for word in _REPUBLISHERS)


def _same_body(name: str, fact: SignatureFact) -> bool:
    said, certified = one_key(name), one_key(fact.common_name)
    return said == certified or certified in said or distance(said, certified) <= max(2, len(said) // 15)


def _of_certificates(signatures: tuple[SignatureFact, ...]) -> list[Candidate]:
    """Where nothing can be read the certificate may propose, never as sure."""
    return [
        Candidate(spelt(fact.common_name)[0], 0.5)
        for fact in signatures[:1]
        if fact.common_name and not _republishes(fact)
    ]
