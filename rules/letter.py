"""What the words around a paper say of it: a letter's subject, its text and its file names.  Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from rules.field import Secrecy
from rules.spelling import fold

NUMBER_DIFFERS = "letter_number_differs"
"""Warning: the letter's subject names another number or symbol than the paper bears (Decree 30/2020 Article 21.1a)."""

_NUMBERED = re.compile(
    r"(?<![\d/])0*(?P<number>\d{1,6}[A-ZĐ]?)\s*/\s*(?:(?:19|20)\d\d\s*/\s*)?"
    r"(?P<symbol>[A-ZĐƯ][\w&.]+(?:\s?[-–]\s?[\w&.]+)*)"
)
_CITED = re.compile(r"\b(?:v/v|ve viec|tra loi|phuc dap|thuc hien|trien khai|can cu|theo|gop y|bo sung)\b")
"""What follows these words is another paper's number."""
_FILE_NUMBER = re.compile(r"^(?:(?:scan|ky so|signed)[\s._-]+)?0*(?P<number>\d{1,6}[a-z]?)(?=[\s._/-]+[a-z]{2})")
_FILE_TYPE = re.compile(
    r"^(?:cv|qd|tb|bc|kh|tt|tr|gm|gv|nq|ct|hd|bb|cd|cong van|quyet dinh|thong bao|bao cao|ke hoach|to trinh|giay moi|"
    r"nghi quyet|chi thi|huong dan|cong dien)(?=[\s._-]|\d)"
)
_APPENDIX = re.compile(
    r"\b(?:phu luc|pl ?\d*|kem theo|dinh kem|danh sach|bieu mau|bang bieu|mau so|du thao|annex|appendix)\b"
)
_SECRET = re.compile(r"(?<!\w)(?:TUYỆT|TỐI)\s+MẬT(?!\w)")
_SECRET_ALONE = re.compile(r"(?:^|[\[(|{*]|\s[-–]\s)\s*MẬT\s*(?:$|[\])|}*:;,.]|\s?[-–_])")
_SECRET_SAID = re.compile(r"(?<!\w)độ\s+mật\s*[:：]\s*(?:tuyệt\s+mật|tối\s+mật|mật)(?!\w)", re.IGNORECASE)


def number_differs(subject: str, number: str, symbol: str) -> bool:
    """The subject line names a number of its own, and none of those it names is this one (R-010).

    `number` and `symbol` are the paper's; without a number nothing can be said.
    """
    said = numbers_in(subject)
    ours = number.split("/", maxsplit=1)[0].strip().lstrip("0").upper()
    if not said or not ours:
        return False
    return not any(one == ours and (not symbol or _bare(other) == _bare(symbol)) for one, other in said)


def numbers_in(subject: str) -> tuple[tuple[str, str], ...]:
    """(number, symbol) of the papers a subject line announces; those it only refers to are left out."""
    subject = unicodedata.normalize("NFC", subject)
    found = []
    for one in _NUMBERED.finditer(subject):
        before = fold(subject[: one.start()])
        if not _CITED.search(before):
            found.append((one["number"].upper(), one["symbol"].rstrip(".")))
    return tuple(found)


def paper_name_rank(name: str, subject: str) -> int:
    """How much a file name looks like that of the paper itself; smaller is more.

    0: bears the number that the subject announces; 1: begins with a number or a type ("123-UBND.pdf", "CV ...");
    2: says nothing; 3: says that it is an appendix, a list or a draft.
    """
    stem = " ".join(re.sub(r"[_]+", " ", fold(name.rpartition(".")[0] or name)).split())
    if _APPENDIX.search(stem):
        return 3
    numbered = _FILE_NUMBER.match(stem)
    announced = {number.lower() for number, _ in numbers_in(subject)}
    if announced & {token.lstrip("0") for token in re.findall(r"\d+[a-z]?", stem)}:
        return 0
    return 1 if numbered or _FILE_TYPE.match(stem) else 2


def judge_letter(subject: str, text: str, names: Iterable[str]) -> Secrecy:
    """UNSURE when subject, a line of the text or a file name bears a secrecy mark in capitals (R-005).

    Never MARKED: words around a paper are nobody's stamp; a person looks at it before anything is erased.
    """
    lines = (subject, *text.splitlines(), *(name.rpartition(".")[0] or name for name in names))
    for line in lines:
        line = unicodedata.normalize("NFC", line).strip()
        if _SECRET.search(line) or _SECRET_ALONE.search(line) or _SECRET_SAID.search(line):
            return Secrecy.UNSURE
    return Secrecy.NONE


def _bare(symbol: str) -> str:
    """For comparing: capitals and digits only, Đ as D, since scanners and hasty typists confuse them."""
    return re.sub(r"[^A-Z0-9]", "", fold(symbol).upper())
