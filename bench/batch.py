"""Papers for the benches: our sample letters, scanned anew for every copy, with what must come out of them."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pikepdf

from samples.catalog import SAMPLES
from samples.make import scan_bytes

NAMES = ("cong-van-ra-soat", "giay-moi-hop", "hoa-toc-bao-lu", "quyet-dinh-to-cong-tac")
"""One page each, so that documents are pages."""
_NUMBER = re.compile(r"Số\s*[:.]?\s*(\d+)\s*[/-]")
_DATE = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paper:
    """One scan and its truth."""

    name: str
    data: bytes
    number: str
    date: str
    """As 2026-10-09."""


def papers(copies: int, mark: str) -> Sequence[Paper]:
    """Every letter so many times, each time on a scanner of other noise and from another hand; the subject has the
    mark, so that no two batches have the same bytes."""
    made = []
    for letter in (one for one, _ in SAMPLES if one.name in NAMES):
        for copy in range(copies):
            data = _marked(_scanned(letter.name, copy), f"{mark} {copy}")
            made.append(Paper(f"{mark}-{copy}-{letter.name}.pdf", data, letter.number, letter.date.isoformat()))
    return made


@cache
def _scanned(name: str, copy: int) -> bytes:
    letter, scan = next(one for one in SAMPLES if one[0].name == name)
    return scan_bytes(letter, replace(scan, seed=scan.seed + 1000 * copy))


def _marked(data: bytes, subject: str) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.docinfo["/Subject"] = subject
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def found_in_text(pdf: Path) -> tuple[str, str]:
    """Number and date as a document manager would take them out of a PDF's words: the first that look like them."""
    done = subprocess.run(["pdftotext", "-layout", "-l", "1", str(pdf), "-"], capture_output=True, check=True)
    text = done.stdout.decode("utf-8", "replace")
    number, date = _NUMBER.search(text), _DATE.search(text)
    return number[1] if number else "", f"{date[3]}-{int(date[2]):02}-{int(date[1]):02}" if date else ""


def right(paper: Paper, number: str, date: str) -> tuple[int, int]:
    """1 or 0 for the number, 1 or 0 for the date; leading zeros do not count."""
    return int(number.lstrip("0") == paper.number.lstrip("0")), int(date == paper.date)
