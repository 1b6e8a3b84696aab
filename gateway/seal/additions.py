"""What a signing program of others added to a file: the signature it was asked for, and nothing else.

A signature vouches for whatever stands in its own increment too, so that "intact" does not say that the paper is still
the paper.  Therefore every object of the given file is held against the returned one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import ReturnUnfit

_GROWN = frozenset({"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/Version"})
"""Keys of the catalog that a signature and its evidence bring."""
_ACTS = frozenset({"/A", "/AA"})
_DEEPEST = 8
_ANNOTATIONS = frozenset({"/Annots"})


@dataclass(frozen=True, slots=True)
class Addition:
    """Where the new signature shows itself."""

    page: int
    """0-based; -1 when it shows nowhere."""
    rect: tuple[float, float, float, float]
    """In the page's own coordinates: left, bottom, right, top."""
    archival: bool = True
    """Its fonts are embedded, its colors and flags are such as PDF/A-2 and 3 allow (ISO 19005-2, 6.2 and 6.3)."""


def additions(given: Path, returned: Path) -> Addition:
    """What the signature looks like.

    Raises:
        ReturnUnfit: anything but a signature, its evidence and its metadata was added or changed.
    """
    import pikepdf

    try:
        with pikepdf.open(given) as old, pikepdf.open(returned) as new:
            _compare(old, new)
            return _shown(list(_new_widgets(old, new)))
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, TypeError, KeyError, RuntimeError,
            AttributeError, IndexError) as error:
        raise ReturnUnfit("Tệp trả về bị hỏng. Hãy ký lại từ trang này.") from error


def _compare(old: Any, new: Any) -> None:
    """Every object of the given file is the same in the returned one, but for what a signature must touch."""
    if len(old.pages) != len(new.pages) or "/Encrypt" in new.trailer or old.Root.objgen != new.Root.objgen:
        raise _changed("trang hoặc cấu trúc tệp")
    pages = {page.obj.objgen for page in old.pages}
    free = {page.obj.Annots.objgen for page in old.pages if "/Annots" in page.obj}
    free |= {place[key].objgen for place, key in ((old.trailer, "/Info"), (old.Root, "/Metadata")) if key in place}
    for place in _places(old):
        one, now = old.get_object(place), new.get_object(place)
        if place == old.Root.objgen:
            same = _bytes_of(one, _GROWN) == _bytes_of(now, _GROWN)
        elif place in pages:
            same = _bytes_of(one, _ANNOTATIONS) == _bytes_of(now, _ANNOTATIONS)
        else:
            same = place in free or _bytes_of(one) == _bytes_of(now)
        if not same:
            raise _changed("nội dung trang" if place != old.Root.objgen else "danh mục của tệp")


def _places(pdf: Any) -> Iterator[tuple[int, int]]:
    """Number and generation of every object; numbers and the like have no place of their own in the library."""
    yield from ((number, 0) for number in range(1, int(pdf.trailer.Size)))
    yield from (one.objgen for one in pdf.objects if getattr(one, "objgen", (0, 0))[1])


def _bytes_of(one: Any, without: frozenset[str] = frozenset()) -> bytes:
    """What the object says, in one form; of a stream its bytes too."""
    import pikepdf

    if isinstance(one, pikepdf.Stream | pikepdf.Dictionary):
        stream = isinstance(one, pikepdf.Stream)
        gone = without | {"/Length"} if stream else without
        head = pikepdf.Dictionary({key: value for key, value in one.items() if key not in gone})
        return bytes(head.unparse()) + (one.read_raw_bytes() if stream else b"")
    return bytes(one.unparse(resolved=True)) if isinstance(one, pikepdf.Object) else repr(one).encode()


def _new_widgets(old: Any, new: Any) -> Iterator[tuple[int, Any]]:
    """The annotations that were added, each on its page; all must be signatures without actions."""
    for number, (before, after) in enumerate(zip(old.pages, new.pages, strict=True)):
        had = [one.unparse() for one in before.obj.get("/Annots", [])]
        has = list(after.obj.get("/Annots", []))
        if [one.unparse() for one in has[: len(had)]] != had:
            raise _changed("chú thích trên trang")
        for one in has[len(had) :]:
            field = one if "/FT" in one else one.get("/Parent", {})
            if one.get("/Subtype") != "/Widget" or field.get("/FT") != "/Sig" or _ACTS & set(one.keys()):
                raise _changed("chú thích trên trang")
            yield number, one


def _shown(widgets: list[tuple[int, Any]]) -> Addition:
    """The one widget that can be seen."""
    found = []
    for number, one in widgets:
        x0, y0, x1, y1 = (float(value) for value in one.Rect)
        rect = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        hidden = int(one.get("/F", 0)) & 0b100010  # Hidden, NoView
        if rect[2] - rect[0] > 0 and rect[3] - rect[1] > 0 and not hidden:
            found.append(Addition(number, rect, _archival(one)))
    if len(found) > 1:
        raise _changed("chú thích trên trang")
    return found[0] if found else Addition(-1, (0, 0, 0, 0))


def _archival(widget: Any) -> bool:
    printed = int(widget.get("/F", 0)) & 0b100111 == 0b100  # Print; not Invisible, Hidden, NoView
    drawn = widget.get("/AP", {}).get("/N")
    return printed and drawn is not None and _drawn_archival(drawn, 0)


def _drawn_archival(form: Any, depth: int) -> bool:
    """A form's fonts carry their files, its pictures no color of printing inks; so do the forms in it."""
    resources = form.get("/Resources", {})
    fonts = dict(resources.get("/Font", {}).items()).values()
    inner = list(dict(resources.get("/XObject", {}).items()).values())
    pictures = [one for one in inner if one.get("/Subtype") == "/Image"]
    if depth > _DEEPEST or not all(_embedded(font) for font in fonts):
        return False
    if any("CMYK" in str(one.get("/ColorSpace")) or one.get("/Interpolate") for one in pictures):
        return False
    return all(_drawn_archival(one, depth + 1) for one in inner if one.get("/Subtype") == "/Form")


def _embedded(font: Any) -> bool:
    described = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    about = described.get("/FontDescriptor", {})
    return any(key in about for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def _changed(what: str) -> ReturnUnfit:
    return ReturnUnfit(
        f"Chương trình ký đã sửa {what} ngoài phần chữ ký nên không nhận. "
        "Hãy tắt các phần thêm trong cấu hình chương trình ký rồi ký lại."
    )
