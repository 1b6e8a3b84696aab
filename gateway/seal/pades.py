"""PadesSeal: the mark and an empty signature, then the CMS, by pyHanko; incremental, so that earlier bytes stay."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from gateway.errors import SealBroken, SealError
from gateway.seal.font import LIBERATION, mark_font
from gateway.seal.mark import Placed, place
from gateway.seal.pdfa_gate import gate
from gateway.seal.port import PreparedSeal, SealOrder, Signer

_ALGORITHM = "sha256"
_RESERVED = 16_384
"""Bytes of CMS the hole has room for."""
_NOT_SEALABLE = "Tệp này không ký được vì {why}. Hãy mở bản gốc để kiểm tra."


class PadesSeal:
    """The port Seal over pyHanko."""

    def __init__(self, font: Path = LIBERATION) -> None:
        """
        Args:
            font: TrueType file for the mark; the office's own Times New Roman, or Liberation Serif.
        """
        self._font = font

    def prepare(self, source: Path, order: SealOrder, signer: Signer) -> PreparedSeal:
        """See the port.  The temporary file lies in the system's private temporary folder until `finish`.

        Raises:
            SealError: signed already, encrypted, broken, or not PDF/A.
        """
        gate(source)
        handle, name = tempfile.mkstemp(prefix="seal-", suffix=".pdf")
        os.close(handle)
        path = Path(name)
        try:
            return self._prepare(source, path, order, signer)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _prepare(self, source: Path, path: Path, order: SealOrder, signer: Signer) -> PreparedSeal:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.pdf_utils.misc import PdfError

        font = mark_font(self._font)
        with source.open("rb") as data:
            try:
                writer = IncrementalPdfFileWriter(data, strict=False)
                placed = place(order, *_first_page(writer), font)
                digest, start, end = self._digest(writer, placed, order, signer, path)
            except (PdfError, KeyError) as error:
                raise SealError(_NOT_SEALABLE.format(why="tệp PDF bị hỏng")) from error
        return PreparedSeal(path, digest, _ALGORITHM, order, start, end - start)

    def _digest(
        self, writer: object, placed: Placed, order: SealOrder, signer: Signer, path: Path
    ) -> tuple[bytes, int, int]:
        from asn1crypto.x509 import Certificate
        from pyhanko.sign import fields
        from pyhanko.sign.signers import ExternalSigner, PdfSignatureMetadata, PdfSigner

        from gateway.seal.stamp import stamp_style

        holder = ExternalSigner(Certificate.load(signer.certificate()), None, signature_value=bytes(512))
        meta = PdfSignatureMetadata(
            field_name=order.field_name,
            md_algorithm=_ALGORITHM,
            subfilter=fields.SigSeedSubFilter.PADES,
            name=order.body,
            location=order.place or None,
        )
        box = tuple(round(value) for value in placed.rect)  # the library computes with whole points
        field = fields.SigFieldSpec(order.field_name, on_page=0, box=box, readable_field_name="Chữ ký số của cơ quan")  # type: ignore[arg-type]
        tool = PdfSigner(
            meta, signer=holder, stamp_style=stamp_style(placed, mark_font(self._font)), new_field_spec=field
        )
        with path.open("w+b") as out:
            prepared, _, _ = asyncio.run(
                tool.async_digest_doc_for_signing(writer, bytes_reserved=_RESERVED, output=out)  # type: ignore[arg-type]
            )
        return prepared.document_digest, prepared.reserved_region_start, prepared.reserved_region_end

    def finish(self, prepared: PreparedSeal, cms: bytes, out: Path) -> None:
        """See the port."""
        from pyhanko.sign.general import SigningError
        from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest

        hole = PreparedByteRangeDigest(prepared.digest, prepared.offset, prepared.offset + prepared.reserved)
        half = out.with_name(f".{out.name}.{os.getpid()}")
        try:
            with half.open("w+b") as data:
                data.write(prepared.path.read_bytes())
                hole.fill_with_cms(data, cms)
                data.flush()
                os.fsync(data.fileno())
            _check(half)
            half.replace(out)
        except SigningError as error:
            raise SealBroken from error
        finally:
            half.unlink(missing_ok=True)
            prepared.path.unlink(missing_ok=True)


def _first_page(writer: object) -> tuple[tuple[float, float, float, float], int]:
    """Visible box and /Rotate of page 1, inherited values included."""
    page = writer.root["/Pages"]  # type: ignore[attr-defined]
    found: dict[str, object] = {}
    while True:
        found.update({key: page[key] for key in ("/MediaBox", "/CropBox", "/Rotate") if key in page})
        if "/Kids" not in page:
            break
        page = page["/Kids"][0]
    box = found.get("/CropBox") or found["/MediaBox"]
    x0, y0, x1, y1 = (float(value) for value in box)  # type: ignore[attr-defined]
    return (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), int(found.get("/Rotate", 0))  # type: ignore[call-overload]


def _check(path: Path) -> None:
    """Our own seal must be whole before anybody sees it: intact, valid, covering the whole file, PDF/A as far as can be told.

    Raises:
        SealBroken
    """
    from gateway.seal.verify import Trust, verify

    report = verify(path, Trust())
    last = report.signatures[-1] if report.signatures else None
    if last is None or not (last.intact and last.valid) or last.coverage != "ENTIRE_FILE" or not report.pdfa:
        raise SealBroken
