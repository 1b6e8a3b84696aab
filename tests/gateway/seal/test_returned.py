"""What a signing program of others brings back: taken when it is the one seal that was asked for, refused otherwise."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pyhanko.pdf_utils import generic

from gateway.document import VN
from gateway.errors import CertificateUnfit, ClockOff, CornerTaken, GatewayError, ReturnUnfit
from gateway.seal.mark import MarkStyle
from gateway.seal.plan import Vgca
from gateway.seal.port import Given
from gateway.seal.practice import Practice
from gateway.seal.rehearsal import RehearsalFiles
from gateway.seal.trust import Trust
from gateway.seal.verify import verify
from gateway.seal.vgca import VgcaProgram
from tests.gateway.seal.papers import ORDER, ink_corner, scan
from tests.gateway.seal.pki import Pki
from tests.gateway.seal.vgca_service import CORNER, Hand
from tests.verapdf import Judge


@dataclass
class Desk:
    """One scan, given to a program set up in some way."""

    folder: Path
    practice: Practice

    def program(self, **plan: Any) -> VgcaProgram:
        return VgcaProgram(Vgca(**plan), self.practice, MarkStyle())

    def round(self, hand: Hand, *, turned: int = 0, **plan: Any) -> Path:
        """Gives, has it signed, takes it back; the sealed file."""
        program, now = self.program(**plan), dt.datetime.now(VN)
        source, given, back = (self.folder / f"{name}.pdf" for name in ("scan", "given", "back"))
        scan(source, turned)
        order = replace(ORDER, at=now)
        program.give(source, order, given)
        data = given.read_bytes()
        back.write_bytes(hand.sign(data))
        out = self.folder / "sealed.pdf"
        program.take(back, Given(hashlib.sha256(data).hexdigest(), len(data), now), order, out)
        return out


@pytest.fixture
def desk(tmp_path: Path, trust: Trust) -> Desk:
    return Desk(tmp_path, Practice(trust=lambda: trust))


def test_the_one_seal_that_was_asked_for_is_taken(desk: Desk, pki: Pki, trust: Trust, verapdf: Judge) -> None:
    sealed = desk.round(Hand(pki.p12("good")))

    (seal,) = verify(sealed, trust).signatures
    assert (seal.bottom_line, seal.coverage) == (True, "ENTIRE_FILE")
    assert sealed.read_bytes().startswith((desk.folder / "scan.pdf").read_bytes())
    assert verapdf(sealed, "2b") == []


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_the_gateway_may_print_the_mark_itself(desk: Desk, pki: Pki, verapdf: Judge, turned: int) -> None:
    sealed = desk.round(Hand(pki.p12("good"), box=None), turned=turned, mark="gateway")

    assert verapdf(sealed, "2b") == []
    assert ink_corner(sealed) == "top right"
    text = subprocess.run(["pdftotext", "-layout", str(sealed), "-"], capture_output=True, check=True).stdout.decode()
    assert "Sao y; Ủy ban nhân dân xã Bình Minh;" in text


def paint(writer: Any) -> None:
    """Hides the page's words in the very increment that is signed."""
    page = writer.root["/Pages"]["/Kids"][0]
    stream = writer.add_object(generic.StreamObject(stream_data=b"1 g 100 100 200 200 re f"))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), stream])
    writer.update_container(page)


def open_with_action(writer: Any) -> None:
    writer.root["/OpenAction"] = generic.ArrayObject([generic.NameObject("/Fit")])
    writer.update_root()


def attach(writer: Any) -> None:
    writer.root["/Names"] = generic.DictionaryObject({generic.NameObject("/EmbeddedFiles"): generic.DictionaryObject()})
    writer.update_root()


def note(writer: Any) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    box = generic.ArrayObject(generic.NumberObject(one) for one in (10, 10, 200, 200))
    sticker = {"/Type": generic.NameObject("/Annot"), "/Subtype": generic.NameObject("/Square"), "/Rect": box}
    made = generic.DictionaryObject({generic.NameObject(key): value for key, value in sticker.items()})
    page["/Annots"] = generic.ArrayObject([writer.add_object(made)])
    writer.update_container(page)


def repaint(writer: Any) -> None:
    """Another picture in place of the scan."""
    pictures = writer.root["/Pages"]["/Kids"][0]["/Resources"]["/XObject"]
    picture = pictures[next(iter(pictures))]
    picture._data = picture._encoded_data = b"another picture"
    writer.update_container(picture)


@pytest.mark.parametrize("change", [paint, open_with_action, attach, note, repaint])
def test_more_than_a_seal_is_refused(desk: Desk, pki: Pki, change: Callable[[Any], None]) -> None:
    with pytest.raises(ReturnUnfit, match="Chương trình ký đã sửa"):
        desk.round(Hand(pki.p12("good"), before=change))
    assert not (desk.folder / "sealed.pdf").exists()


def saved_anew(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out)
    return out.getvalue()


def flipped(place: int, data: bytes) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (saved_anew, "không nối tiếp"),
        (partial(flipped, 900), "không nối tiếp"),
        (partial(flipped, -900), "Hãy ký lại"),
        (lambda data: b"%PDF-1.7\n%%EOF\n", "không nối tiếp"),
        (lambda data: b"", "không nối tiếp"),
    ],
    ids=["saved anew", "early byte", "late byte", "another file", "nothing"],
)
def test_what_does_not_extend_the_given_file_is_refused(
    desk: Desk, pki: Pki, after: Callable[[bytes], bytes], said: str
) -> None:
    with pytest.raises(ReturnUnfit, match=said):
        desk.round(Hand(pki.p12("good"), after=after))


def test_a_file_that_was_not_signed_is_refused(desk: Desk, pki: Pki) -> None:
    class Lazy(Hand):
        def sign(self, data: bytes) -> bytes:
            return data

    with pytest.raises(ReturnUnfit, match="chưa có chữ ký số"):
        desk.round(Lazy(pki.p12("good")))


def test_two_signatures_are_one_too_many(desk: Desk, pki: Pki) -> None:
    class Twice(Hand):
        def sign(self, data: bytes) -> bytes:
            from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
            from pyhanko.sign import fields, signers

            signer = signers.SimpleSigner.load_pkcs12(str(self.key[0]), passphrase=self.key[1].read_bytes())
            out = io.BytesIO()
            first = IncrementalPdfFileWriter(io.BytesIO(super().sign(data)), strict=False)
            meta = signers.PdfSignatureMetadata(field_name="B", md_algorithm="sha256")
            tool = signers.PdfSigner(meta, signer=signer, new_field_spec=fields.SigFieldSpec("B", on_page=0))
            tool.sign_pdf(first, output=out)
            return out.getvalue()

    with pytest.raises(ReturnUnfit, match="nhiều chữ ký"):
        desk.round(Twice(pki.p12("good")))


@pytest.mark.parametrize(
    ("key", "error", "said"),
    [
        ("over", CertificateUnfit, "hiệu lực đến"),
        ("revoked", CertificateUnfit, "thu hồi"),
        ("purpose", CertificateUnfit, "không dùng để ký"),
        ("weak", CertificateUnfit, "quá yếu"),
        ("other", CertificateUnfit, "không phải của"),
    ],
)
def test_a_certificate_that_may_not_seal_is_refused(
    desk: Desk, pki: Pki, key: str, error: type[GatewayError], said: str
) -> None:
    with pytest.raises(error, match=said):
        desk.round(Hand(pki.p12(key)))


def test_without_a_root_nobody_is_believed(desk: Desk, pki: Pki, tmp_path: Path) -> None:
    with pytest.raises(CertificateUnfit, match=r"seal\.trust"):
        replace(desk, practice=Practice()).round(Hand(pki.p12("good")))
    with pytest.raises(CertificateUnfit, match=r"seal\.trust"):
        replace(desk, practice=Practice()).program().check_place(scan(tmp_path / "a.pdf"), ORDER)


def test_a_certificate_nobody_here_trusts_is_refused(desk: Desk, files: RehearsalFiles) -> None:
    with pytest.raises(CertificateUnfit, match="chứng thư gốc"):
        desk.round(Hand((files.key, files.passphrase)))


def test_an_old_digest_is_refused(desk: Desk, pki: Pki) -> None:
    with pytest.raises(ReturnUnfit, match="băm quá yếu"):
        desk.round(Hand(pki.p12("good"), digest="sha1"))


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_machine_with_another_time_is_refused(desk: Desk, pki: Pki, minutes: int) -> None:
    there = dt.datetime.now(VN) + dt.timedelta(minutes=minutes)
    with pytest.raises(ClockOff, match="đồng hồ máy văn thư"):
        desk.round(Hand(pki.p12("good"), at=there))


@pytest.mark.parametrize(
    ("box", "mark", "said"),
    [
        (None, "service", "không hiện"),
        ((20, 20, 200, 60), "service", "không hiện"),
        ((100, 795, 590, 835), "service", "không hiện"),
        ((400, 300, 590, 835), "service", "không hiện"),
        ((240, 690, 320, 715), "gateway", "đè lên"),
        (CORNER, "gateway", "đè lên"),
    ],
)
def test_a_mark_in_the_wrong_place_is_refused(
    desk: Desk, pki: Pki, box: tuple[int, int, int, int] | None, mark: str, said: str
) -> None:
    with pytest.raises((ReturnUnfit, CornerTaken), match=said):
        desk.round(Hand(pki.p12("good"), box=box), mark=mark)


def test_a_picture_without_its_font_is_refused_or_told_by_setting(desk: Desk, pki: Pki, verapdf: Judge) -> None:
    plain = Hand(pki.p12("good"), embeds=False)
    with pytest.raises(ReturnUnfit, match="không còn là PDF/A"):
        desk.round(plain)

    assert verapdf(desk.round(plain, pdfa_loss="record"), "2b") != [], "the loss is real"


def test_a_corner_full_of_ink_is_told_before_anything_is_handed_over(desk: Desk, tmp_path: Path) -> None:
    desk.program(mark="gateway").check_place(scan(tmp_path / "free.pdf"), ORDER)
    with pytest.raises(CornerTaken):
        desk.program(mark="gateway").check_place(with_writing(tmp_path / "taken.pdf"), ORDER)


def with_writing(path: Path) -> Path:
    import img2pdf
    import pikepdf.pdfa
    from PIL import Image, ImageDraw

    picture, out = Image.new("RGB", (1240, 1754), "white"), io.BytesIO()
    pen = ImageDraw.Draw(picture)
    for row in range(20, 240, 12):
        pen.line((500, row, 1230, row), fill="black", width=3)
    picture.save(out, "JPEG", dpi=(150, 150))
    with pikepdf.open(io.BytesIO(img2pdf.convert(out.getvalue()))) as pdf:
        pikepdf.pdfa.save(pdf, path, "2b")
    return path
