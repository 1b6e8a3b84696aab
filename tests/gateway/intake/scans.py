"""Small whole files of the four kinds, and a door with a clock that is set by hand."""
from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PIL import Image

from gateway.document import VN, Document
from gateway.intake.accept import accept
from gateway.intake.folder import FolderDoor, FolderPlan
from gateway.store.store import Query, Store
from gateway.store.vault import Vault


def pdf(word: str = "a", padding: int = 0) -> bytes:
    """A whole PDF, different for each word."""
    body = f"%PDF-1.4\n% {word} {'x' * padding}\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    body += "2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
    table = f"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 3/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + table).encode()


def picture(kind: str) -> bytes:
    """A whole picture."""
    out = io.BytesIO()
    pages = [Image.new("L", (64, 64), shade) for shade in (10, 200)]
    more = {"save_all": True, "append_images": pages[1:]} if kind == "TIFF" else {}
    pages[0].save(out, kind, **more)
    return out.getvalue()


@dataclass
class Seconds:
    """A clock that only moves when told."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class House:
    """A folder door over a real store and vault."""

    root: Path
    store: Store
    vault: Vault
    seconds: Seconds = field(default_factory=Seconds)

    @property
    def drop(self) -> Path:
        return self.root / "drop"

    def door(self, **plan: object) -> FolderDoor:
        """A new door, as after a start."""
        given = {"path": self.drop, "unit": "H99.1", "units": frozenset({"H99.3"})} | plan
        morning = dt.datetime(2026, 11, 20, 9, 0, tzinfo=VN)
        return FolderDoor(FolderPlan(**given), partial(accept, self.store, self.vault),  # type: ignore[arg-type]
                          taken=lambda origin: self.store.by_origin(origin) is not None, clock=lambda: morning,
                          monotonic=self.seconds, native=False)

    def settle(self, door: FolderDoor, seconds: float = 2.0) -> int:
        """Two looks with so many seconds between; how many files were taken."""
        taken = door.look_once()
        self.seconds.now += seconds
        return taken + door.look_once()

    def documents(self) -> Sequence[Document]:
        return self.store.find(Query(limit=1000, newest_first=False)).documents

    def below(self, name: str) -> list[str]:
        """Files in a sub-folder of the drop folder."""
        folder = self.drop / name
        found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
        return sorted(str(path.relative_to(folder)) for path in found)
