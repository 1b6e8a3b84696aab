"""Which Part of a letter is the paper: a guess that a person can see and change."""
from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from pathlib import Path

from mail import inside, sniff
from mail.letter import Fate, Part
from mail.parsing import Parsed
from rules.letter import paper_name_rank

_PICTURES = frozenset({sniff.TIFF, sniff.JPEG, sniff.PNG})
_OTHER_PICTURES = frozenset({sniff.WEBP, sniff.HEIC, sniff.GIF, sniff.BMP})
_TEXTS = frozenset({inside.DOC, inside.DOCX, inside.ODT, sniff.RTF})
_TABLES = frozenset({inside.XLS, inside.XLSX, inside.ODS, sniff.TXT, sniff.CSV})
KINDS = (frozenset({sniff.PDF}), _PICTURES, _OTHER_PICTURES, _TEXTS, _TABLES)
"""The likeliest form of a paper first."""
_APPENDIX = 3
"""What rules.letter.paper_name_rank says of an appendix."""
_SIGNATURE = re.compile(rb"/ByteRange\s*\[\s*\d")

SEVERAL = {"pictures": "several_pictures", "papers": "several_papers"}
"""Why the choice is doubtful, to the remark that says so."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The Part that is taken for the paper."""

    paper: Part | None
    several: str = ""
    """"pictures": photographs of pages, of which the first was taken; "papers": nothing told one from the other."""


def choose(parsed: Parsed) -> Choice:
    """The paper of a letter: PDF before pictures before office files; signed ones and names like a letter's first."""
    subject = parsed.letter.subject
    ranked = []
    for place, part in enumerate(parsed.letter.parts):
        kind = _kind(part)
        if part.fate is not Fate.TAKEN or kind is None or part.place not in parsed.files:
            continue
        name = paper_name_rank(part.name, subject)
        unsigned = not (kind == 0 and has_signature(parsed.files[part.place]))
        ranked.append(((name == _APPENDIX, kind, unsigned, name), place, part))
    if not ranked:
        return Choice(None)
    ranked.sort(key=lambda one: one[:2])
    rank, _, paper = ranked[0]
    equals = sum(other == rank for other, _, _ in ranked)
    if equals == 1 or rank[0]:
        return Choice(paper)
    return Choice(paper, "pictures" if rank[1] in (1, 2) else "papers")


def _kind(part: Part) -> int | None:
    """Place in KINDS; None for what is never a paper (edXML)."""
    return next((place for place, kinds in enumerate(KINDS) if part.media_type in kinds), None)


def has_signature(path: Path) -> bool:
    """A PDF looks signed: it says which of its bytes a signature covers (ISO 32000-1 section 12.8.1).

    Only a preference; whether a signature is there and what it is worth is judged later, by those who can.
    """
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _SIGNATURE.search(data) is not None
