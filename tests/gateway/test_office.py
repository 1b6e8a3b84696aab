"""An office or text file in a letter is read as its PDF; the file itself stays what it was."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.office import DOUBTFUL, rendered
from gateway.oldfonts import rewritten
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


OLD = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.text">
<office:font-face-decls><style:font-face style:name="V" svg:font-family="&apos;.VnTime&apos;"/>
<style:font-face style:name="H" svg:font-family="&apos;.VnTimeH&apos;"/>
<style:font-face style:name="N" svg:font-family="&apos;VNI-Times&apos;"/>
<style:font-face style:name="L" svg:font-family="&apos;Liberation Serif&apos;"/></office:font-face-decls>
<office:automatic-styles>
<style:style style:name="P" style:family="paragraph"><style:text-properties style:font-name="V"/></style:style>
<style:style style:name="Q" style:family="paragraph"><style:text-properties style:font-name="L"/></style:style>
<style:style style:name="SH" style:family="text"><style:text-properties style:font-name="H"/></style:style>
<style:style style:name="SN" style:family="text"><style:text-properties style:font-name="N"/></style:style>
</office:automatic-styles><office:body><office:text>
<text:p text:style-name="P"><text:span text:style-name="SH">quyÕt ®Þnh</text:span> vÒ viÖc rµ so¸t thñ tôc</text:p>
<text:p text:style-name="Q">Giữ nguyên, <text:span text:style-name="SN">Vieät Nam</text:span></text:p>
</office:text></office:body></office:document>"""


SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:font-face-decls><style:font-face style:name="V" svg:font-family="&apos;.VnTime&apos;"/>
<style:font-face style:name="N" svg:font-family="&apos;VNI-Times&apos;"/>
<style:font-face style:name="L" svg:font-family="&apos;Liberation Serif&apos;"/></office:font-face-decls>
<office:styles><style:style style:name="Default" style:family="table-cell">
<style:text-properties style:font-name="L"/></style:style></office:styles>
<office:automatic-styles>
<style:style style:name="CV" style:family="table-cell" style:parent-style-name="Default">
<style:text-properties style:font-name="V"/></style:style>
<style:style style:name="CN" style:family="table-cell" style:parent-style-name="Default">
<style:text-properties style:font-name="N"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="A">
<table:table-column table:default-cell-style-name="Default"/>
<table:table-column table:default-cell-style-name="CV" table:number-columns-repeated="2"/>
<table:table-row><table:table-cell office:value-type="string"><text:p>Giữ nguyên</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>ñy ban</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>thñ tôc</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell table:style-name="CN" office:value-type="string"><text:p>Vieät Nam</text:p>
</table:table-cell><table:table-cell table:style-name="Default" office:value-type="string"><text:p>Sở Y tế</text:p>
</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document>"""


def test_cells_have_the_font_of_their_style_their_row_or_their_column(tmp_path: Path) -> None:
    flat = tmp_path / "old.fods"
    flat.write_text(SHEET, "utf-8")
    assert rewritten(flat)
    text = flat.read_text("utf-8")
    for words in ("Giữ nguyên", "ủy ban", "thủ tục", "Việt Nam", "Sở Y tế"):
        assert f"<text:p>{words}</text:p>" in text
    assert "VnTime" not in text
    assert not rewritten(flat)


@needs_office
def test_a_workbook_in_the_fonts_of_before_unicode_is_read_in_its_letters(tmp_path: Path) -> None:
    flat = tmp_path / "old.fods"
    flat.write_text(SHEET, "utf-8")
    source = office._converted(flat, office.FLAT_SHEET, tmp_path / "old.xls", office.Limits())

    made = rendered(source, tmp_path)

    assert made is not None
    text = " ".join(look(made.path).pages[0].text.split())
    for words in ("Giữ nguyên", "ủy ban", "thủ tục", "Việt Nam", "Sở Y tế"):
        assert words in text
    assert DOUBTFUL not in made.remarks


@needs_office
@pytest.mark.parametrize("ending", ["docx", "doc"])
def test_a_letter_in_the_fonts_of_before_unicode_is_read_in_its_letters(ending: str, tmp_path: Path) -> None:
    """QUYẾT ĐỊNH in .VnTimeH, the rest in .VnTime and VNI; what was Unicode stays."""
    flat = tmp_path / "old.fodt"
    flat.write_text(OLD, "utf-8")
    source = office._converted(flat, office.FLAT_TEXT, tmp_path / f"old.{ending}", office.Limits())
    before = source.read_bytes()

    made = rendered(source, tmp_path)

    assert made is not None
    text = " ".join(look(made.path).pages[0].text.split())
    assert "QUYẾT ĐỊNH về việc rà soát thủ tục" in text
    assert "Giữ nguyên, Việt Nam" in text
    assert source.read_bytes() == before
