"""What makes a seal last (ETSI EN 319 142-1): time stamp, revocation data, archive time stamp; all stand behind it.

Asked for are only our own certificate's and the service's issuers.  Each addition is an increment: no earlier byte
changes, and a file that has everything already is left as it is.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from gateway.errors import SealBroken, StampUnavailable
from gateway.seal.practice import Practice
from gateway.seal.stamping import TROUBLE, check_clock
from gateway.seal.trust import asking

_NO_EVIDENCE = "Không lấy được dữ liệu thu hồi của chứng thư. Hãy kiểm tra mạng tới nhà cung cấp chứng thư rồi ký lại."


def missing(path: Path, practice: Practice) -> tuple[str, ...]:
    """What a sealed file lacks for the level: any of "stamp", "evidence", "archive", in the order of adding.

    Raises:
        SealBroken: it bears no seal.
    """
    if practice.level == "B-B":
        return ()
    with path.open("rb") as data:
        return _missing(_reader(data), practice)


def _missing(reader: Any, practice: Practice) -> tuple[str, ...]:
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    seal, later = _seal(reader), reader.embedded_timestamp_signatures
    wanted = []
    if practice.reaches("B-T") and not (later or stamped(seal)):
        wanted.append("stamp")
    if practice.reaches("B-LT"):
        try:
            store = DocumentSecurityStore.read_dss(reader)
            evidence = bool(store.crls or store.ocsps)
        except NoDSSFoundError:
            evidence = False
        if not evidence:
            wanted.append("evidence")
        # A time stamp that is the newest revision covers what evidence there is.
        covered = bool(later) and later[-1].signed_revision == reader.total_revisions - 1
        if practice.reaches("B-LTA") and not (evidence and covered):
            wanted.append("archive")
    return tuple(wanted)


def complete(path: Path, practice: Practice) -> None:
    """Adds what `missing` says, in place.

    Raises:
        StampUnavailable: nobody answers, or the answers do not lead to a trusted root; the file may be longer by then.
        ClockOff: our clock is wrong.
        SealBroken: the file bears no seal.
    """
    from pyhanko_certvalidator.errors import PathError, ValidationError

    for what in missing(path, practice):
        with path.open("r+b") as data:
            try:
                asyncio.run(_evidence(data, practice) if what == "evidence" else _stamp(data, practice))
            except TROUBLE as error:
                raise StampUnavailable from error
            except (PathError, ValidationError) as error:
                raise StampUnavailable(_NO_EVIDENCE) from error


async def _stamp(data: Any, practice: Practice) -> None:
    """A time stamp over the whole file so far."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers import PdfTimeStamper
    from pyhanko.sign.signers.pdf_signer import TimestampDSSContentSettings

    client = practice.stamps()
    check_clock(await client.async_dummy_response("sha256"), practice.clock_limit_s)
    writer = IncrementalPdfFileWriter(data, strict=False)
    if not practice.reaches("B-LT"):
        await PdfTimeStamper(client).async_timestamp_pdf(writer, "sha256", in_place=True)
        return
    # The stamp's own revocation data stands before it, so that it is covered too.
    first = TimestampDSSContentSettings(include_vri=False, update_before_ts=True)
    async with asking(practice.trust(), practice.timeout_s) as by:
        await PdfTimeStamper(client).async_timestamp_pdf(
            writer, "sha256", validation_context=by, in_place=True, dss_settings=first
        )


async def _evidence(data: Any, practice: Practice) -> None:
    """Certificates, OCSP answers and revocation lists of the seal and of its time stamp (DSS)."""
    from pyhanko.sign.validation.dss import async_add_validation_info

    async with asking(practice.trust(), practice.timeout_s) as by:
        await async_add_validation_info(_seal(_reader(data)), by, in_place=True)


def stamped(embedded: Any) -> bool:
    """Whether a time stamp stands in the CMS itself."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    return any(True for _ in extract_tst_data_iter(embedded.signer_info, signed=False))


def _reader(data: Any) -> Any:
    from pyhanko.pdf_utils.reader import PdfFileReader

    return PdfFileReader(data, strict=False)


def _seal(reader: Any) -> Any:
    found = reader.embedded_regular_signatures
    if not found:
        raise SealBroken
    return found[-1]
