"""Letters set in the fonts of before Unicode (.VnTime, VNI-Times): their codes made the letters that were meant.

Such a font shows "µ" as "à"; without it the page is unreadable, and so is the text behind it.  The office file becomes
one XML file first, where every run of text knows its font.
"""
from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from mail.charset import encoding_of_font, read_as, western_bytes
from mail.inside import BROKEN_ZIP

_LARGEST = 64 << 20
_NAMES = (b".Vn", b"VNI-", b"VPS ")
_WIDE = tuple(name.decode("ascii").encode("utf-16-le") for name in _NAMES)
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_MODERN = "Liberation Serif"
_MOST_COLUMNS = 16384
"""Of a sheet; a file may say any number."""


def names_old_fonts(path: Path) -> bool:
    """Does the file speak of such a font anywhere?  A guess that costs little; rewritten() knows better."""
    data = path.read_bytes()
    if any(name in data for name in (*_NAMES, *_WIDE)):
        return True
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = [part for part in book.infolist() if part.filename.endswith(".xml") and part.file_size < _LARGEST]
        try:
            return any(name in book.read(part) for part in parts for name in _NAMES)
        except BROKEN_ZIP:
            return False  # damaged or locked: the converter says what is wrong with it


def rewritten(path: Path) -> bool:
    """Rewrites a flat OpenDocument file in place; False where nothing in it is set in such a font.

    Raises:
        OSError: the disk.
    """
    if path.stat().st_size > _LARGEST:
        return False
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        tree = etree.parse(str(path), parser)
    except etree.XMLSyntaxError:
        return False
    root = tree.getroot()
    fonts = _Fonts(root)
    cells = dict(_in_cells(root, fonts))
    changed = [_put_right(one, fonts, cells.get(one, "")) for one in root.iter(f"{_TEXT}p", f"{_TEXT}h")]
    if not any(changed):
        return False
    for element in root.iter():
        for name in (f"{_SVG}font-family", f"{_FO}font-family"):
            if encoding_of_font(_bare(element.get(name) or "")):
                element.set(name, f"'{_MODERN}'")
    tree.write(str(path), encoding="utf-8", xml_declaration=True)
    return True


class _Fonts:
    """Which font a style has: its own, its parent's, or the default of its kind."""

    def __init__(self, root: etree._Element) -> None:
        faces = {face.get(f"{_STYLE}name", ""): face.get(f"{_SVG}font-family", "")
                 for face in root.iter(f"{_STYLE}font-face")}
        self._own: dict[tuple[str, str], tuple[str, str]] = {}
        for style in root.iter(f"{_STYLE}style", f"{_STYLE}default-style"):
            said = style.find(f"{_STYLE}text-properties")
            name = "" if said is None else said.get(f"{_STYLE}font-name") or said.get(f"{_FO}font-family") or ""
            key = style.get(f"{_STYLE}family", ""), style.get(f"{_STYLE}name", "")
            self._own[key] = _bare(faces.get(name, name)), style.get(f"{_STYLE}parent-style-name", "")

    def of(self, family: str, style: str) -> str:
        """The font's name, "" where the style says nothing; words in a line have no default of their own."""
        seen = set()
        while style and style not in seen:
            seen.add(style)
            font, parent = self._own.get((family, style), ("", ""))
            if font:
                return font
            style = parent
        return self._own.get((family, ""), ("", ""))[0] if family != "text" else ""


def _in_cells(root: etree._Element, fonts: _Fonts) -> Iterator[tuple[etree._Element, str]]:
    """Every paragraph of a table's cells with the cell's font: its own style's, its row's, or its column's."""
    for table in root.iter(f"{_TABLE}table"):
        columns = [one.get(f"{_TABLE}default-cell-style-name", "") for one in table.iter(f"{_TABLE}table-column")
                   for _ in range(_repeated(one))]  # fmt: skip
        for row in table.iter(f"{_TABLE}table-row"):
            place, above = 0, row.get(f"{_TABLE}default-cell-style-name", "")
            for cell in row:
                column = columns[place] if place < len(columns) else ""
                style = cell.get(f"{_TABLE}style-name", "") or above or column
                place += _repeated(cell)
                yield from ((paragraph, fonts.of("table-cell", style)) for paragraph in cell.iter(f"{_TEXT}p"))


def _repeated(element: etree._Element) -> int:
    said = element.get(f"{_TABLE}number-columns-repeated", "1")
    return min(int(said), _MOST_COLUMNS) if said.isdecimal() else 1


def _put_right(paragraph: etree._Element, fonts: _Fonts, cell: str) -> bool:
    """`cell` is the font of the cell that the paragraph stands in, "" outside of tables."""
    style, changed = paragraph.get(f"{_TEXT}style-name", ""), False
    own = cell if cell and not style else fonts.of("paragraph", style)
    for holder, where, font in _runs(paragraph, own, fonts):
        encoding, text = encoding_of_font(font), getattr(holder, where)
        data = western_bytes(text) if encoding else None
        if data:
            setattr(holder, where, read_as(data, encoding))
            changed = True
    return changed


def _runs(element: etree._Element, font: str, fonts: _Fonts) -> Iterator[tuple[etree._Element, str, str]]:
    """Every piece of text below the element: who holds it, as "text" or "tail", and its font."""
    if element.text and element.text.strip():
        yield element, "text", font
    for child in element:
        if child.tag in (f"{_TEXT}span", f"{_TEXT}a"):
            yield from _runs(child, fonts.of("text", child.get(f"{_TEXT}style-name", "")) or font, fonts)
        if child.tail and child.tail.strip():
            yield child, "tail", font


def _bare(family: str) -> str:
    return re.sub(r"[\'\"]", "", family).strip()
