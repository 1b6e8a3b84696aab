"""Tesseract's library, loaded once per process: a line costs 10 ms then, where starting the program costs 70.

The C interface (tesseract/capi.h, version 5) is bound directly, so that it is the very library whose program and data
Debian ships; the Python bindings on PyPI bring other versions of their own, and other answers.
"""
from __future__ import annotations

import ctypes
import functools
import os
import threading
import time
from typing import TYPE_CHECKING

from ocr.errors import EngineMissing, TimedOut, Unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from ocr.image import Pixels

_LIBRARY = "libtesseract.so.5"
_NEURAL_ONLY = 1
_SAY_NOTHING = 6
_handles = threading.local()


def table_of(pixels: Pixels, *, dpi: int, mode: int, language: str, tessdata: Path | None, limit_s: float) -> str:
    """The words of a grey picture as the rows of Tesseract's TSV, without its heading.

    One handle per thread and set of data is kept; a handle serves one picture at a time.

    Raises:
        EngineMissing: no library, or no data for the language.
        TimedOut: not done after `limit_s` seconds.
        Unreadable: the engine gave up.
    """
    import numpy as np

    library = _library()
    handle = _handle(library, language, str(tessdata) if tessdata else "")
    grey = np.ascontiguousarray(pixels, dtype=np.uint8)
    height, width = grey.shape
    library.TessBaseAPISetVariable(handle, b"user_defined_dpi", str(dpi).encode())
    library.TessBaseAPISetPageSegMode(handle, mode)
    library.TessBaseAPISetImage(handle, grey.ctypes.data_as(ctypes.c_char_p), width, height, 1, width)
    try:
        _recognize(library, handle, limit_s)
        text = library.TessBaseAPIGetTsvText(handle, 0)
        if not text:
            raise Unreadable(detail="the engine gave no words")
        try:
            return bytes(ctypes.cast(text, ctypes.c_char_p).value or b"").decode("utf-8", "replace")
        finally:
            library.TessDeleteText(text)
    finally:
        library.TessBaseAPIClear(handle)


def load(language: str, tessdata: Path | None) -> None:
    """Loads library and data now, so that the first picture need not wait.  Raises EngineMissing."""
    _handle(_library(), language, str(tessdata) if tessdata else "")


def forget() -> None:
    """Frees what this thread has loaded: a thread that ends would leave its 14 MB behind."""
    for handle in _handles.__dict__.pop("known", {}).values():
        _library().TessBaseAPIDelete(handle)


def _recognize(library: ctypes.CDLL, handle: int, limit_s: float) -> None:
    monitor = library.TessMonitorCreate()
    end = time.monotonic() + limit_s
    try:
        library.TessMonitorSetDeadlineMSecs(monitor, max(1, round(limit_s * 1000)))
        failed = library.TessBaseAPIRecognize(handle, monitor)
    finally:
        library.TessMonitorDelete(monitor)
    # Past its deadline the engine returns what it has so far; half a page must not pass for a whole one.
    if time.monotonic() >= end:
        raise TimedOut(detail=f"after {limit_s:.1f} s")
    if failed:
        raise Unreadable(detail="the engine gave up")


def _handle(library: ctypes.CDLL, language: str, tessdata: str) -> int:
    known: dict[tuple[str, str], int] = _handles.__dict__.setdefault("known", {})
    if (language, tessdata) not in known:
        handle: int = library.TessBaseAPICreate()
        # The engine talks on standard error about every second page ("Detected 12 diacritics").
        library.TessBaseAPISetVariable(handle, b"debug_file", os.devnull.encode())
        if library.TessBaseAPIInit2(handle, tessdata.encode() or None, language.encode(), _NEURAL_ONLY):
            library.TessBaseAPIDelete(handle)
            raise EngineMissing(detail=f"no data for {language} in {tessdata or 'the usual folder'}")
        known[language, tessdata] = handle
    return known[language, tessdata]


@functools.cache
def _library() -> ctypes.CDLL:
    # More threads make Tesseract slower: 3.5 CPU seconds instead of 1 for a page.  Read when the library loads.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise EngineMissing(detail=str(error)) from error
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("TessBaseAPICreate", pointer, ()),
        ("TessBaseAPIDelete", None, (pointer,)),
        ("TessBaseAPIInit2", number, (pointer, text, text, number)),
        ("TessBaseAPISetVariable", number, (pointer, text, text)),
        ("TessBaseAPISetPageSegMode", None, (pointer, number)),
        ("TessBaseAPISetImage", None, (pointer, text, number, number, number, number)),
        ("TessBaseAPIRecognize", number, (pointer, pointer)),
        ("TessBaseAPIGetTsvText", pointer, (pointer, number)),
        ("TessBaseAPIClear", None, (pointer,)),
        ("TessDeleteText", None, (pointer,)),
        ("TessMonitorCreate", pointer, ()),
        ("TessMonitorDelete", None, (pointer,)),
        ("TessMonitorSetDeadlineMSecs", None, (pointer, number)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    library.setMsgSeverity(_SAY_NOTHING)  # of Leptonica, which talks on standard error about odd boxes
    return library
