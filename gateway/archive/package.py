"""The zip itself: the PDF, its attachments, the evidence of its signatures and receipts, descriptions, hashes."""
from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.archive.fields import READY, Shelf, archive_fields, doubts
from gateway.archive.xml import Held, fields_xml, mets_xml, premis_xml
from gateway.document import Document, Event, FileRef, Receipt, Role
from gateway.errors import FileMissing, WrongStage
from gateway.store.store import Store
from gateway.store.vault import Vault

_NOT_READY = "Văn bản chưa ký số hoặc chưa vào sổ nên chưa đóng gói lưu trữ được. Hãy hoàn tất văn bản trước."
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class PackTools:
    """What packing works with."""

    store: Store
    vault: Vault
    verify: Callable[[Path], Mapping[str, Any]]
    """Signatures and PDF/A of a file, judged now, as JSON values."""
    clock: Callable[[], dt.datetime]


@dataclass(frozen=True, slots=True)
class Packed:
    """What was written."""

    files: Sequence[Held]
    fields: Mapping[str, str]
    doubts: Sequence[str]
    """For the archivist: missing and over-long fields, a paper that is no PDF/A."""


def pack(document: Document, out: Path, tools: PackTools, *, shelf: Shelf) -> Packed:
    """Writes the package to `out`, whole or not at all.

    Raises:
        WrongStage: it is not sealed, released or filed.
        FileMissing: a file is not in the vault, or is not what it was.
        OSError: `out` cannot be written.
    """
    paper = document.paper if document.kind == "signed" else document.file(Role.SEALED) or document.file(Role.ARCHIVE)
    if document.stage not in READY or paper is None:
        raise WrongStage(_NOT_READY)
    fields = archive_fields(document, shelf)
    held = _held(document, paper, stem=fields["arcDocCode"] or fields["docId"])
    judged = tools.verify(tools.vault.path(paper))
    events, receipts = tools.store.events(document.id), tools.store.receipts(document.id)
    told = [*doubts(fields), *([] if judged.get("pdfa") else ["Tệp chính không phải PDF/A. Hãy kiểm tra lại tệp."])]
    texts = _texts(document, fields, _Said(judged, told, events, receipts))
    files = [*(file for file, _ in held), *(_told(path, data) for path, data in texts.items())]
    texts["metadata/premis.xml"] = premis_xml(files, events, document.id)
    files.append(_told("metadata/premis.xml", texts["metadata/premis.xml"]))
    texts["METS.xml"] = mets_xml(files, tools.clock(), fields["docId"])
    half = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
            _write(archive, held, texts, tools.vault)
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
    return Packed(files, fields, told)


@dataclass(frozen=True, slots=True)
class _Said:
    judged: Mapping[str, Any]
    doubts: Sequence[str]
    events: Sequence[Event]
    receipts: Sequence[Receipt]


def _held(document: Document, paper: FileRef, *, stem: str) -> list[tuple[Held, FileRef]]:
    """Files of the vault with their places in the package; a name is never used as a path."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip(".-") or "document"
    found = [(Held(f"data/{plain}.pdf", paper.sha256, paper.size, paper.media_type, "data", paper.name), paper)]
    rest = [("attachment", file) for file in document.attachments]
    rest += [("evidence", file) for file in document.files if file.role in (Role.EVIDENCE, Role.MESSAGE)]
    for place, (use, file) in enumerate(rest, 1):
        ending = re.sub(r"[^A-Za-z0-9]", "", Path(file.name).suffix)[:8]
        path = f"{'data' if use == 'attachment' else use}/{plain}.{use}-{place:02d}{f'.{ending}' if ending else ''}"
        found.append((Held(path, file.sha256, file.size, file.media_type, use, file.name), file))
    return found


def _texts(document: Document, fields: Mapping[str, str], said: _Said) -> dict[str, bytes]:
    told = {"document": document.id, "register_number": document.register_number, "parcel_id": document.parcel_id,
            "exchange_id": document.exchange_id, "stage": document.stage.value, "fields": fields,
            "decree_30": {name.value: field.value for name, field in document.fields.items()},
            "recipients": [dataclasses.asdict(to) for to in document.recipients], "doubts": said.doubts}
    return {
        "metadata/document.xml": fields_xml(fields),
        "metadata/document.json": _json(told),
        "evidence/signatures.json": _json(said.judged),
        "evidence/receipts.json": _json([dataclasses.asdict(receipt) for receipt in said.receipts]),
        "evidence/journal.json": _json([dataclasses.asdict(event) for event in said.events]),
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode() + b"\n"


def _told(path: str, data: bytes) -> Held:
    kind = "application/json" if path.endswith(".json") else "application/xml"
    return Held(path, hashlib.sha256(data).hexdigest(), len(data), kind, path.partition("/")[0], path)


def _write(archive: zipfile.ZipFile, held: Iterable[tuple[Held, FileRef]], texts: Mapping[str, bytes],
           vault: Vault) -> None:
    lines = []
    for file, ref in held:
        _copy(archive, file, vault.path(ref))
        lines.append(f"{file.sha256}  {file.path}\n")
    for path, data in texts.items():
        archive.writestr(path, data)
        lines.append(f"{hashlib.sha256(data).hexdigest()}  {path}\n")
    archive.writestr("manifest-sha256.txt", "".join(sorted(lines, key=lambda line: line[66:])))


def _copy(archive: zipfile.ZipFile, file: Held, path: Path) -> None:
    """Piece by piece, and hashed on the way: what does not fit its hash is never handed to an archive."""
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(file.path, "w", force_zip64=True) as target:
        while piece := source.read(_PIECE):
            digest.update(piece)
            target.write(piece)
    if digest.hexdigest() != file.sha256:
        raise FileMissing("Một tệp trong kho không còn nguyên vẹn. Hãy khôi phục từ bản sao lưu rồi đóng gói lại.")
