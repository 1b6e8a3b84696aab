"""`vanthu read`: fields of files, nothing is stored.  One JSON object a line with --json (design.md §6)."""
from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr.errors import OcrError
from rules.field import Field, Proposal, Secrecy

if TYPE_CHECKING:
    from ocr.child import ReaderPool
    from ocr.reading import Reading

Commands = Any
"""argparse gives its sub-parser collection no public name."""


def add_to(commands: Commands) -> None:
    """Adds the command."""
    read = commands.add_parser("read", help="đọc tệp, đề xuất các trường; không lưu gì / read files, store nothing")
    read.add_argument("files", nargs="+", type=Path, metavar="FILE", help="PDF, TIFF, JPEG, PNG")
    read.add_argument("--json", action="store_true", help="mỗi tệp một dòng JSON / one JSON object a line")
    read.add_argument("--workers", type=int, default=0, metavar="N", help="số tiến trình đọc / reading processes")
    read.set_defaults(do=read_files)


def read_files(arguments: argparse.Namespace) -> int:
    """Reads the files in order; 3 when one of them could not be read."""
    unread = False
    for found in results(arguments.files, workers=arguments.workers or os.cpu_count() or 1, bar=sys.stderr.isatty()):
        unread = unread or "error" in found
        print(json.dumps(found, ensure_ascii=False) if arguments.json else _table(found), flush=True)
    return 3 if unread else 0


def results(files: Sequence[Path], *, workers: int, bar: bool = False) -> Iterator[dict[str, Any]]:
    """One result per file, in the order given; a file that cannot be read has "error" and "message"."""
    from ocr.child import ReaderPool

    workers = min(workers, len(files))
    with ReaderPool(workers=workers) as pool, ThreadPoolExecutor(workers) as threads:
        waiting = [threads.submit(_result, pool, path) for path in files]
        for done, one in enumerate(waiting):
            if bar:
                print(f"\r{done}/{len(files)} {files[done].name[:60]:<60}", end="", file=sys.stderr, flush=True)
            found = one.result()
            if bar:
                print("\r" + " " * 80 + "\r", end="", file=sys.stderr, flush=True)
            yield found


def _result(pool: ReaderPool, path: Path) -> dict[str, Any]:
    started = time.monotonic()
    try:
        reading = pool.look(path)
    except (OcrError, OSError) as error:
        said = str(error) if isinstance(error, OcrError) else f"{error.strerror or type(error).__name__}."
        return {"file": str(path), "error": type(error).__name__, "message": said}
    proposal = _proposal(path, reading)
    marked = proposal.secrecy is Secrecy.MARKED
    return {
        "file": str(path),
        "pages": len(reading.pages),
        "seconds": round(time.monotonic() - started, 2),
        "kind": reading.triage.kind.value,
        "secrecy": proposal.secrecy.value,
        "remarks": list(reading.remarks),
        "warnings": list(proposal.warnings),
        "fields": {} if marked else {name.value: _field(field) for name, field in proposal.fields.items()},
    }


def _proposal(path: Path, reading: Reading) -> Proposal:
    from ocr.triage import Kind
    from rules.facts import Facts
    from rules.propose import propose

    if reading.triage.kind is not Kind.SIGNED:
        return propose(reading.pages, Facts())
    from gateway.seal.verify import signature_facts

    return propose(reading.pages, Facts(signature_facts(path)))


def _field(field: Field) -> dict[str, Any]:
    told: dict[str, Any] = {"value": field.value, "confidence": round(field.confidence, 4), "sure": field.sure}
    if field.evidence:
        seen = field.evidence
        told |= {"page": seen.page, "box": seen.box.as_list(), "text": seen.text, "by": seen.by}
    if field.doubts:
        told["doubts"] = list(field.doubts)
    if field.candidates:
        told["candidates"] = [{"value": c.value, "confidence": round(c.confidence, 4)} for c in field.candidates]
    return told


def _table(found: dict[str, Any]) -> str:
    if "error" in found:
        return f"{found['file']}: {found['message']}"
    head = f"{found['file']}: {found['pages']} trang, {found['seconds']} s, {found['kind']}, {found['secrecy']}"
    lines = [f"  {'✓' if field['sure'] else '?'} {name:<14}{' ⏎ '.join(field['value'].splitlines())}"
             for name, field in found["fields"].items()]
    return "\n".join([head, *lines])
