"""The mark as part of the page, for a signing program that draws none: an increment behind the archive copy."""

from __future__ import annotations

from pathlib import Path

from gateway.errors import SealError
from gateway.seal.corner import Placed, first_sheet, place
from gateway.seal.looks import Looks
from gateway.seal.mark import MarkStyle, blocks
from gateway.seal.port import SealOrder


def lay(source: Path, order: SealOrder, style: MarkStyle, out: Path, looks: Looks) -> None:
    """The file with its mark, its earlier bytes as they were.

    Raises:
        CornerTaken: no place without covering ink, and the order does not allow it.
        SealError: the file is broken, or its first page too small.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.layout import BoxConstraints
    from pyhanko.pdf_utils.misc import PdfError

    from gateway.seal.stamp import stamp_style

    with source.open("rb") as data, out.open("w+b") as made:
        try:
            writer = IncrementalPdfFileWriter(data, strict=False)
            placed = placed_on(writer.root, source, order, style, looks)
            left, bottom, right, top = placed.rect
            box = BoxConstraints(width=right - left, height=top - bottom)
            stamp = stamp_style(placed, style).create_stamp(writer, box, {})
            across, up = _shift(placed)
            stamp.apply(0, round(left + across), round(bottom + up))
            writer.write(made)
        except (PdfError, KeyError) as error:
            raise SealError("Tệp PDF bị hỏng nên không ký được. Hãy mở bản gốc để kiểm tra.") from error


def placed_on(root: object, source: Path, order: SealOrder, style: MarkStyle, looks: Looks) -> Placed:
    """Where the mark goes on the first page.

    Args:
        root: the file's catalog, as pyHanko reads it.
        source: the file, to be looked at.
        order: what the mark says.
        style: its open points.
        looks: who looks at it.

    Raises:
        CornerTaken, SealError: see `lay`.
    """
    return place(blocks(order, style), first_sheet(root), None if order.cover else looks.ink_of(source))


def _shift(placed: Placed) -> tuple[float, float]:
    """How far the turned form has to go so that it fills its rectangle: turning moves it out of its first quadrant."""
    left, bottom, right, top = placed.rect
    across = right - left if placed.turned in (90, 180) else 0
    up = top - bottom if placed.turned in (180, 270) else 0
    return across, up
