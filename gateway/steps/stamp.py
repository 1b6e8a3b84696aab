"""stamp: a Document that was sealed while the time-stamping service was out of reach gets what its seal lacks."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.document import Change, Document, FileRef, Role
from gateway.errors import FileMissing, StampUnavailable
from gateway.seal.evidence import Witness
from gateway.seal.port import STAMP_LATER, Seal
from gateway.store.vault import Vault
from gateway.verdicts import keep

_LATER = "Đã ký số nhưng chưa lấy được dấu thời gian. Hệ thống tự thử lại và chỉ gửi khi đã có."


@dataclass(frozen=True, slots=True)
class StampTools:
    """What the step works with."""

    seal: Seal
    vault: Vault
    witness: Callable[[Path], Witness] | None = None
    """Judges the finished seal and gathers what that rests on."""


def stamp(document: Document, tools: StampTools) -> Change | None:
    """SEALED stays SEALED; None when nothing is missing.

    Raises:
        StampUnavailable: temporary.
        ClockOff, SealBroken, FileMissing: for a person.
    """
    if STAMP_LATER not in document.remarks:
        return None
    file = document.file(Role.SEALED)
    if file is None:
        raise FileMissing
    with TemporaryDirectory(dir=tools.vault.work_folder(), prefix="stamp-") as folder:
        out = Path(folder) / "sealed.pdf"
        try:
            tools.seal.complete(tools.vault.path(file), out)
        except StampUnavailable as error:
            raise StampUnavailable(_LATER) from error
        longer = tools.vault.put(out, role=Role.SEALED, media_type=file.media_type, name=file.name)
        enclosed = _enclosed(document, tools, Path(folder))
        verdict = tools.witness(out) if tools.witness else None
    remarks = tuple(one for one in document.remarks if one != STAMP_LATER)
    evidence = keep(verdict, tools.vault) if verdict else ()
    return Change(what="stamped", files=(longer, *enclosed, *evidence), remarks=remarks, release=True)


def _enclosed(document: Document, tools: StampTools, folder: Path) -> tuple[FileRef, ...]:
    """All attachments as they go out, what our seals on them lacked added; () where none was sealed."""
    came, found = {file.sha256 for file in document.attachments}, []
    for place, file in enumerate(document.enclosed):
        path = tools.vault.path(file)
        if file.sha256 in came or not tools.seal.lacks(path):  # not ours, or complete
            found.append(file)
            continue
        out = folder / f"{place}.pdf"
        tools.seal.complete(path, out)
        found.append(tools.vault.put(out, role=Role.ENCLOSED, media_type=file.media_type, name=file.name))
    return tuple(found) if any(file.sha256 not in came for file in found) else ()
