"""What a file is, and whether all of it is there."""
from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from ocr.complete import State, completeness
from ocr.triage import Kind, PageKind, triage
from tests.ocr import drawing

SHARED = Path(__file__).parents[3] / "shared"
OWN_TEXT = ["Quyet dinh ve viec ban hanh quy che lam viec", "Dieu 1. Ban hanh kem theo Quyet dinh nay"]


def put(folder: Path, data: bytes, name: str = "in.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def join(*parts: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for part in parts:
            with pikepdf.open(io.BytesIO(part)) as other:
                pdf.pages.extend(other.pages)
        pdf.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def scan() -> bytes:
    return drawing.scan_pdf([drawing.letter()])


def test_pictures_are_known_by_their_bytes_and_not_by_their_name(tmp_path: Path) -> None:
    page = drawing.letter(100)
    for data in (drawing.jpeg(page), drawing.png(page), drawing.tiff([page, page])):
        assert triage(put(tmp_path, data, "thu.pdf")).kind is Kind.IMAGE
    assert triage(put(tmp_path, drawing.tiff([page, page]))).pages == 2


def test_a_page_covered_by_a_picture_is_a_scan(tmp_path: Path, scan: bytes) -> None:
    found = triage(put(tmp_path, scan))
    assert (found.kind, found.page_kinds) == (Kind.SCAN, (PageKind.SCAN,))


def test_a_page_of_strips_is_a_scan(tmp_path: Path) -> None:
    page = drawing.letter(100)
    high = page.height // 4
    strips = [page.crop((0, top, page.width, top + high)) for top in range(0, 4 * high, high)]
    with pikepdf.open(io.BytesIO(drawing.scan_pdf(strips))) as pdf:
        pictures = [part.obj.Resources.XObject[next(iter(part.obj.Resources.XObject.keys()))] for part in pdf.pages]
        whole = pdf.add_blank_page(page_size=(595, 842))
        whole.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(
            {f"/I{number}": picture for number, picture in enumerate(pictures)}))
        whole.obj.Contents = pdf.make_stream("".join(
            f"q 595 0 0 210.5 0 {631.5 - 210.5 * number} cm /I{number} Do Q\n" for number in range(4)).encode())
        del pdf.pages[:4]
        path = tmp_path / "strips.pdf"
        pdf.save(path)
    assert triage(path).kind is Kind.SCAN


def test_own_text_makes_a_page_digital(tmp_path: Path) -> None:
    found = triage(put(tmp_path, drawing.text_pdf(OWN_TEXT)))
    assert (found.kind, found.page_kinds) == (Kind.DIGITAL, (PageKind.DIGITAL,))


def test_both_sorts_of_pages_are_mixed(tmp_path: Path, scan: bytes) -> None:
    found = triage(put(tmp_path, join(drawing.text_pdf(OWN_TEXT), scan)))
    assert (found.kind, found.page_kinds) == (Kind.MIXED, (PageKind.DIGITAL, PageKind.SCAN))


def test_a_signed_scan_is_signed_and_still_a_scan_whatever_its_legend_says(tmp_path: Path, scan: bytes) -> None:
    found = triage(put(tmp_path, drawing.with_signature_field(scan, signed=True, visible_text=True)))
    assert (found.kind, found.signed_scan) == (Kind.SIGNED, True)


def test_a_signed_letter_with_own_text_is_no_signed_scan(tmp_path: Path) -> None:
    found = triage(put(tmp_path, drawing.with_signature_field(drawing.text_pdf(OWN_TEXT), signed=True)))
    assert (found.kind, found.signed_scan) == (Kind.SIGNED, False)


def test_an_empty_signature_field_is_no_signature(tmp_path: Path, scan: bytes) -> None:
    assert triage(put(tmp_path, drawing.with_signature_field(scan, signed=False))).kind is Kind.SCAN


def test_a_signature_whose_form_was_lost_is_found_on_its_page(tmp_path: Path, scan: bytes) -> None:
    with pikepdf.open(io.BytesIO(drawing.with_signature_field(scan, signed=True))) as pdf:
        del pdf.Root.AcroForm
        path = tmp_path / "lost.pdf"
        pdf.save(path)
    assert triage(path).kind is Kind.SIGNED


def test_a_password_makes_it_encrypted_and_an_owner_password_does_not(tmp_path: Path, scan: bytes) -> None:
    with pikepdf.open(io.BytesIO(scan)) as pdf:
        pdf.save(tmp_path / "user.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
        pdf.save(tmp_path / "owner.pdf", encryption=pikepdf.Encryption(owner="a", user=""))
    assert triage(tmp_path / "user.pdf").kind is Kind.ENCRYPTED
    assert triage(tmp_path / "owner.pdf").kind is Kind.SCAN


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"", Kind.UNKNOWN), (b"PK\x03\x04 docx", Kind.UNKNOWN), (b"%PDF-1.7\nnothing", Kind.BROKEN),
     (b"\x89PNG\r\n\x1a\n123", Kind.BROKEN), (b"II*\x00\xff\xff\xff\xff", Kind.BROKEN),
     (b"\xff\xd8\xff\xe0", Kind.BROKEN)],
)
def test_rubbish_is_an_answer_and_not_an_exception(tmp_path: Path, data: bytes, kind: Kind) -> None:
    assert triage(put(tmp_path, data)).kind is kind


def files() -> dict[str, bytes]:
    page = drawing.letter(100)
    thumb = io.BytesIO()
    page.resize((80, 120)).save(thumb, "JPEG")
    app1 = b"\xff\xe1" + (len(thumb.getvalue()) + 2).to_bytes(2, "big") + thumb.getvalue()
    plain = drawing.jpeg(page)
    return {
        "scan.pdf": drawing.scan_pdf([page]),
        "text.pdf": drawing.text_pdf(OWN_TEXT),
        "jpeg": plain,
        "jpeg with a thumbnail": plain[:2] + app1 + plain[2:],
        "png": drawing.png(page),
        "tiff of three pages": drawing.tiff([page, page, page]),
    }


FILES = files()


@pytest.mark.parametrize("name", FILES)
def test_a_whole_file_is_complete(tmp_path: Path, name: str) -> None:
    assert completeness(put(tmp_path, FILES[name])).state is State.COMPLETE


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.97])
@pytest.mark.parametrize("name", FILES)
def test_a_half_written_file_is_never_complete(tmp_path: Path, name: str, share: float) -> None:
    data = FILES[name]
    found = completeness(put(tmp_path, data[: round(len(data) * share)]))
    assert found.state is State.TRUNCATED
    assert found.reason


@pytest.mark.parametrize("name", ["jpeg", "scan.pdf", "png"])
def test_padding_after_the_end_does_no_harm(tmp_path: Path, name: str) -> None:
    assert completeness(put(tmp_path, FILES[name] + b"\0" * 512)).state is State.COMPLETE


def test_a_preallocated_file_full_of_zeros_behind_its_beginning_is_not_complete(tmp_path: Path) -> None:
    for data in FILES.values():
        half = len(data) // 2
        assert completeness(put(tmp_path, data[:half] + b"\0" * (len(data) - half))).state is State.TRUNCATED


def test_other_bytes_are_foreign_and_an_empty_file_may_still_grow(tmp_path: Path) -> None:
    assert completeness(put(tmp_path, b"PK\x03\x04")).state is State.FOREIGN
    assert completeness(put(tmp_path, b"")).state is State.TRUNCATED


def test_a_tiff_whose_directories_run_in_a_circle_ends(tmp_path: Path) -> None:
    data = bytearray(drawing.tiff([Image.new("1", (8, 8))]))
    place = int.from_bytes(data[4:8], "little")
    after = place + 2 + 12 * int.from_bytes(data[place : place + 2], "little")
    data[after : after + 4] = place.to_bytes(4, "little")
    assert completeness(put(tmp_path, bytes(data))).reason == "directories_run_in_a_circle"


@pytest.mark.skipif(not (SHARED / "hostile").is_dir(), reason="../shared/hostile is not here")
def test_no_hostile_file_makes_triage_or_completeness_raise() -> None:
    for path in sorted((SHARED / "hostile").iterdir()):
        triage(path)
        completeness(path)
