"""What the desk teaches the machine: labelled lines of confirmed papers, the weights learned from them, and the curve.

Everything stays in one folder of the office's data: `lines/` (pictures of number and date lines with what the clerk
confirmed), `weights/` (one folder for each set that was accepted), `current` (the name of the set in use; nothing in
it, or no file, means the shipped weights).  Nothing here needs PyTorch; learning itself is ocr.training.learn.
"""
from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.document import VN, Document, Role, Stage
from gateway.errors import FileMissing
from gateway.recipe import working_file
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from ocr.errors import OcrError
from ocr.reading import Reading, reading_from_json
from rules.field import Name
from rules.propose import propose

if TYPE_CHECKING:
    from ocr.linecut import LineCut

log = logging.getLogger(__name__)
VOUCHED = frozenset({Stage.CONFIRMED, Stage.SEALED, Stage.SENT, Stage.DELIVERED, Stage.FILED})
"""Stages behind a clerk's confirmation."""
KINDS: Mapping[str, Name] = {"number": Name.NUMBER, "date": Name.DATE}
_SPELLABLE = re.compile(r"\d{1,5}[ABC]?(/(19|20)\d\d)?")
_PAGE = 200
_CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a look through the confirmed papers brought."""

    fresh: int
    """Lines kept now."""
    known: int
    """Papers looked at before."""
    without: int
    """Papers that give no line: born digital, line not found, or the file cannot be opened any more."""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands beside a line's picture."""

    document: str
    kind: str
    value: str
    """As ocr.page.HandLine has it: "0098", "04|03|2018"."""
    hand: bool
    inner: tuple[int, int, int, int]


class LearnFolder:
    """The folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = path / "lines"
        self.sets = path / "weights"

    def weights(self) -> Path | None:
        """The weights in use (.onnx); None for the shipped ones."""
        name = self._name()
        found = self.sets / name / "digits.onnx" if name else None
        return found if found and found.is_file() else None

    def put(self, name: str) -> None:
        """From the next start of a reading process the set of that name is in use; "" is the shipped one."""
        temporary = self.path / f".{_CURRENT}"
        temporary.write_text(name, "utf-8")
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(self.path / _CURRENT)

    def back(self) -> str:
        """The set before the present one is in use again; its name, "" for the shipped one."""
        sets = sorted(folder.name for folder in self.sets.iterdir()) if self.sets.is_dir() else []
        earlier = [name for name in sets if name < self._name()]
        name = earlier[-1] if earlier else ""
        self.put(name)
        return name

    def _name(self) -> str:
        current = self.path / _CURRENT
        name = current.read_text("utf-8").strip() if current.is_file() else ""
        return name if re.fullmatch(r"[\w-]*", name) else ""

    def labels(self) -> Iterator[tuple[Path, Label]]:
        """Every kept line: its picture's path and what it says."""
        for told in sorted(self.lines.glob("*.json")):
            raw = json.loads(told.read_text("utf-8"))
            picture = told.with_suffix(".png")
            if raw and picture.is_file():
                yield picture, Label(**{**raw, "inner": tuple(raw["inner"])})


def harvest(store: Store, vault: Vault, folder: LearnFolder) -> Harvest:
    """Keeps the number line and the date line of every confirmed paper that was not looked at before.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.lines.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = known = without = 0
    for document in vouched(store):
        if _known(document, folder):
            known += 1
            continue
        kept = _keep(document, vault, folder)
        fresh, without = fresh + kept, without + (not kept)
    return Harvest(fresh, known, without)


def vouched(store: Store) -> Iterator[Document]:
    """All Documents behind a clerk's confirmation, oldest first."""
    at = 0
    while found := store.find(Query(stages=VOUCHED, limit=_PAGE, offset=at, newest_first=False)).documents:
        yield from found
        at += len(found)


def _known(document: Document, folder: LearnFolder) -> bool:
    """Looked at before, and confirmed with the same values as then."""
    for kind, name in KINDS.items():
        told = folder.lines / f"{document.id}.{kind}.json"
        if not told.is_file():
            return False
        was = json.loads(told.read_text("utf-8"))
        if was and was["value"] != label(document, name):
            return False
    return True


def _keep(document: Document, vault: Vault, folder: LearnFolder) -> int:
    """Writes the lines of one paper; how many.  Both marks are written in any case: it was looked at."""
    from ocr.linecut import line_cuts

    reading = read_before(document, vault)
    found: Mapping[str, LineCut] = {}
    if reading and (paper := working_file(document)):
        try:
            found = {cut.kind: cut for cut in line_cuts(vault.path(paper), reading)}
        except (OcrError, FileMissing) as error:
            log.info("%s line_not_kept trouble=%s", document.id, type(error).__name__)
    count = 0
    for kind, name in KINDS.items():
        cut, value = found.get(kind), label(document, name)
        told = ""
        if cut is not None and value and reading:
            hand = any(line.handwritten for line in reading.pages[0].hand if line.kind == kind)
            told = json.dumps(asdict(Label(document.id, kind, value, hand, cut.inner)))
            _write_picture(folder.lines / f"{document.id}.{kind}.png", cut)
            count += 1
        (folder.lines / f"{document.id}.{kind}.json").write_text(told or "{}", "utf-8")
    return count


def _write_picture(path: Path, cut: LineCut) -> None:
    import cv2

    path.write_bytes(cv2.imencode(".png", cut.grey)[1].tobytes())


def read_before(document: Document, vault: Vault) -> Reading | None:
    """What was read of the paper when it came in; None when that is not there any more."""
    words = document.file(Role.WORDS)
    try:
        return reading_from_json(vault.path(words).read_bytes()) if words else None
    except (FileMissing, ValueError):
        return None


def label(document: Document, name: Name) -> str:
    """The confirmed value in the recogniser's spelling; "" when it cannot be spelled."""
    field = document.fields.get(name)
    value = field.value if field else ""
    if name is Name.DATE:
        year, _, rest = value.partition("-")
        month, _, day = rest.partition("-")
        return f"{day}|{month}|{year}" if year and month and day else ""
    return value if _SPELLABLE.fullmatch(value) else ""


@dataclass(slots=True)
class Share:
    """How the machine did on one kind of field in one month."""

    of: int = 0
    right: int = 0
    sure: int = 0
    sure_wrong: int = 0


Curve = Mapping[str, Mapping[str, Share]]
"""Month ("2026-11") to kind to Share."""


def curve(store: Store, vault: Vault) -> Curve:
    """What the machine proposed for number and date, against what the clerks confirmed, by month of arrival.

    The digits are as they were read on that day, with that day's weights; the rules over them are today's.
    """
    months: dict[str, dict[str, Share]] = {}
    for document in vouched(store):
        reading = read_before(document, vault)
        if reading is None:
            continue
        proposed = propose(reading.pages).fields
        month = months.setdefault(f"{document.received_at.astimezone(VN):%Y-%m}", {kind: Share() for kind in KINDS})
        for kind, name in KINDS.items():
            said, confirmed = proposed.get(name), document.fields.get(name)
            if confirmed is None or not confirmed.value:
                continue
            good, sure = said is not None and said.value == confirmed.value, said is not None and said.sure
            share = month[kind]
            share.of, share.right, share.sure = share.of + 1, share.right + good, share.sure + sure
            share.sure_wrong += sure and not good
    return dict(sorted(months.items()))

