"""The head of the message as an associated file of the copy: PDF/A-3b (ISO 19005-3, 6.8), where an office wants it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from gateway.document import VN
from gateway.errors import SealError

NAME = "van-ban.edxml.xml"


def with_message(source: Path, message: bytes, out: Path, *, at: dt.datetime) -> None:
    """Writes the archive copy anew as PDF/A-3b that carries the message; what its pages show stays as it is.

    Args:
        source: the archive copy.
        message: XML.
        out: where to.
        at: the file's date.

    Raises:
        SealError: the result is no PDF/A-3b; nothing is written.
    """
    import pikepdf
    from pikepdf import pdfa

    try:
        with pikepdf.open(source) as pdf:
            date = f"D:{at.astimezone(VN):%Y%m%d%H%M%S}+07'00'"
            spec = pikepdf.AttachedFileSpec(
                pdf,
                message,
                filename=NAME,
                description="Thông điệp edXML",
                mime_type="text/xml",
                creation_date=date,
                mod_date=date,
            )
            spec.relationship = pikepdf.Name.Data
            pdf.attachments[NAME] = spec
            pdf.Root.AF = pikepdf.Array([pdf.attachments[NAME].obj])
            pdfa.save(pdf, out, "3b", output_intent=None)
    except (pikepdf.PdfError, pdfa.PdfaError) as error:
        raise SealError("Không kèm được thông điệp vào bản số hóa nên chưa ký. "
                        "Hãy nhờ quản trị viên tắt seal.embed_message rồi ký lại.") from error
