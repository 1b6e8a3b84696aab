"""What a sealer decides: which kind of copy, whose key, what must be stated first; and the release of what came signed.

Pure, as `review.acts` is: values in, a Change or a refusal out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.document import Change, CopyKind, Document, Door, Mover, Stage
from gateway.errors import Incomplete, NotAllowed, WrongStage
from gateway.review.acts import SIGNED, Act, Person, demand
from gateway.review.translations import mark
from gateway.verdicts import BROKEN
from rules.copy_mark import BEARS_COPY_MARK
from rules.field import Name

SCANS = frozenset({"scan", "image"})
"""`Document.kind` of pictures of a paper (ocr.triage)."""
TYPED = "digital"
"""`Document.kind` of what a program wrote: office files and PDF of their making.  It is nobody's scan (R-092)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What decision 13 needs to know of the place a paper came to."""

    home: str
    """Code of the serving office."""
    own_scanners: frozenset[str] = field(default_factory=frozenset)
    """Mail addresses of the office's own scan-to-mail devices."""


COPIES = (CopyKind.SAO_Y, CopyKind.SAO_LUC, CopyKind.TRICH_SAO)


def copy_kinds(document: Document, who: Person, ground: Ground) -> tuple[CopyKind, ...]:
    """The kinds of copy this person may seal this paper as, the likeliest first (design.md decision 13)."""
    door = document.origin.door
    if door is Door.EXCHANGE or document.kind == SIGNED:
        return ()
    # A saved letter that somebody hands in is still a letter.
    carried = door in (Door.FOLDER, Door.DESK) and not document.is_letter
    own_scan = (carried or document.by.lower() in ground.own_scanners) and document.kind != TYPED
    # A unit's clerk can hold a scan against the unit's own paper; an office file or a born-digital PDF that came by
    # mail without a signature has no original to be compared with.
    if own_scan or (document.unit in who.units and document.kind in SCANS):
        # What bears the mark of a copy is no original: the next copy is a Sao lục (Decree 30/2020 Article 3.11; R-094).
        again = BEARS_COPY_MARK in document.remarks
        return (CopyKind.SAO_LUC, CopyKind.SAO_Y, CopyKind.TRICH_SAO) if again else COPIES
    return (CopyKind.CHUYEN_TIEP,)


def sealing_unit(document: Document, kind: CopyKind, ground: Ground) -> str:
    """Code of the unit whose key seals: a unit's mail passed on for information carries the serving office's."""
    return ground.home if kind is CopyKind.CHUYEN_TIEP else document.unit


NO_PAGES = mark("Chưa ghi số trang của bản giấy. Hãy đếm trang bản giấy rồi ghi vào.")
OTHER_PAGES = mark(
    "Số trang bản giấy khác số trang bản số hóa. Hãy đếm lại; nếu thiếu trang thì từ chối văn bản này rồi quét lại."
)


@dataclass(frozen=True, slots=True)
class SealWish:
    """What the sealer chose and stated."""

    kind: CopyKind
    compared: bool
    """ "I have compared the digitized copy with the paper" (R-093)."""
    pages: int = 0
    """Pages of the paper, as the sealer counted them (R-027); 0 when nothing was entered."""
    cover: bool = False
    """The mark may cover what stands in the corner of the first page."""


def demand_seal(document: Document, wish: SealWish, *, who: Person, ground: Ground) -> None:
    """Raises unless this person may seal this paper as that kind now.

    Raises:
        NotAllowed: role, unit, or a kind that its door does not permit.
        WrongStage: not confirmed, or nobody to send it to.
        Incomplete: the statement "compared with the paper" is missing (R-093), or the paper has another number of
            pages than its copy (R-027).
    """
    demand(Act.SEAL, document, who)
    if document.held:
        raise WrongStage(mark("Văn bản đang tạm giữ. Hãy bỏ tạm giữ rồi ký."))
    if wish.kind not in copy_kinds(document, who, ground):
        raise NotAllowed(mark("Hình thức sao này không dùng được cho nguồn của văn bản. Hãy chọn hình thức khác."))
    if not wish.compared:
        raise Incomplete(
            {"compared": mark("Chưa xác nhận đã đối chiếu. Hãy đối chiếu bản số hóa với bản giấy rồi đánh dấu.")}
        )
    if wish.kind in COPIES and (not wish.pages or wish.pages != document.pages):
        raise Incomplete({"pages": OTHER_PAGES if wish.pages else NO_PAGES})


def sealed(kind: CopyKind, parcel_id: str, *, who: Person) -> Change:
    """The Change of a sealing that has succeeded; the caller adds the sealed file."""
    return Change(
        what="sealed",
        why=f"{kind.value}.",
        to=Stage.SEALED,
        by=Mover.CLERK,
        copy_kind=kind,
        sealed_by=who.login,
        parcel_id=parcel_id,
        release=True,
    )


def release(document: Document, parcel_id: str, *, who: Person) -> Change:
    """A file that came with valid signatures goes on byte for byte; nothing of ours is added (design.md decision 6)."""
    demand(Act.RELEASE, document, who)
    if document.held:
        raise WrongStage(mark("Văn bản đang tạm giữ. Hãy bỏ tạm giữ rồi phát hành."))
    if BROKEN in document.remarks:
        raise NotAllowed(mark(
            "Chữ ký trên tệp không còn nguyên vẹn nên không phát hành. Hãy đề nghị nơi gửi gửi lại tệp gốc."))
    return Change(
        what="released", to=Stage.SEALED, by=Mover.CLERK, sealed_by=who.login, parcel_id=parcel_id, release=True
    )


def parcel_number(document: Document, sender: str) -> str:
    """DocumentId as interchange.md §9.2 has it: "H99.7,2026/11/20,125/UBND-VP"; the caller makes it unique."""
    value = {
        name: document.fields[name].value for name in (Name.NUMBER, Name.SYMBOL, Name.DATE) if name in document.fields
    }
    day = value.get(Name.DATE, "").replace("-", "/")
    return f"{sender},{day},{value.get(Name.NUMBER, '')}/{value.get(Name.SYMBOL, '')}"
