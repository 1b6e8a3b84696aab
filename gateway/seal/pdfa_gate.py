"""A cheap look before sealing: unsigned, not encrypted, and PDF/A.  It costs milliseconds and needs no Java.

Where the program veraPDF is installed it has the last word, before the seal and after it.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
from pathlib import Path

from gateway.errors import SealError

log = logging.getLogger(__name__)
VERAPDF_S = 120.0
"""It is waited for so long; what it has not judged by then counts as not judged."""
_ARCHIVAL = ("2b", "2u", "2a", "3b", "3u", "3a")
_PART = re.compile(rb"pdfaid:part\s*(?:=\s*[\"']|>)\s*(\d)")
_CONFORMANCE = re.compile(rb"pdfaid:conformance\s*(?:=\s*[\"']|>)\s*([A-Za-z])")


def claimed_part(path: Path) -> str:
    """What the file's metadata claims ("2b"), or "".  A claim is no proof."""
    import pikepdf

    try:
        with pikepdf.open(path) as pdf:
            data = pdf.Root.Metadata.read_bytes() if "/Metadata" in pdf.Root else b""
    except (pikepdf.PdfError, pikepdf.PasswordError, OSError):
        return ""
    part, conformance = _PART.search(data), _CONFORMANCE.search(data)
    return f"{part[1].decode()}{conformance[1].decode().lower()}" if part and conformance else ""


def gate(path: Path) -> None:
    """Refuses what must not be sealed.

    Raises:
        SealError: encrypted, broken, signed already, or failing PDF/A.
    """
    demand_verdict(path, sealable_part(path))


def sealable_part(path: Path) -> str:
    """What the file's metadata claims ("2b"), after a look whether it may be sealed.

    Raises:
        SealError: see gate; veraPDF has not been asked.
    """
    import pikepdf
    from pikepdf import pdfa

    try:
        with pikepdf.open(path) as pdf:
            if pdf.is_encrypted:
                raise SealError("Tệp có mật khẩu nên không ký được. Hãy quét lại bản giấy hoặc đề nghị nơi gửi gửi tệp "
                                "không đặt mật khẩu.")
            form = pdf.Root.get("/AcroForm")
            if form is not None and int(form.get("/SigFlags", 0)) & 1:
                raise SealError("Tệp đã có chữ ký số nên không thêm chữ ký. Hãy bấm Phát hành nguyên bản đã ký.")
    except (pikepdf.PdfError, pikepdf.PasswordError) as error:
        raise SealError("Tệp PDF bị hỏng hoặc có mật khẩu nên không ký được. Hãy quét lại bản giấy.") from error
    part = claimed_part(path)
    if part not in _ARCHIVAL:
        raise SealError("Bản số hóa chưa phải PDF/A nên chưa ký. Hãy bấm thử lại để máy tạo lại bản số hóa.")
    if pdfa.validate_written(path, f"{part[0]}b").verdict == "fail":
        raise SealError("Bản số hóa không đạt PDF/A nên chưa ký. Hãy bấm thử lại để máy tạo lại bản số hóa.")
    return part


def demand_verdict(path: Path, part: str) -> None:
    """Raises SealError where veraPDF is installed and says that the file is not what it claims."""
    if judged(path, part) is False:
        raise SealError("Bản số hóa không đạt PDF/A theo veraPDF nên chưa ký. Hãy bấm thử lại để máy tạo lại.")


def archival(path: Path, out: Path) -> bool:
    """Lays the file there as PDF/A; False where that cannot be had without drawing it anew."""
    import pikepdf
    from pikepdf import pdfa

    if claimed_part(path) in _ARCHIVAL:
        out.write_bytes(path.read_bytes())
        return True
    try:
        with pikepdf.open(path) as pdf:
            pdfa.save(pdf, out, "2b")
    except (pikepdf.PdfError, pikepdf.PasswordError, pdfa.PdfaError) as error:
        log.info("- attachment_unsealed reason=%s", type(error).__name__)
        return False
    return True


def judged(path: Path, part: str) -> bool | None:
    """What veraPDF says of the part the file claims; None where it is not installed or gives no verdict."""
    program = shutil.which("verapdf")
    if program is None or not part:
        return None
    asked = [program, "--format", "text", "--flavour", part, str(path)]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=VERAPDF_S).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("- verapdf_silent reason=%s", type(error).__name__)
        return None
    verdict = said.partition(" ")[0].strip()
    if verdict not in ("PASS", "FAIL"):
        log.warning("- verapdf_silent reason=no_verdict")
        return None
    return verdict == "PASS"
