"""The one place where the organization's key is used, always inside a sealer's own request (R-090).

Order: 1. who and what is checked (acts)  2. the certificate is checked  3. mark and empty signature  4. the key's
holder signs the digest  5. embed and validate  6. the file is durable in the vault  7. one transaction records it.
A crash before 7 leaves the Document unsealed; the sealer repeats the act.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.document import CopyKind, Document, FileRef, Role
from gateway.errors import FileMissing, KeyUnavailable
from gateway.review import seal_acts
from gateway.review.acts import Person
from gateway.review.desk import Desk, Office
from gateway.review.enclosing import UNSEALED, sealed_attachments
from gateway.review.seal_acts import COPIES, Ground, SealWish
from gateway.review.translations import mark
from gateway.seal.port import STAMP_LATER, SealOrder, Signer
from gateway.verdicts import keep

NO_KEY = mark("Đơn vị này chưa có khóa ký ở đây. Hãy nhờ quản trị viên khai báo khóa ký của đơn vị.")


def ground(desk: Desk) -> Ground:
    """What seal_acts.py needs to know of this place."""
    return Ground(desk.home, desk.own_scanners)


def seal_document(desk: Desk, document: Document, wish: SealWish, *, who: Person, pin: str = "") -> Document:
    """Seals the archive copy and records it; the machine sends it on.  `pin` only where the key's holder asks for it.

    Raises:
        NotAllowed, WrongStage, Incomplete: see seal_acts.demand_seal.
        SealError: the key or the result; nothing has been recorded.
        Stale: somebody else changed the Document meanwhile; nothing has been recorded.
    """
    office = office_that_seals(desk, document, wish, who=who)
    if office.signer is None:
        raise KeyUnavailable(NO_KEY)
    at = desk.clock()
    office.signer.check(at)
    order, parcel_id = order_of(office, wish, at), unused_parcel_id(desk, document, office.body.code)
    with TemporaryDirectory(dir=desk.vault.work_folder(), prefix="seal-") as folder:
        out = Path(folder) / "sealed.pdf"
        with office.signer.opened(pin) as signer:
            prepared = desk.seal.prepare(_source(desk, document, order, parcel_id, Path(folder)), order, signer)
            desk.seal.finish(prepared, signer.cms(prepared), out)
            enclosed, unsealed = _enclosed(desk, document, order, signer, Path(folder))
        late = any(desk.seal.lacks(path) for path in (out, *Path(folder).glob("*.sealed.pdf")))
        remarks = (UNSEALED,) if unsealed else ()
        done = Sealed(office, out, parcel_id=parcel_id, late=late, remarks=remarks, enclosed=enclosed)
        return record_sealed(desk, document, wish.kind, done, who=who)


def _source(desk: Desk, document: Document, order: SealOrder, parcel_id: str, folder: Path) -> Path:
    """What is sealed: the archive copy, or that with the head of its message inside."""
    archive = archive_copy(desk, document)
    if desk.message is None:
        return archive
    out = folder / "with-message.pdf"
    desk.looks.with_message(archive, desk.message(document, CopyKind(order.copy_kind), parcel_id), out, at=order.at)
    return out


def _enclosed(
    desk: Desk, document: Document, order: SealOrder, signer: Signer, folder: Path
) -> tuple[tuple[FileRef, ...], bool]:
    """Attachments of a copy are sealed too; what is only passed on for information is not."""
    if CopyKind(order.copy_kind) not in COPIES:
        return (), False
    return sealed_attachments(desk, document, order, signer, folder)


def office_that_seals(desk: Desk, document: Document, wish: SealWish, *, who: Person) -> Office:
    """Whose key it will be, after asking whether this person may.

    Raises:
        NotAllowed, WrongStage, Incomplete: see seal_acts.demand_seal.
        ClockOff: this machine's clock is wrong.
        KeyUnavailable: no such key here.
    """
    place = ground(desk)
    seal_acts.demand_seal(document, wish, who=who, ground=place)
    desk.clock_right()
    office = desk.offices.get(seal_acts.sealing_unit(document, wish.kind, place))
    if office is None or (office.signer is None and office.program is None):
        raise KeyUnavailable(NO_KEY)
    return office


def order_of(office: Office, wish: SealWish, at: dt.datetime) -> SealOrder:
    """What the mark says."""
    return SealOrder(
        copy_kind=wish.kind.value, body=office.body.name, place=office.place, at=at, cover=wish.cover
    )


def archive_copy(desk: Desk, document: Document) -> Path:
    """The file to be sealed: the very bytes that were made when the paper was read (R-092).

    Raises:
        FileMissing: there is none, or its bytes are not those any more.
    """
    source = document.file(Role.ARCHIVE)
    if source is None:
        raise FileMissing(mark("Chưa có bản số hóa PDF/A. Hãy chờ máy đọc xong hoặc bấm thử lại."))
    path = desk.vault.path(source)
    with path.open("rb") as data:
        if hashlib.file_digest(data, "sha256").hexdigest() != source.sha256:
            raise FileMissing(mark("Bản số hóa trong kho bị hỏng. Hãy khôi phục từ bản sao lưu rồi ký lại."))
    return path


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal that has been checked."""

    office: Office
    path: Path
    parcel_id: str
    late: bool
    """It still lacks something."""
    remarks: tuple[str, ...] = ()
    enclosed: tuple[FileRef, ...] = ()
    """The attachments as they go out."""


def record_sealed(desk: Desk, document: Document, kind: CopyKind, done: Sealed, *, who: Person) -> Document:
    """The sealed file made durable, then recorded in one transaction.

    Raises:
        Stale: somebody else changed the Document meanwhile; nothing has been recorded.
    """
    name = f"{_stem(document)}.sealed.pdf"
    file = desk.vault.put(done.path, role=Role.SEALED, media_type="application/pdf", name=name)
    change = seal_acts.sealed(kind, done.parcel_id, who=who)
    more = (*done.remarks, *((STAMP_LATER,) if done.late else ()))
    remarks = (*document.remarks, *more) if more else None
    evidence = keep(desk.witness(done.path), desk.vault) if desk.witness else ()
    files = (file, *done.enclosed, *evidence)
    return desk.store.record(document, replace(change, files=files, remarks=remarks), who=who.login)


def release_document(desk: Desk, document: Document, *, who: Person) -> Document:
    """Sends a file that came signed on its way, byte for byte."""
    return desk.store.record(
        document, seal_acts.release(document, unused_parcel_id(desk, document, document.unit), who=who), who=who.login
    )


def _stem(document: Document) -> str:
    """The paper's own file name; a letter's subject is no file name."""
    return Path(document.paper.name if document.paper else document.name).stem


def unused_parcel_id(desk: Desk, document: Document, sender: str) -> str:
    """The conventional id; a second Document of that number gets ",2" (readers split at the first two commas)."""
    if document.parcel_id:
        return document.parcel_id
    wanted = seal_acts.parcel_number(document, sender)
    candidate, count = wanted, 1
    while desk.store.by_parcel(candidate) is not None:
        count += 1
        candidate = f"{wanted},{count}"
    return candidate
