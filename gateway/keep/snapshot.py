"""What one backup consists of: a value, and its JSON."""
from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as it lies in the chest, perhaps locked."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One backup."""

    name: str
    """Its time in UTC, so that names sort: "20261121T045500Z"."""
    made_at: dt.datetime
    version: str
    """Of vanthu."""
    database: str
    """SHA-256 of the database's copy: a gzipped SQLite file, or a dump in pg_dump's custom format."""
    dialect: str
    tree: str
    """SHA-256 of the list of the other files (gateway.keep.tree)."""
    files: frozenset[str]
    """SHA-256 of the vault's files."""
    objects: Mapping[str, Stored]
    """Everything above and what the tree names."""
    documents: int
    journal: tuple[int, str]
    """Number and hash of the journal's last line."""
    checked: bool
    """What earlier backups had put there was read again, and put anew where it was damaged."""
    locked: bool


def snapshot_to_json(snapshot: Snapshot) -> bytes:
    """One JSON object."""
    return json.dumps({
        "format": FORMAT, "name": snapshot.name, "made_at": snapshot.made_at.isoformat(), "version": snapshot.version,
        "database": snapshot.database, "dialect": snapshot.dialect, "tree": snapshot.tree,
        "files": sorted(snapshot.files), "documents": snapshot.documents, "journal": list(snapshot.journal),
        "objects": {sha256: [one.size, "" if one.sha256 == sha256 else one.sha256]
                    for sha256, one in sorted(snapshot.objects.items())},
        "checked": snapshot.checked, "locked": snapshot.locked,
    }, separators=(",", ":")).encode()


def snapshot_from_json(data: bytes) -> Snapshot:
    """The other way round.

    Raises:
        ValueError, KeyError, TypeError: it is no such object.
    """
    read = json.loads(data)
    if read["format"] != FORMAT:
        raise ValueError("another format")
    seq, hash_ = read["journal"]
    return Snapshot(
        name=read["name"], made_at=dt.datetime.fromisoformat(read["made_at"]), version=read["version"],
        database=read["database"], dialect=read["dialect"], tree=read["tree"], files=frozenset(read["files"]),
        objects={sha256: Stored(size, stored or sha256) for sha256, (size, stored) in read["objects"].items()},
        documents=read["documents"], journal=(seq, hash_), checked=read["checked"], locked=read["locked"])
