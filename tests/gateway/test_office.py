"""An office or text file in a letter is read as its PDF; the file itself stays what it was."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.office import DOUBTFUL, rendered
from mail import inside, sniff
from ocr import office
from ocr.read import look

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
needs_office = pytest.mark.skipif(not any(os.path.exists(one) for one in office._PROGRAMS),
                                  reason="LibreOffice is not installed (Debian package libreoffice-writer-nogui)")
TCVN3 = "Sè: 12/UBND-VP, kÝnh göi ñy ban nh©n d©n x· MÉu vÒ viÖc rµ so¸t thñ tôc hµnh chÝnh".encode("latin-1")


def test_both_rooms_mean_the_same_formats() -> None:
    told = {sniff.TXT, sniff.CSV, sniff.RTF, inside.DOC, inside.DOCX, inside.ODT, inside.XLS, inside.XLSX, inside.ODS}
    assert told == set(office.ENDINGS)


def test_pdf_and_pictures_and_what_nobody_reads_stay_as_they_are(tmp_path: Path) -> None:
    assert rendered(SAMPLES / "giay-moi-hop.pdf", tmp_path) is None
    assert rendered(SAMPLES / "thong-bao-nghi-le.png", tmp_path) is None
    unknown = tmp_path / "a.bin"
    unknown.write_bytes(os.urandom(4000))
    assert rendered(unknown, tmp_path) is None


@needs_office
def test_a_text_in_an_old_encoding_is_read_in_its_letters(tmp_path: Path) -> None:
    path = tmp_path / "cv.txt"
    path.write_bytes(TCVN3)
    made = rendered(path, tmp_path)
    assert made is not None
    assert "ủy ban nhân dân xã Mẫu về việc rà soát" in look(made.path).pages[0].text.replace("\n", " ")
    assert DOUBTFUL not in made.remarks
    assert path.read_bytes() == TCVN3
