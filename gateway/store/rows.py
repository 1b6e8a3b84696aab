"""Documents as rows and back.  Everything here runs inside the caller's transaction."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping, Table

from gateway.document import CopyKind, Document, Door, FileRef, Held, Origin, Receipt, Recipient, Role, Stage
from gateway.store import tables as t
from gateway.store.as_json import box_json, candidate_json, candidate_of, evidence_of
from gateway.store.due import due_at, matter, urgency
from rules.field import Evidence, Field, Name, Secrecy

_AT_ONCE = 500
"""Ids in one IN (...)."""
_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
# Asked a dozen times for every paper: put together once.
_DOCUMENTS = sa.select(t.documents).where(t.documents.c.id.in_(_IDS))
_PARTS = {table: sa.select(table).where(table.c.document.in_(_IDS)).order_by(table.c.document, table.c.place)
          for table in (t.files, t.fields, t.recipients)}


def load(connection: Connection, ids: Sequence[str]) -> list[Document]:
    """Documents in the order of the ids; unknown ids are left out."""
    found: dict[str, Document] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start:start + _AT_ONCE]
        files, fields = _parts(connection, t.files, some), _parts(connection, t.fields, some)
        recipients = _parts(connection, t.recipients, some)
        for row in connection.execute(_DOCUMENTS, {"ids": some}).mappings():
            key = row["id"]
            found[key] = _document(row, files[key], fields[key], recipients[key])
    return [found[one] for one in ids if one in found]


def _parts(connection: Connection, table: Table, ids: Sequence[str]) -> Mapping[str, list[RowMapping]]:
    parts: dict[str, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(_PARTS[table], {"ids": ids}).mappings():
        parts[row["document"]].append(row)
    return parts


def _document(row: RowMapping, files: Iterable[RowMapping], fields: Iterable[RowMapping],
              recipients: Iterable[RowMapping]) -> Document:
    return Document(
        id=row["id"],
        stage=Stage(row["stage"]),
        version=row["version"],
        unit=row["unit"],
        origin=Origin(Door(row["door"]), row["origin_key"]),
        name=row["name"],
        received_at=row["received_at"],
        by=row["brought_by"],
        files=tuple(FileRef(Role(f["role"]), f["sha256"], f["size"], f["media_type"], f["name"]) for f in files),
        fields={Name(f["name"]): _field(f) for f in fields},
        recipients=tuple(Recipient(r["code"], r["name"], r["state"], r["note"], r["at"]) for r in recipients),
        kind=row["kind"],
        pages=row["pages"],
        secrecy=Secrecy(row["secrecy"]),
        remarks=tuple(row["remarks"]),
        held=None if row["held_code"] is None else Held(row["held_code"], row["held_reason"]),
        tries=row["tries"],
        next_try_at=row["next_try_at"],
        register_number=row["register_number"],
        copy_kind=None if row["copy_kind"] is None else CopyKind(row["copy_kind"]),
        confirmed_by=row["confirmed_by"],
        sealed_by=row["sealed_by"],
        parcel_id=row["parcel_id"],
        exchange_id=row["exchange_id"],
        reason=row["reason"],
    )


def _field(row: RowMapping) -> Field:
    seen = None
    if row["page"] is not None:
        seen = evidence_of({"page": row["page"], "box": row["box"], "text": row["text"], "by": row["seen_by"]})
    return Field(Name(row["name"]), row["value"], row["confidence"], row["sure"], seen,
                 tuple(candidate_of(one) for one in row["candidates"]), tuple(row["doubts"]))


def insert(connection: Connection, document: Document) -> None:
    """A new Document with all its parts."""
    connection.execute(t.documents.insert().values(id=document.id, **_values(document)))
    _put(connection, t.files, [_file_row(document.id, place, file) for place, file in enumerate(document.files)])


def update(connection: Connection, before: Document, after: Document) -> bool:
    """Writes what has changed; False when somebody else was faster (compare-and-set on the version)."""
    mine = (t.documents.c.id == before.id) & (t.documents.c.version == before.version)
    if connection.execute(t.documents.update().where(mine).values(**_values(after))).rowcount != 1:
        return False
    if after.files != before.files:
        put_files(connection, after.id, after.files)
    if after.fields != before.fields:
        _replace(connection, t.fields, after.id,
                 [_field_row(after.id, place, field) for place, field in enumerate(after.fields.values())])
    if after.recipients != before.recipients:
        _replace(connection, t.recipients, after.id,
                 [_recipient_row(after.id, place, to) for place, to in enumerate(after.recipients)])
    return True


def put_files(connection: Connection, document: str, files: Iterable[FileRef]) -> None:
    """Writes the files of a Document anew."""
    _replace(connection, t.files, document, [_file_row(document, place, file) for place, file in enumerate(files)])


def add_receipts(connection: Connection, document: str, receipts: Iterable[Receipt]) -> Sequence[Receipt]:
    """Adds receipts and gives those that are new; one whose message_id is known changes nothing."""
    fresh = []
    known = set(connection.scalars(sa.select(t.receipts.c.message_id).where(t.receipts.c.document == document)))
    for receipt in receipts:
        if receipt.message_id and receipt.message_id in known:
            continue
        known.add(receipt.message_id)
        fresh.append(receipt)
        connection.execute(t.receipts.insert().values(
            document=document, code=receipt.code, at=receipt.at, from_code=receipt.from_code,
            from_name=receipt.from_name, reason=receipt.reason, staff=receipt.staff, message_id=receipt.message_id))
    return fresh


def _values(document: Document) -> dict[str, Any]:
    original = document.file(Role.ORIGINAL)
    value = {name: field.value for name, field in document.fields.items()}
    return {
        "stage": document.stage.value, "version": document.version, "unit": document.unit,
        "door": document.origin.door.value, "origin_key": document.origin.key, "name": document.name,
        "received_at": document.received_at, "brought_by": document.by, "sha256": original.sha256 if original else "",
        "kind": document.kind, "pages": document.pages, "secrecy": document.secrecy.value,
        "remarks": list(document.remarks), "held_code": document.held.code if document.held else None,
        "held_reason": document.held.reason if document.held else None, "tries": document.tries,
        "next_try_at": document.next_try_at, "register_number": document.register_number,
        "copy_kind": document.copy_kind.value if document.copy_kind else None,
        "confirmed_by": document.confirmed_by, "sealed_by": document.sealed_by, "parcel_id": document.parcel_id,
        "exchange_id": document.exchange_id, "reason": document.reason, "dated": value.get(Name.DATE, ""),
        "doc_type": value.get(Name.DOC_TYPE, ""), "urgency": urgency(document), "due_at": due_at(document),
        "matter": matter(document),
    }


def _file_row(document: str, place: int, file: FileRef) -> dict[str, Any]:
    return {"document": document, "place": place, "role": file.role.value, "sha256": file.sha256, "size": file.size,
            "media_type": file.media_type, "name": file.name}


def _field_row(document: str, place: int, field: Field) -> dict[str, Any]:
    return {
        "document": document, "name": field.name.value, "place": place, "value": field.value,
        "confidence": field.confidence, "sure": field.sure, "doubts": list(field.doubts),
        "candidates": [candidate_json(one) for one in field.candidates],
    } | _evidence_row(field.evidence)


def _evidence_row(seen: Evidence | None) -> dict[str, Any]:
    if seen is None:
        return {"page": None, "box": None, "text": None, "seen_by": None}
    return {"page": seen.page, "box": box_json(seen.box), "text": seen.text, "seen_by": seen.by}


def _recipient_row(document: str, place: int, to: Recipient) -> dict[str, Any]:
    return {"document": document, "place": place, "code": to.code, "name": to.name, "state": to.state,
            "note": to.note, "at": to.at}


def _replace(connection: Connection, table: Table, document: str, new: Sequence[dict[str, Any]]) -> None:
    connection.execute(table.delete().where(table.c.document == document))
    _put(connection, table, new)


def _put(connection: Connection, table: Table, new: Sequence[dict[str, Any]]) -> None:
    if new:
        connection.execute(table.insert(), list(new))
