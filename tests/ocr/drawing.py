"""Small letters drawn on the spot, as picture files and PDFs, for the tests of reading."""
from __future__ import annotations

import functools
import io
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = Path("/usr/share/fonts/truetype/liberation2")
LETTER = (
    "ỦY BAN NHÂN DÂN THÀNH PHỐ",
    "Số: 1698/UBND-KGVX",
    "Về việc thực hiện gửi, nhận văn bản điện tử",
    "Kính gửi: Giám đốc các sở, ban, ngành thành phố.",
    "Thực hiện Quyết định của Thủ tướng Chính phủ về việc gửi, nhận văn bản",
    "điện tử giữa các cơ quan trong hệ thống hành chính nhà nước, Ủy ban nhân dân",
    "thành phố yêu cầu các đơn vị khẩn trương triển khai những nội dung sau đây.",
    "Bố trí cán bộ theo dõi, tiếp nhận và xử lý văn bản đến trong ngày làm việc.",
    "Báo cáo kết quả thực hiện trước ngày mười lăm hằng tháng để tổng hợp.",
    "Trong quá trình thực hiện nếu có vướng mắc, phản ánh về Văn phòng.",
)


@functools.cache
def face(points: float, dpi: int, style: str = "Regular") -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"LiberationSerif-{style}.ttf"), round(points * dpi / 72))


def blank(dpi: int = 150, color: str = "white") -> Image.Image:
    """An empty A4 sheet."""
    return Image.new("RGB", (round(8.27 * dpi), round(11.69 * dpi)), color)


@functools.cache
def drawn(dpi: int, style: str) -> Image.Image:
    page = blank(dpi)
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(LETTER):
        pen.text((dpi, dpi * (0.9 + 0.32 * number)), line, fill=(20, 20, 20), font=face(13, dpi, style))
    return page


def letter(dpi: int = 150, *, fall: float = 0.0, style: str = "Regular") -> Image.Image:
    """A letter in 13 point; `fall` degrees: lines fall to the right."""
    page = drawn(dpi, style).copy()
    return page.rotate(-fall, Image.Resampling.BICUBIC, fillcolor="white") if fall else page


def seal(page: Image.Image, x: float, y: float, dpi: int) -> None:
    """A round red seal of 36 mm, its middle at x, y (fractions of the page)."""
    pen = ImageDraw.Draw(page)
    middle_x, middle_y, reach = x * page.width, y * page.height, 18 / 25.4 * dpi
    for ring in (1.0, 0.85):
        box = [middle_x - reach * ring, middle_y - reach * ring, middle_x + reach * ring, middle_y + reach * ring]
        pen.ellipse(box, outline=(205, 40, 45), width=max(2, dpi // 60))
    pen.text((middle_x - reach / 2, middle_y), "★ SỞ Y TẾ ★", fill=(205, 40, 45), font=face(11, dpi, "Bold"))


def stamp(page: Image.Image, text: str, place: tuple[int, int], *, color: tuple[int, int, int], turn: float = 0.0,
          dpi: int = 150) -> None:
    """A mark in a double frame, turned by some degrees against the clock, its top left corner at `place`."""
    font = face(17, dpi, "Bold")
    left, top, right, bottom = font.getbbox(text)
    edge = round(dpi * 0.09)
    tile = Image.new("RGBA", (round(right - left) + 4 * edge, round(bottom - top) + 4 * edge), (255, 255, 255, 0))
    pen = ImageDraw.Draw(tile)
    pen.rectangle([1, 1, tile.width - 2, tile.height - 2], outline=color, width=max(2, dpi // 60))
    pen.rectangle([edge // 2, edge // 2, tile.width - edge // 2, tile.height - edge // 2], outline=color, width=1)
    pen.text((2 * edge - left, 2 * edge - top), text, fill=color, font=font)
    turned = tile.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    page.paste(turned, place, turned)


def jpeg(page: Image.Image, dpi: int = 150, quality: int = 85) -> bytes:
    out = io.BytesIO()
    page.save(out, "JPEG", dpi=(dpi, dpi), quality=quality)
    return out.getvalue()


def png(page: Image.Image, dpi: int = 150) -> bytes:
    out = io.BytesIO()
    page.save(out, "PNG", dpi=(dpi, dpi), compress_level=1)
    return out.getvalue()


def tiff(pages: list[Image.Image], dpi: int = 150) -> bytes:
    """Bilevel pages with CCITT G4, as office scanners send them."""
    out = io.BytesIO()
    first, *rest = [page.convert("1") for page in pages]
    first.save(out, "TIFF", save_all=True, append_images=rest, compression="group4", dpi=(dpi, dpi))
    return out.getvalue()


def scan_pdf(pages: list[Image.Image], dpi: int = 150) -> bytes:
    """What a scanner's "PDF" button makes: one JPEG a page."""
    data: bytes = img2pdf.convert([jpeg(page, dpi) for page in pages])
    return data


def text_pdf(lines: list[str], pages: int = 1) -> bytes:
    """A PDF with its own text in Helvetica that is not embedded: born digital, and no PDF/A as it is."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1,
                                                BaseFont=pikepdf.Name.Helvetica))
    rows = "".join(f"BT /F1 12 Tf 72 {760 - 20 * number} Td ({line}) Tj ET\n" for number, line in enumerate(lines))
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(595.28, 841.89))
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.obj.Contents = pdf.make_stream(rows.encode())
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def with_signature_field(data: bytes, *, signed: bool, visible_text: bool = False) -> bytes:
    """The PDF with a signature field; `signed`: with a value (its bytes are no real signature)."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="CQ_1", Type=pikepdf.Name.Annot,
                                   Subtype=pikepdf.Name.Widget, Rect=[0, 0, 0, 0])
        if signed:
            field.V = pdf.make_indirect(pikepdf.Dictionary(
                Type=pikepdf.Name.Sig, Filter=pikepdf.Name("/Adobe.PPKLite"), ByteRange=[0, 1, 2, 3],
                Contents=b"\0" * 16))
        widget = pdf.make_indirect(field)
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[widget], SigFlags=3)
        page = pdf.pages[0]
        page.obj.Annots = pikepdf.Array([widget])
        if visible_text:
            font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1,
                                      BaseFont=pikepdf.Name.Helvetica)
            page.obj.Resources.Font = pikepdf.Dictionary(F1=font)
            legend = "Ky boi: Uy ban nhan dan. Email: a@b.gov.vn. Thoi gian ky: 05.01.2021 15:15:32 +07:00 " * 2
            page.contents_add(f"BT /F1 5 Tf 300 820 Td ({legend}) Tj ET".encode())
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def soft(page: Image.Image, pixels: float) -> Image.Image:
    return page.filter(ImageFilter.GaussianBlur(pixels))
