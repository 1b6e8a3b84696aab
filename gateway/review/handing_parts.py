"""The attachments of a paper that a program at the sealer's desk seals: handed over one by one before the paper itself.

One act covers them all: what it has sealed is kept for the paper's own turn, and goes out with it or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.document import Document, FileRef, Role
from gateway.errors import NotFound
from gateway.review.desk import Desk
from gateway.review.enclosing import Way, order_of_attachment, way_of
from gateway.review.seal_acts import COPIES
from gateway.review.sealing import archive_copy
from gateway.review.translations import mark
from gateway.seal.port import SealOrder
from gateway.store.handovers import Handover

GONE = mark("Tệp kèm theo đã đổi. Hãy tải lại trang rồi ký lại.")


@dataclass(frozen=True, slots=True)
class Turn:
    """What the program is handed now: an attachment that still lacks its seal, else the paper."""

    path: Path
    order: SealOrder
    part: FileRef | None = None


def next_turn(desk: Desk, document: Document, wanted: Handover, order: SealOrder, folder: Path) -> Turn:
    """The first attachment of a copy that this act has not sealed yet, else the paper itself."""
    done: Mapping[str, Handover] = desk.store.handovers.sealed_parts(wanted)
    for place, file in enumerate(document.attachments if wanted.copy_kind in COPIES else ()):
        fit = folder / f"{place}.pdf"
        if file.sha256 not in done and way_of(desk, file, fit) is Way.SEAL:
            return Turn(fit, order_of_attachment(document, order), file)
    return Turn(archive_copy(desk, document), order)


def turn_of(desk: Desk, document: Document, handover: Handover, order: SealOrder, folder: Path) -> Turn:
    """What an open handover is about.

    Raises:
        NotFound: the attachment is not there any more.
    """
    if not handover.part:
        return Turn(archive_copy(desk, document), order)
    file = next((one for one in document.attachments if one.sha256 == handover.part), None)
    fit = folder / "part.pdf"
    if file is None or way_of(desk, file, fit) is not Way.SEAL:
        raise NotFound(GONE)
    return Turn(fit, order_of_attachment(document, order), file)


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The attachments as they go out with the paper."""

    files: tuple[FileRef, ...]
    unsealed: bool
    """One goes out without a seal, as it came."""
    lost: bool
    """The program's mark made one no PDF/A any more."""


def enclosed_of(desk: Desk, document: Document, handover: Handover, folder: Path) -> Enclosed:
    """The sealed ones in place of those that came; the others as they came."""
    done, files, unsealed = desk.store.handovers.sealed_parts(handover), [], False
    for place, file in enumerate(document.attachments):
        part = done.get(file.sha256)
        if part is None:
            unsealed = unsealed or way_of(desk, file, folder / f"enclosed-{place}.pdf") is not Way.SIGNED
            files.append(replace(file, role=Role.ENCLOSED))
        else:
            files.append(replace(file, role=Role.ENCLOSED, sha256=part.sealed_sha256, size=part.sealed_size))
    return Enclosed(tuple(files), unsealed, any(part.trouble for part in done.values()))
