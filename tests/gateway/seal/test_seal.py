"""A sealed copy: mark at the top right, whole, PDF/A still, and every later change noticed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import subprocess
from pathlib import Path

import pikepdf
import pytest

from gateway.document import VN
from gateway.errors import CertificateUnfit, KeyUnavailable, SealBroken, SealError
from gateway.seal.font import LETTERS
from gateway.seal.pades import PadesSeal
from gateway.seal.rehearsal import RehearsalFiles, make_rehearsal_key
from gateway.seal.report import report_as_json
from gateway.seal.signers import Pkcs12Signer, open_signer
from gateway.seal.trust import Trust, load_trust
from gateway.seal.verify import signature_facts, verify
from tests.gateway.seal.papers import BODY, ORDER, ink_corner, scan, sealed
from tests.verapdf import Judge


def test_a_sealed_copy_is_whole_and_trusted(paper: Path, files: RehearsalFiles) -> None:
    report = verify(paper, load_trust(files.authority))

    (one,) = report.signatures
    assert (one.signer, one.intact, one.valid, one.trusted, one.coverage, one.changes) == (
        BODY,
        True,
        True,
        True,
        "ENTIRE_FILE",
        "NONE",
    )
    assert one.bottom_line
    assert one.reason.startswith("Chữ ký hợp lệ và được tin cậy lúc 20/11/2026 09:15:30")
    assert report.pdfa == "2b"


def test_an_unknown_root_is_not_trusted_and_not_invalid(paper: Path) -> None:
    (one,) = verify(paper, Trust()).signatures

    assert (one.valid, one.trusted) == (True, False)
    assert not one.bottom_line
    assert "chưa xác định được độ tin cậy" in one.reason


def test_a_sealed_copy_is_still_pdf_a(paper: Path, verapdf: Judge) -> None:
    assert verapdf(paper, "2b") == []


def test_the_earlier_bytes_stay(paper: Path) -> None:
    before = (paper.parent / "scan-0.pdf").read_bytes()

    assert paper.read_bytes().startswith(before)


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_the_mark_stands_upright_at_the_top_right_of_turned_pages(
    tmp_path: Path, signer: Pkcs12Signer, verapdf: Judge, turned: int
) -> None:
    path = sealed(tmp_path, signer, turned=turned)

    assert ink_corner(path) == "top right"
    assert verapdf(path, "2b") == []


def test_the_mark_reads_as_the_decree_says(paper: Path) -> None:
    text = subprocess.run(["pdftotext", "-layout", str(paper), "-"], capture_output=True, check=True).stdout.decode()

    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert lines == [f"Sao y; {BODY};", "20/11/2026; 09:15:30 +07:00", "Chuyển đổi từ văn bản giấy"]


def test_every_vietnamese_letter_is_in_the_mark(tmp_path: Path, signer: Pkcs12Signer, verapdf: Judge) -> None:
    order = dataclasses.replace(ORDER, body=" ".join(LETTERS[i : i + 20] for i in range(0, len(LETTERS), 20)))
    path = sealed(tmp_path, signer, order)

    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
    assert [letter for letter in LETTERS if letter not in text] == []
    assert len(set(LETTERS)) == 134
    assert verapdf(path, "2b") == []


def test_one_changed_byte_anywhere_is_noticed(paper: Path, files: RehearsalFiles, tmp_path: Path) -> None:
    """Padding, certificates and digits of the hole are no exception (R-110)."""
    data, rng, trust = paper.read_bytes(), random.Random(20261120), load_trust(files.authority)
    path, missed = tmp_path / "changed.pdf", []
    for _ in range(200):
        at = rng.randrange(len(data))
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randrange(8)
        path.write_bytes(bytes(changed))
        report = verify(path, trust)
        if report.whole and all(one.coverage == "ENTIRE_FILE" for one in report.signatures):
            missed.append(at)

    assert missed == []


def test_changed_bytes_in_the_hole_of_the_signature_are_noticed(
    paper: Path, files: RehearsalFiles, tmp_path: Path
) -> None:
    data, trust, path = paper.read_bytes(), load_trust(files.authority), tmp_path / "changed.pdf"
    start = data.index(b"/Contents <") + len(b"/Contents <")
    end = data.index(b">", start)
    filled = len(data[start:end].rstrip(b"0"))
    for what, at, byte in (
        ("padding", end - 7, b"1"),
        ("case", next(at for at in range(start, end) if data[at : at + 1].isalpha()), None),
        ("certificate of the authority", start + 900, None),
        ("signature", start + filled - 40, None),
    ):
        old = data[at : at + 1]
        new = byte or (old.swapcase() if what == "case" else b"0" if old != b"0" else b"1")
        path.write_bytes(data[:at] + new + data[at + 1 :])
        assert not verify(path, trust).whole, what


def test_content_added_afterwards_is_noticed(paper: Path, tmp_path: Path) -> None:
    from pyhanko.pdf_utils.generic import StreamObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    path = tmp_path / "added.pdf"
    with paper.open("rb") as data, path.open("wb") as out:
        writer = IncrementalPdfFileWriter(data)
        writer.add_stream_to_page(0, writer.add_object(StreamObject(stream_data=b"q 0 0 50 50 re f Q")))
        writer.write(out)

    (one,) = verify(path, Trust()).signatures
    assert (one.intact, one.valid, one.changes) == (True, False, "OTHER")


def test_a_file_that_was_saved_anew_or_has_something_behind_its_end_is_noticed(paper: Path, tmp_path: Path) -> None:
    path = tmp_path / "anew.pdf"
    with pikepdf.open(paper) as pdf:
        pdf.save(path)
    assert not verify(path, Trust()).whole

    path.write_bytes(paper.read_bytes() + b"\n%%EOF junk\n")
    assert not verify(path, Trust()).whole
    path.write_bytes(paper.read_bytes() + b"\r\n\n")
    assert verify(path, Trust()).whole, "a line end that some programs leave is no change"


def test_pdf_a_1_is_never_sealed(tmp_path: Path, signer: Pkcs12Signer) -> None:
    """Its rules forbid what a signature adds."""
    path = tmp_path / "old.pdf"
    with pikepdf.open(scan(tmp_path / "scan.pdf")) as pdf:
        with pdf.open_metadata() as meta:
            meta["pdfaid:part"] = "1"
        pdf.save(path)

    with pytest.raises(SealError, match="chưa phải PDF/A"):
        PadesSeal().prepare(path, ORDER, signer)


def test_a_signed_file_is_never_sealed_again(paper: Path, signer: Pkcs12Signer) -> None:
    with pytest.raises(SealError, match="đã có chữ ký số"):
        PadesSeal().prepare(paper, ORDER, signer)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4 junk", b"\x89PNG"])
def test_a_broken_file_is_refused_with_a_sentence(tmp_path: Path, signer: Pkcs12Signer, data: bytes) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(data)

    with pytest.raises(SealError, match=r"\.$"):
        PadesSeal().prepare(path, ORDER, signer)
    assert verify(path, Trust()).problem.endswith(".")


def test_a_file_that_is_not_pdf_a_is_refused(tmp_path: Path, signer: Pkcs12Signer) -> None:
    path = tmp_path / "plain.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path)

    with pytest.raises(SealError, match="chưa phải PDF/A"):
        PadesSeal().prepare(path, ORDER, signer)


def test_a_wrong_cms_leaves_no_file(tmp_path: Path, signer: Pkcs12Signer) -> None:
    seal, out = PadesSeal(), tmp_path / "out.pdf"
    prepared = seal.prepare(scan(tmp_path / "a.pdf"), ORDER, signer)
    other = seal.prepare(scan(tmp_path / "b.pdf"), dataclasses.replace(ORDER, copy_kind="TRÍCH SAO"), signer)

    with pytest.raises(SealBroken):
        seal.finish(prepared, signer.cms(other), out)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.pdf", "b.pdf"]


def test_a_certificate_out_of_its_time_is_unfit(signer: Pkcs12Signer) -> None:
    signer.check(dt.datetime.now(VN))
    with pytest.raises(CertificateUnfit, match="hiệu lực"):
        signer.check(dt.datetime.now(VN) + dt.timedelta(days=4000))


def test_a_rehearsal_key_says_so(signer: Pkcs12Signer) -> None:
    assert signer.rehearsal
    assert signer.subject() == BODY


def test_a_wrong_passphrase_opens_nothing(files: RehearsalFiles, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("sai")

    with pytest.raises(KeyUnavailable):
        open_signer(files.key, wrong)
    with pytest.raises(KeyUnavailable):
        open_signer(tmp_path / "missing.p12", files.passphrase)


def test_the_key_is_made_once_and_for_the_owner_only(files: RehearsalFiles) -> None:
    before = files.key.read_bytes()

    make_rehearsal_key(files, body="Khác", place="", now=dt.datetime.now(VN))

    assert files.key.read_bytes() == before
    assert files.key.stat().st_mode & 0o077 == 0


def test_facts_and_json_tell_who_and_when(paper: Path) -> None:
    (fact,) = signature_facts(paper)
    told = report_as_json(verify(paper, Trust()))

    assert (fact.common_name, fact.locality) == (BODY, "Bình Minh")
    assert set(told["signatures"][0]) >= {
        "signer",
        "time",
        "intact",
        "valid",
        "trusted",
        "coverage",
        "changes",
        "bottom_line",
    }
    assert told["pdfa"] == "2b"
