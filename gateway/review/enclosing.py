"""The separate attachments of a sealed paper: each PDF among them gets its own seal, with number, symbol and time.

Decree 30/2020 annex I part I sections II.8.b and III.1.d (R-102).  What came signed, and what is no PDF/A and cannot be
made one without drawing it anew, goes along as it is.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from gateway.document import Document, FileRef, Role
from gateway.review.desk import Desk
from gateway.seal.port import SealOrder, Signer
from rules.field import Name

PDF = "application/pdf"
UNSEALED = "attachments_unsealed"
"""Remark on a Document: an attachment goes along without a seal."""


def sealed_attachments(
    desk: Desk, document: Document, order: SealOrder, signer: Signer, folder: Path
) -> tuple[tuple[FileRef, ...], bool]:
    """The attachments as they go out, in order, and whether one of them stayed unsealed.

    Raises:
        CornerTaken, SealError: see Seal.prepare and Seal.finish; nothing has been recorded.
    """
    mark = order_of_attachment(document, order)
    found, unsealed = [], False
    for place, file in enumerate(document.attachments):
        fit, out = folder / f"{place}.pdf", folder / f"{place}.sealed.pdf"
        way = way_of(desk, file, fit)
        if way is Way.SEAL:
            prepared = desk.seal.prepare(fit, mark, signer)
            desk.seal.finish(prepared, signer.cms(prepared), out)
            found.append(desk.vault.put(out, role=Role.ENCLOSED, media_type=file.media_type, name=file.name))
        else:
            unsealed = unsealed or way is Way.PLAIN
            found.append(replace(file, role=Role.ENCLOSED))
    return tuple(found), unsealed


class Way(StrEnum):
    """How an attachment goes out."""

    SEAL = "seal"
    SIGNED = "signed"
    """It came signed and stays as it is."""
    PLAIN = "plain"
    """No PDF, or none that could be made PDF/A: as it came."""


def way_of(desk: Desk, file: FileRef, fit: Path) -> Way:
    """How this attachment goes out; the file that is to be sealed is written to `fit`."""
    path = desk.vault.path(file)
    if file.media_type != PDF:
        return Way.PLAIN
    if _bears_signature(desk, path):
        return Way.SIGNED
    return Way.SEAL if desk.looks.archival(path, fit) else Way.PLAIN


def order_of_attachment(document: Document, order: SealOrder) -> SealOrder:
    """The mark of an attachment: number and symbol of its paper, and the time."""
    value = {name: field.value for name, field in document.fields.items()}
    return replace(order, attachment_of=f"{value.get(Name.NUMBER, '')}/{value.get(Name.SYMBOL, '')}")


def _bears_signature(desk: Desk, path: Path) -> bool:
    return any(one.signer for one in desk.looks.verify(path).signatures)
