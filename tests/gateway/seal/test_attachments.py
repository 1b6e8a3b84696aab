"""Separate attachments of a copy have a seal each: number, symbol and time at the top right (R-102)."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
from pathlib import Path

import pikepdf

from gateway.document import LETTER_TYPE, VN, Change, CopyKind, Document, Door, Mover, Origin, Role, Stage
from gateway.exchange.port import Body
from gateway.review.acts import Person
from gateway.review.desk import Desk, Office
from gateway.review.enclosing import UNSEALED
from gateway.review.seal_acts import SealWish
from gateway.review.sealing import seal_document
from gateway.seal.pades import PadesSeal
from gateway.seal.port import STAMP_LATER
from gateway.seal.practice import Practice
from gateway.seal.signers import open_signer
from gateway.seal.trust import Trust
from gateway.seal.verify import verify
from gateway.steps.stamp import StampTools, stamp
from tests.gateway.papers import BODIES, FIELDS, Papers
from tests.gateway.seal.papers import BODY, ink_corner, scan
from tests.gateway.seal.pki import Pki
from tests.gateway.seal.vgca_service import Hand
from tests.verapdf import Judge

CLERK = Person("hoa", "Hoa", frozenset({"sealer"}), frozenset({"H99.1"}))


def letter(papers: Papers, archive: Path, attachments: dict[str, bytes]) -> Document:
    """A confirmed letter of a unit: a scan as its paper, and what came with it."""

    def put(role: Role, name: str, data: bytes, media_type: str = "application/pdf") -> object:
        return papers.vault.put(io.BytesIO(data), role=role, media_type=media_type, name=name)

    original = papers.vault.put(io.BytesIO(b"From: x\n\n"), role=Role.ORIGINAL, media_type=LETTER_TYPE, name="Gửi")
    document = papers.store.receive(Origin(Door.SMTP, "1"), original, unit="H99.1", name="Gửi", by="xa@example.vn",
                                    at=dt.datetime.now(VN)).document  # fmt: skip
    kinds = {".pdf": "application/pdf", ".xlsx": "application/vnd.ms-excel"}
    files = [put(Role.PAPER, "van-ban.pdf", archive.read_bytes()), put(Role.ARCHIVE, "a.pdf", archive.read_bytes())]
    files += [put(Role.ATTACHMENT, name, data, kinds[Path(name).suffix]) for name, data in attachments.items()]
    for change in (
        Change(what="read", to=Stage.READ, kind="scan", pages=1, files=tuple(files)),  # type: ignore[arg-type]
        Change(what="proposed", to=Stage.PROPOSED, fields=FIELDS),
        Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, recipients=BODIES, confirmed_by="lan"),
    ):
        document = papers.record(document, change)
    return document


def desk(papers: Papers, pki: Pki, practice: Practice) -> Desk:
    office = Office(Body("H99.1", BODY), "Bình Minh", open_signer(*pki.p12("good"), practice))
    return Desk(store=papers.store, vault=papers.vault, seal=PadesSeal(practice=practice), offices={"H99.1": office},
                home="H99.1", picture=lambda *_: b"", take=lambda *_, **__: None,  # type: ignore[arg-type,return-value]
                clock=lambda: dt.datetime.now(VN))  # fmt: skip


def plain(folder: Path, name: str) -> bytes:
    """A scanned page that nobody made a PDF/A."""
    scan(folder / name)
    with pikepdf.open(folder / name) as pdf:
        del pdf.Root.Metadata
        del pdf.Root.OutputIntents
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


WISH = SealWish(CopyKind.SAO_Y, compared=True, pages=1)


def test_every_pdf_among_the_attachments_has_its_own_seal(
    papers: Papers, pki: Pki, trust: Trust, tmp_path: Path, verapdf: Judge
) -> None:
    signed = Hand(pki.p12("other")).sign(scan(tmp_path / "other.pdf").read_bytes())
    came = {"phu-luc-1.pdf": scan(tmp_path / "one.pdf").read_bytes(), "phu-luc-2.pdf": plain(tmp_path, "two"),
            "bang-tinh.xlsx": b"PK\3\4 a table", "da-ky.pdf": signed}  # fmt: skip
    document = letter(papers, scan(tmp_path / "scan.pdf", 180), came)

    now = seal_document(desk(papers, pki, Practice(trust=lambda: trust)), document, WISH, who=CLERK)

    assert [file.name for file in now.enclosed] == list(came)
    assert UNSEALED in now.remarks
    paths = [papers.vault.path(file) for file in now.enclosed]
    assert [path.read_bytes() for path in paths[2:]] == [came["bang-tinh.xlsx"], signed], "as they came"
    for path in paths[:2]:
        (seal,) = verify(path, trust).signatures
        assert (seal.bottom_line, seal.signer, ink_corner(path)) == (True, BODY, "top right")
        text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout.decode()
        words = " ".join(text.split())
        assert words.startswith(f"125/UBND-VP; {dt.datetime.now(VN):%d/%m/%Y};")
        assert "Sao y" not in words
        assert verapdf(path, "2b") == []
    assert paths[0].read_bytes().startswith(came["phu-luc-1.pdf"])
    assert [file.sha256 for file in now.attachments] == [file.sha256 for file in document.attachments], "kept as well"


def test_what_is_only_passed_on_has_no_seals_on_its_attachments(papers: Papers, pki: Pki, tmp_path: Path) -> None:
    document = letter(papers, scan(tmp_path / "scan.pdf", 180), {"a.pdf": scan(tmp_path / "a.pdf").read_bytes()})
    stranger = Person("lan", "Lan", frozenset({"sealer"}))
    wish = SealWish(CopyKind.CHUYEN_TIEP, compared=True)

    now = seal_document(desk(papers, pki, Practice()), document, wish, who=stranger)

    assert now.enclosed == now.attachments


def test_attachments_get_their_time_stamps_later_with_the_paper(
    papers: Papers, pki: Pki, trust: Trust, tmp_path: Path
) -> None:
    practice = Practice(trust=lambda: trust, level="B-T", stamp_url=pki.stamps, later=True)
    document = letter(papers, scan(tmp_path / "scan.pdf", 180), {"a.pdf": scan(tmp_path / "a.pdf").read_bytes()})
    pki.silent.set()
    try:
        document = seal_document(desk(papers, pki, practice), document, WISH, who=CLERK)
    finally:
        pki.silent.clear()
    assert STAMP_LATER in document.remarks
    seal = PadesSeal(practice=practice)

    change = stamp(document, StampTools(seal, papers.vault))

    assert change is not None
    now = papers.record(document, change)
    assert len(now.enclosed) == 1
    assert not any(seal.lacks(papers.vault.path(file)) for file in (now.file(Role.SEALED), *now.enclosed) if file)
