"""The mark's font: a subset with all Vietnamese letters, rescaled to 1000 units per em.

The rescaling is no ornament: the PDF library writes glyph widths in the font's own units where PDF wants thousandths
of an em, so any other scale makes a file that is not PDF/A (ISO 19005-2, 6.2.11.5) and looks wrong.
"""

from __future__ import annotations

import hashlib
import tempfile
from functools import cache
from pathlib import Path

from gateway.errors import BadSettings

LIBERATION = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
"""Metrics of Times New Roman; free.  An office may name its own Times New Roman file instead."""
_KEPT = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x1A0, 0x1A1),
    (0x1AF, 0x1B0),
    (0x300, 0x323),
    (0x1EA0, 0x1EF9),
    (0x2010, 0x2026),
    (0x20AB, 0x20AB),
)
LETTERS = "".join(base + base.upper() for base in "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ")
"""The 134 accented letters of Vietnamese."""


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="vanthu-font-")


@cache
def mark_font(source: Path = LIBERATION) -> Path:
    """A font file fit for the mark, made once per process.

    Raises:
        BadSettings: the file is missing, no font, or lacks a Vietnamese letter.
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont, TTLibError
    from fontTools.ttLib.scaleUpem import scale_upem

    try:
        font = TTFont(source)
    except (OSError, TTLibError) as error:
        raise BadSettings(
            f"Không dùng được phông chữ {source}. Hãy cài gói fonts-liberation2 hoặc chỉ tệp phông khác."
        ) from error
    missing = [letter for letter in LETTERS if ord(letter) not in font.getBestCmap()]
    if missing:
        raise BadSettings(f"Phông chữ {source} thiếu chữ {missing[0]}. Hãy chọn phông có đủ chữ tiếng Việt.")
    options = subset.Options(hinting=False, notdef_outline=True, drop_tables=["FFTM", "DSIG"])
    tool = subset.Subsetter(options)
    tool.populate(unicodes=[code for first, last in _KEPT for code in range(first, last + 1)])
    tool.subset(font)
    scale_upem(font, 1000)
    out = Path(_folder().name) / f"{hashlib.sha256(str(source).encode()).hexdigest()[:12]}.ttf"
    font.save(out)
    return out
