"""The judge can say no: known ways to break PDF/A are found."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pytest

from gateway.errors import SealError
from gateway.seal.pdfa_gate import claimed_part, gate, judged
from gateway.seal.signers import Pkcs12Signer
from tests.gateway.seal.papers import sealed
from tests.verapdf import Judge


def conforming(path: Path) -> Path:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pikepdf.pdfa.save(pdf, path, "2b")
    return path


def test_a_conforming_file_passes(tmp_path: Path, verapdf: Judge) -> None:
    assert verapdf(conforming(tmp_path / "a.pdf"), "2b") == []


def test_junk_after_the_end_is_found(tmp_path: Path, verapdf: Judge) -> None:
    path = conforming(tmp_path / "a.pdf")
    path.write_bytes(path.read_bytes() + b"\njunk\n")

    assert "6.1.3-3" in verapdf(path, "2b")


def test_a_plain_pdf_is_found(tmp_path: Path, verapdf: Judge) -> None:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    path = tmp_path / "plain.pdf"
    path.write_bytes(out.getvalue())

    assert verapdf(path, "2b") != []


def test_a_font_of_2048_units_is_found(tmp_path: Path, verapdf: Judge) -> None:
    """The reason why gateway.seal.font rescales: the PDF library writes widths in the font's own units."""
    import datetime as dt

    from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.text import TextBoxStyle
    from pyhanko.sign.fields import SigFieldSpec
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
    from pyhanko.stamp import TextStampStyle

    from gateway.seal.font import LIBERATION
    from gateway.seal.rehearsal import RehearsalFiles, make_rehearsal_key

    files = RehearsalFiles(tmp_path / "k.p12", tmp_path / "p", tmp_path / "ca.pem")
    make_rehearsal_key(files, body="Cơ quan", place="", now=dt.datetime.now(dt.UTC))
    signer = SimpleSigner.load_pkcs12(str(files.key), passphrase=files.passphrase.read_bytes())
    font = GlyphAccumulatorFactory(str(LIBERATION), font_size=10, create_objstream_if_needed=False)
    style = TextStampStyle(stamp_text="Cơ quan", background=None, text_box_style=TextBoxStyle(font=font))
    path = tmp_path / "out.pdf"
    with conforming(tmp_path / "a.pdf").open("rb") as data, path.open("wb") as out:
        tool = PdfSigner(
            PdfSignatureMetadata(field_name="A", md_algorithm="sha256"),
            signer=signer,
            stamp_style=style,
            new_field_spec=SigFieldSpec("A", box=(300, 700, 500, 760)),
        )
        tool.sign_pdf(IncrementalPdfFileWriter(data), output=out)

    assert "6.2.11.5-1" in verapdf(path, "2b")


VERAPDF = """#!{python}
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.verapdf import broken_rules
words = sys.argv[1:]
assert words[:3] == ["--format", "text", "--flavour"], words
print("FAIL" if broken_rules(Path(words[4]), words[3]) else "PASS", words[4])
"""
"""The command veraPDF as its manual has it, over the same judge; the real command is no package here."""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "verapdf"
    script.write_text(VERAPDF.format(python=sys.executable, root=str(Path(__file__).parents[3])))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return script


def test_where_verapdf_is_installed_it_has_the_last_word(
    command: Path, tmp_path: Path, signer: Pkcs12Signer
) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(conforming(tmp_path / "a.pdf").read_bytes() + b"\njunk\n")  # no other check sees it
    with pytest.raises(SealError, match="veraPDF"):
        gate(bad)
    assert sealed(tmp_path, signer).exists(), "asked before the seal and after it"


def test_a_verapdf_that_says_nothing_judges_nothing(command: Path, tmp_path: Path) -> None:
    good = conforming(tmp_path / "a.pdf")
    for body in ("exit 7", "echo out of memory", "exec sleep 1"):
        command.write_text(f"#!/bin/sh\n{body}\n")
        assert judged(good, claimed_part(good)) is None
    command.chmod(0o644)
    assert judged(good, claimed_part(good)) is None
