"""The mark as an appearance stream, upright on turned pages too: text, and a picture of the seal only by setting."""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils import generic, layout
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.stamp import TextStamp, TextStampStyle

from gateway.seal.corner import Placed
from gateway.seal.font import mark_font
from gateway.seal.mark import LEADING, SIZE, MarkStyle, picture_size

_MATRIX = {0: None, 90: (0, 1, -1, 0, 0, 0), 180: (-1, 0, 0, -1, 0, 0), 270: (0, -1, 1, 0, 0, 0)}
"""Turns the appearance against the page's /Rotate; a viewer moves the turned box onto the rectangle (ISO 32000-1,
12.5.5)."""
_FLUSH = layout.SimpleBoxLayoutRule(
    x_align=layout.AxisAlignment.ALIGN_MIN,
    y_align=layout.AxisAlignment.ALIGN_MAX,
    margins=layout.Margins(0, 0, 0, 0),
    inner_content_scaling=layout.InnerScaling.NO_SCALING,
)


class UprightStamp(TextStamp):
    """A text stamp that stands upright on a page with /Rotate."""

    turned = 0

    def as_form_xobject(self) -> generic.StreamObject:
        """The appearance, with the matrix of the page's turn."""
        form = super().as_form_xobject()
        matrix = _MATRIX[self.turned]
        if matrix is not None:
            form["/Matrix"] = generic.ArrayObject(generic.NumberObject(value) for value in matrix)
        return form


def stamp_style(placed: Placed, style: MarkStyle) -> TextStampStyle:
    """The library's style for one placed mark.

    Raises:
        BadSettings: the font or the picture of the seal cannot be used.
    """
    flush = layout.SimpleBoxLayoutRule(
        x_align=layout.AxisAlignment.ALIGN_MIN,
        y_align=layout.AxisAlignment.ALIGN_MAX,
        margins=layout.Margins(placed.aside, 0, 0, 0),
        inner_content_scaling=layout.InnerScaling.NO_SCALING,
    )
    factory = GlyphAccumulatorFactory(str(mark_font(style.font)), font_size=SIZE, create_objstream_if_needed=False)
    box_style = TextBoxStyle(font=factory, font_size=SIZE, leading=LEADING, border_width=0, box_layout_rule=_FLUSH)

    class Style(TextStampStyle):
        def create_stamp(self, writer: Any, box: Any, text_params: Any) -> TextStamp:
            if placed.turned in (90, 270):
                box = layout.BoxConstraints(width=box.height, height=box.width)
            stamp = UprightStamp(writer=writer, style=self, text_params=text_params, box=box)
            stamp.turned = placed.turned
            return stamp

    text = "\n".join(placed.lines).replace("%", "%%")
    return Style(
        border_width=0, background=_picture(style) if placed.aside else None, background_layout=_FLUSH,
        background_opacity=1.0, stamp_text=text, inner_content_layout=flush, text_box_style=box_style,
    )  # fmt: skip


def _picture(style: MarkStyle) -> PdfImage:
    from PIL import Image

    across, down = picture_size(style)
    return PdfImage(Image.open(style.image).convert("RGBA"), box=layout.BoxConstraints(width=across, height=down))
