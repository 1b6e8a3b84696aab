"""Reading in order: what is the file, its head first, then every page; and its archive copy.

look() and look_head() leave no file behind; archive() writes exactly one file.  All raise ocr.errors only (and OSError
when the disk fails).
"""
from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from ocr import pdfa, sheets, sniff, textlayer, view
from ocr.corner import corner
from ocr.engine import Engine
from ocr.errors import Encrypted, TimedOut, TooLarge, Unreadable
from ocr.faint import cleared
from ocr.marks import find_marks
from ocr.page import HandLine, Line, Page
from ocr.reading import Options, Reading, reading_from_json, reading_to_json
from ocr.symbol import mended
from ocr.triage import Kind, PageKind, triage

if TYPE_CHECKING:
    from ocr.digits import DigitReader

__all__ = ["Options", "Reading", "archive", "look", "look_head", "picture", "reading_from_json", "reading_to_json"]

Progress = Callable[[int, int], None]
HEAD = ("head",)
WHOLE = ("head", "body")


def _silent(done: int, total: int) -> None:
    """Nobody wants to know."""


def look_head(path: Path, options: Options | None = None, *, upright: Collection[int] = ()) -> Reading:
    """Only the head of the first page: enough for number, date, issuer and subject, in a third of the time."""
    _first.take(path)
    file = _file_of(path)  # before it is read: what takes its place meanwhile is another one
    asked = _Look(path, options or Options(), upright)
    reading = asked.head()
    if asked.last:
        _first.keep(file, asked.last[1])
    return reading


def look(path: Path, options: Options | None = None, *, head: Reading | None = None, progress: Progress = _silent,
         upright: Collection[int] = ()) -> Reading:
    """All pages, the first one first.  With `head`, the part that look_head() read is not read again.

    Pages of `upright` (0-based) stand as a person has turned them: nobody asks which side is up.
    progress(done, total) is called after every page.  Raises Unreadable, Encrypted, TooLarge, TimedOut, EngineMissing.
    """
    return _Look(path, options or Options(), upright).whole(head, progress)


def archive(path: Path, reading: Reading, out: Path, options: Options | None = None, *,
            progress: Progress = _silent) -> pdfa.Archived:
    """Write the PDF/A-2b of `path` with the words of `reading` to `out`.  See ocr.pdfa.make_pdfa for what it raises."""
    words = pdfa.Words(reading.pages, (options or Options()).language, progress)
    return pdfa.make_pdfa(path, reading.triage, words, out)


def picture(path: Path, page_number: int, dpi: float, *, rotation: int = 0, kind: str = "png") -> bytes:
    """The page (1-based) as a viewer shows it, as PNG ("png") or JPEG ("jpeg"); the same bytes every time.

    `rotation` is Page.rotation of the reading.  Raises Unreadable, Encrypted, TooLarge.
    """
    import cv2

    from ocr import image

    with path.open("rb") as file:
        media_type = sniff.media_type(file.read(sniff.HEAD_BYTES))
    if media_type == sniff.UNKNOWN:
        raise Unreadable(detail="unknown bytes")
    with sheets.opened(path, media_type) as book:
        if not 1 <= page_number <= len(book):
            raise Unreadable(detail=f"no page {page_number}")
        pixels = image.quarter_turned(book.drawn(page_number - 1, dpi).pixels, rotation)
    suffix, way = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 85]) if kind == "jpeg" else (
        ".png", [cv2.IMWRITE_PNG_COMPRESSION, 3])
    return cv2.imencode(suffix, pixels, way)[1].tobytes()


@functools.lru_cache(maxsize=2)
def digit_reader(weights: Path | None) -> DigitReader | None:
    """The digit recogniser, loaded once per process; None where no weights are installed."""
    from ocr.digits import DigitReader

    try:
        return DigitReader.load(weights)
    except FileNotFoundError:
        return None


class _FirstPage:
    """The first page as the last look_head() saw it: the look() that mostly follows need not make it ready again."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[int, ...], view.View] | None = None

    def keep(self, file: tuple[int, ...], seen: view.View) -> None:
        """Until the next question."""
        self._kept = file, seen

    def take(self, path: Path) -> view.View | None:
        """What was kept, if it is of this file, under whatever name; it is kept no longer."""
        kept, self._kept = self._kept, None
        return kept[1] if kept and kept[0] == _file_of(path) else None


def _file_of(path: Path) -> tuple[int, ...]:
    at = path.stat()
    return at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns


_first = _FirstPage()


class _Look:
    """One reading of one file."""

    def __init__(self, path: Path, options: Options, upright: Collection[int]) -> None:
        self.path = path
        self.options = options
        self.upright = frozenset(upright)
        self.started = time.monotonic()
        self.last: tuple[int, view.View] | None = None
        """The page that was seen last, by its index."""
        self.triage = triage(path)
        if self.triage.kind is Kind.ENCRYPTED:
            raise Encrypted(detail=self.triage.reason)
        if self.triage.kind in (Kind.BROKEN, Kind.UNKNOWN):
            raise Unreadable(detail=self.triage.reason)
        if self.triage.pages > options.page_limit:
            raise TooLarge(detail=f"{self.triage.pages} pages")

    def head(self) -> Reading:
        with sheets.opened(self.path, self.triage.media_type) as book:
            return self._reading([self._page(book, 0, HEAD, None)])

    def whole(self, head: Reading | None, progress: Progress) -> Reading:
        known = head.pages[0] if head and head.pages and head.triage == self.triage else None
        first = _first.take(self.path)
        if known and first and (first.rotation, first.turn.angle) == (known.rotation, known.skew):
            self.last = 0, first
        pages: list[Page] = []
        with sheets.opened(self.path, self.triage.media_type) as book:
            total = len(book)
            for index in range(total):
                pages.append(self._page(book, index, WHOLE, known if index == 0 else None))
                progress(index + 1, total)
            self._hear_signature(book, pages)
        return self._reading(pages)

    def _hear_signature(self, book: sheets.Book, pages: list[Page]) -> None:
        """A second hearing for the signer's corner, on the first page that shows a name there: annexes follow it."""
        from ocr import signature

        for at, page in enumerate(pages):
            place = corner(page)
            if place is None:
                continue
            if page.picture_only and not signature.is_told(page, place):
                index, seen = self.last or (-1, None)
                if seen is None or index != at:
                    seen = view.view_of(book.sheet(at), page.rotation, known=page)
                pages[at] = signature.heard(seen, page, place, self._engine())
            if signature.is_told(pages[at], place):
                return

    def _reading(self, pages: list[Page]) -> Reading:
        codes = dict.fromkeys(code for page in pages for code in page.remarks)
        return Reading(self.triage, tuple(pages), round(time.monotonic() - self.started, 3), tuple(codes))

    def _engine(self) -> Engine:
        left = self.options.time_limit_s - (time.monotonic() - self.started)
        if left <= 0:
            raise TimedOut(detail=f"after {self.options.time_limit_s:.0f} s")
        return Engine(self.options.language, self.options.tessdata, left)

    def _page(self, book: sheets.Book, index: int, parts: tuple[str, ...], known: Page | None) -> Page:
        if known is not None and known.parts == WHOLE:
            return known
        kinds = self.triage.page_kinds
        if isinstance(book, sheets.PdfBook) and index < len(kinds) and kinds[index] is PageKind.DIGITAL:
            lines = textlayer.own_lines(book.document, index)
            if not textlayer.is_garbled(lines):
                return self._own_page(book, index, lines)
        if known is not None:
            return self._continued(book, index, known)
        return self._seen_page(book.sheet(index), index, parts)

    def _own_page(self, book: sheets.PdfBook, index: int, lines: tuple[Line, ...]) -> Page:
        size = book.size(index)
        lines = tuple(Line(tuple(view.rounded(word) for word in line.words), line.box, line.block) for line in lines)
        return Page(index + 1, size.width_mm, size.height_mm, 0.0, lines, blank=not lines, parts=WHOLE,
                    picture_only=False, marks=find_marks(None, lines, None))

    def _continued(self, book: sheets.Book, index: int, known: Page) -> Page:
        """The body below a head that look_head() has read."""
        at, seen = self.last or (-1, None)
        if seen is None or at != index:
            seen = view.view_of(book.sheet(index), known.rotation, known=known)
            self.last = (index, seen)
        if seen.blank:
            return self._made(seen, index, (), WHOLE)
        body = view.read_part(seen, view.head_end(seen), 1.0, self._engine())
        lines = view.continued(known.lines, body)
        return dataclasses.replace(known, lines=lines, parts=WHOLE, remarks=_with_word_remark(seen.remarks, lines))

    def _seen_page(self, sheet: sheets.Sheet, index: int, parts: tuple[str, ...]) -> Page:
        engine = self._engine()
        seen = view.view_of(sheet) if index in self.upright else view.upright_view(sheet, engine)
        self.last = (index, seen)
        if seen.blank:
            return self._made(seen, index, (), WHOLE)
        return self._read_upright(sheet, seen, index, parts)

    def _read_upright(self, sheet: sheets.Sheet, seen: view.View, index: int, parts: tuple[str, ...]) -> Page:
        """Read; when that gives hardly anything, ask which side is up and keep the better of the two readings."""
        lines = self._lines(seen, index, parts)
        doubtful = index not in self.upright and view.is_doubtful(lines)
        if doubtful and (again := view.turned_view(sheet, seen, self._engine())) is not seen:
            other = self._lines(again, index, parts)
            if view.believed(other) > view.believed(lines):
                seen, lines, self.last = again, other, (index, again)
        return self._made(seen, index, lines, parts)

    def _lines(self, seen: view.View, index: int, parts: tuple[str, ...]) -> tuple[Line, ...]:
        cut = view.head_end(seen) if index == 0 else 0.0
        if parts == HEAD:
            return view.read_part(seen, 0.0, cut, self._engine())
        return view.read_whole(seen, cut, self._engine())

    def _made(self, seen: view.View, index: int, lines: tuple[Line, ...], parts: tuple[str, ...]) -> Page:
        hand = self._hand(seen, lines) if index == 0 and not seen.blank else ()
        if hand:
            lines = cleared(seen, mended(seen, lines, hand, self._engine()), hand, self._engine())
        marks = () if seen.blank else find_marks(seen, lines, self._engine())
        return Page(index + 1, seen.size.width_mm, seen.size.height_mm, round(seen.dpi, 1), lines, hand, marks,
                    seen.rotation, seen.turn.angle, seen.blank, _with_word_remark(seen.remarks, lines), parts=parts)

    def _hand(self, seen: view.View, lines: tuple[Line, ...]) -> tuple[HandLine, ...]:
        reader = digit_reader(self.options.digit_weights)
        if reader is None:
            return ()
        from ocr.head import read_head

        return read_head(seen.upright, [word for line in lines for word in line.words], reader)


def _with_word_remark(remarks: tuple[str, ...], lines: tuple[Line, ...]) -> tuple[str, ...]:
    return remarks if lines or "blank" in remarks else (*remarks, view.NO_WORDS)
