"""PadesSeal: the mark and an empty signature, then the CMS, by pyHanko; incremental, so that earlier bytes stay."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import Container
from pathlib import Path
from typing import Any

from gateway.document import VN
from gateway.errors import SealBroken, SealError, StampUnavailable
from gateway.seal.corner import Placed
from gateway.seal.identity import Identity
from gateway.seal.lasting import complete, missing
from gateway.seal.laying import placed_on
from gateway.seal.looks import HERE, Looks
from gateway.seal.mark import MarkStyle
from gateway.seal.pdfa_gate import demand_verdict, judged
from gateway.seal.port import PreparedSeal, SealOrder, Signer
from gateway.seal.practice import PLAIN, Practice

_ALGORITHM = "sha256"
_RESERVED = 40_960
"""Hexadecimal digits the hole has room for: 20 kB of CMS with chain and time stamp."""
_BROKEN = "Tệp PDF bị hỏng nên không ký được. Hãy mở bản gốc để kiểm tra."
_CHUNK = 1 << 20
_WHOLE = ("ENTIRE_FILE", "ENTIRE_REVISION")
"""Evidence that came later stands behind the seal; `valid` says that nothing else does."""
log = logging.getLogger(__name__)


class PadesSeal:
    """The port Seal over pyHanko."""

    def __init__(self, style: MarkStyle | None = None, practice: Practice = PLAIN, *, unchecked: Container[str] = (),
                 looks: Looks = HERE) -> None:
        """
        Args:
            style: the mark's open points.
            practice: the level of the seals, and what it needs.
            unchecked: bodies for which a certificate may seal that does not name them (plan.unchecked).
            looks: who looks at the files before and after.
        """
        self.looks = looks
        self._style = style or MarkStyle()
        self._practice, self._unchecked = practice, unchecked

    def prepare(self, source: Path, order: SealOrder, signer: Signer) -> PreparedSeal:
        """See the port.  The temporary file lies in the system's private temporary folder until `finish`.

        Raises:
            CertificateUnfit: the certificate names another body.
        """
        from asn1crypto.x509 import Certificate

        demand_verdict(source, self.looks.sealable_part(source))
        if order.body not in self._unchecked:
            Identity(Certificate.load(signer.certificate())).check_body(order.body)
        handle, name = tempfile.mkstemp(prefix="seal-", suffix=".pdf")
        os.close(handle)
        path = Path(name)
        kept = False
        try:
            prepared = self._prepare(source, path, order, signer)
            kept = True
            return prepared
        finally:
            if not kept:
                path.unlink(missing_ok=True)

    def _prepare(self, source: Path, path: Path, order: SealOrder, signer: Signer) -> PreparedSeal:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.pdf_utils.misc import PdfError

        with source.open("rb") as data:
            try:
                writer = IncrementalPdfFileWriter(data, strict=False)
                placed = placed_on(writer.root, source, order, self._style, self.looks)
                tool = self._tool(placed, order, signer)
                with path.open("w+b") as out:
                    hole, _, _ = asyncio.run(
                        tool.async_digest_doc_for_signing(writer, bytes_reserved=_RESERVED, output=out)
                    )
            except (PdfError, KeyError) as error:
                raise SealError(_BROKEN) from error
        if not _begins_with(path, source):
            raise SealBroken
        start, end = hole.reserved_region_start, hole.reserved_region_end
        return PreparedSeal(path, hole.document_digest, _ALGORITHM, order, start, end - start)

    def _tool(self, placed: Placed, order: SealOrder, signer: Signer) -> Any:
        from asn1crypto.x509 import Certificate
        from pyhanko.sign import fields
        from pyhanko.sign.signers import ExternalSigner, PdfSignatureMetadata, PdfSigner

        from gateway.seal.stamp import stamp_style

        class Timed(PdfSigner):
            """Signs with the order's own time, so that mark, dictionary and journal agree."""

            def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:
                session = super().init_signing_session(pdf_out, existing_fields_only)
                session.system_time = order.at.astimezone(VN)
                return session

        meta = PdfSignatureMetadata(
            field_name=order.field_name,
            md_algorithm=_ALGORITHM,
            subfilter=fields.SigSeedSubFilter.PADES,
            name=order.body,
            location=order.place or None,
        )
        box: Any = placed.rect
        holder = ExternalSigner(Certificate.load(signer.certificate()), None, signature_value=bytes(512))
        spec = fields.SigFieldSpec(order.field_name, on_page=0, box=box, readable_field_name="Chữ ký số của cơ quan")
        style = stamp_style(placed, self._style)
        return Timed(meta, signer=holder, stamp_style=style, new_field_spec=spec)

    def finish(self, prepared: PreparedSeal, cms: bytes, out: Path) -> None:
        """See the port."""
        from pyhanko.sign.general import SigningError
        from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest

        hole = PreparedByteRangeDigest(prepared.digest, prepared.offset, prepared.offset + prepared.reserved)
        half = out.with_name(f".{out.name}.{os.getpid()}")
        try:
            shutil.copyfile(prepared.path, half)
            with half.open("r+b") as data:
                hole.fill_with_cms(data, cms)
                data.flush()
                os.fsync(data.fileno())
            self._check(half, ("ENTIRE_FILE",))
            self.settle(half, out)
        except SigningError as error:
            raise SealBroken from error
        finally:
            half.unlink(missing_ok=True)
            prepared.path.unlink(missing_ok=True)

    def settle(self, half: Path, out: Path) -> None:
        """Gives a whole seal what the level needs and puts the file in its place by rename.

        Raises:
            StampUnavailable, ClockOff, SealBroken: see `finish`.
        """
        self._complete(half)
        half.replace(out)
        _sync_folder(out.parent)

    def _complete(self, half: Path) -> None:
        whole = half.stat().st_size
        try:
            complete(half, self._practice)
        except StampUnavailable as error:
            if not self._practice.later:
                raise
            log.warning("- seal_without_evidence reason=%s", type(error.__cause__).__name__)
            os.truncate(half, whole)
        if half.stat().st_size > whole:
            self._check(half, _WHOLE)

    def lacks(self, path: Path) -> bool:
        """See the port."""
        return bool(missing(path, self._practice))

    def complete(self, source: Path, out: Path) -> None:
        """See the port."""
        half = out.with_name(f".{out.name}.{os.getpid()}")
        try:
            shutil.copyfile(source, half)
            complete(half, self._practice)
            self._check(half, _WHOLE)
            half.replace(out)
            _sync_folder(out.parent)
        finally:
            half.unlink(missing_ok=True)

    def _check(self, path: Path, coverage: tuple[str, ...]) -> None:
        """Our own seal must be whole before anybody sees it: intact, valid, whole, PDF/A as far as can be told.

        Args:
            path: the sealed file.
            coverage: the library's words that will do.

        Raises:
            SealBroken
        """
        report = self.looks.verify(path)
        last = report.signatures[-1] if report.signatures else None
        if last is None or not (last.intact and last.valid) or last.weak:
            raise SealBroken
        if last.coverage not in coverage or not report.pdfa or judged(path, report.pdfa) is False:
            raise SealBroken


def _begins_with(path: Path, source: Path) -> bool:
    """The increment left every earlier byte as it was."""
    with path.open("rb") as made, source.open("rb") as given:
        while block := given.read(_CHUNK):
            if made.read(len(block)) != block:
                return False
    return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
