"""The one place where the organization's key is used, always inside a sealer's own request (R-090).

Order: 1. who and what is checked (acts)  2. the certificate is checked  3. mark and empty signature  4. the key's
holder signs the digest  5. embed and validate  6. the file is durable in the vault  7. one transaction records it.
A crash before 7 leaves the Document unsealed; the sealer repeats the act.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.document import Document, FileRef, Role
from gateway.errors import FileMissing, KeyUnavailable
from gateway.review import acts
from gateway.review.acts import Ground, Person, SealWish
from gateway.review.desk import Desk, Office
from gateway.review.translations import mark
from gateway.seal.port import STAMP_LATER, SealOrder, Signer


def ground(desk: Desk) -> Ground:
    """What acts.py needs to know of this place."""
    return Ground(desk.home, desk.own_scanners)


def seal_document(desk: Desk, document: Document, wish: SealWish, *, who: Person) -> Document:
    """Seals the archive copy and records it; the machine sends it on.

    Raises:
        NotAllowed, WrongStage, Incomplete: see acts.demand_seal.
        SealError: the key or the result; nothing has been recorded.
        Stale: somebody else changed the Document meanwhile; nothing has been recorded.
    """
    place = ground(desk)
    acts.demand_seal(document, wish, who=who, ground=place)
    office, signer = _office_with_key(desk, acts.sealing_unit(document, wish.kind, place))
    at = desk.clock()
    signer.check(at)
    kind, cover = wish.kind.value, wish.cover
    order = SealOrder(copy_kind=kind, body=office.body.name, place=office.place, at=at, cover=cover)
    with TemporaryDirectory(dir=desk.vault.work_folder(), prefix="seal-") as folder:
        file, late = _sealed_file(desk, document, order, signer, Path(folder))
    change = acts.sealed(wish.kind, _unused_parcel_id(desk, document, office.body.code), who=who)
    remarks = (*document.remarks, STAMP_LATER) if late else None
    return desk.store.record(document, replace(change, files=(file,), remarks=remarks), who=who.login)


def release_document(desk: Desk, document: Document, *, who: Person) -> Document:
    """Sends a file that came signed on its way, byte for byte."""
    return desk.store.record(
        document, acts.release(document, _unused_parcel_id(desk, document, document.unit), who=who), who=who.login
    )


def _office_with_key(desk: Desk, unit: str) -> tuple[Office, Signer]:
    office = desk.offices.get(unit)
    if office is None or office.signer is None:
        raise KeyUnavailable(
            mark("Đơn vị này chưa có khóa ký ở đây. Hãy nhờ quản trị viên khai báo khóa ký của đơn vị.")
        )
    return office, office.signer


def _sealed_file(
    desk: Desk, document: Document, order: SealOrder, signer: Signer, folder: Path
) -> tuple[FileRef, bool]:
    """The sealed file, and whether its seal still lacks something."""
    source = document.file(Role.ARCHIVE)
    if source is None:
        raise FileMissing(mark("Chưa có bản số hóa PDF/A. Hãy chờ máy đọc xong hoặc bấm thử lại."))
    prepared = desk.seal.prepare(desk.vault.path(source), order, signer)
    out = folder / "sealed.pdf"
    desk.seal.finish(prepared, signer.cms(prepared), out)
    late = desk.seal.lacks(out)
    name = f"{_stem(document)}.sealed.pdf"
    return desk.vault.put(out, role=Role.SEALED, media_type="application/pdf", name=name), late


def _stem(document: Document) -> str:
    """The paper's own file name; a letter's subject is no file name."""
    return Path(document.paper.name if document.paper else document.name).stem


def _unused_parcel_id(desk: Desk, document: Document, sender: str) -> str:
    """The conventional id; a second Document of that number gets ",2" (readers split at the first two commas)."""
    if document.parcel_id:
        return document.parcel_id
    wanted = acts.parcel_number(document, sender)
    candidate, count = wanted, 1
    while desk.store.by_parcel(candidate) is not None:
        count += 1
        candidate = f"{wanted},{count}"
    return candidate
