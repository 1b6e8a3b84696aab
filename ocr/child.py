"""Reading in processes of their own (ocr.pool): what a gateway asks of ocr.worker."""
from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ocr.pool import Pool, Program, Progress
from ocr.reading import Options, Reading, reading_from_json, reading_to_json

if TYPE_CHECKING:
    from ocr.assemble import Taken


def _known(options: Options) -> tuple[Path, ...]:
    """Tesseract's data, the learned weights and the calibration beside them."""
    return tuple(path for path in (options.tessdata, *_weights(options)) if path)


def _weights(options: Options) -> tuple[Path, ...]:
    """The learned weights and the calibration beside them."""
    return (options.digit_weights, options.digit_weights.with_suffix(".json")) if options.digit_weights else ()


class ReaderPool(Pool):
    """Warm reading processes.  Its methods raise the errors of ocr.read besides those of Pool.submit."""

    program = Program("ocr.worker", ("ocr",), _known)

    def survey(self, path: Path) -> tuple[str, ...]:
        """ocr.survey.survey in a worker."""
        return tuple(self.submit({"do": "survey", "path": str(path)}).result())

    def assemble(self, pages: Sequence[Taken], out: Path) -> None:
        """ocr.assemble.assemble in a worker."""
        taken = [[str(page.path), page.index, page.turn] for page in pages]
        self.submit({"do": "assemble", "pages": taken, "out": str(out)}).result()

    def look_head(self, path: Path, *, upright: Collection[int] = ()) -> Reading:
        """ocr.read.look_head in a worker."""
        return _reading(self.submit({"do": "look_head", "path": str(path), "upright": sorted(upright)}).result())

    def look(self, path: Path, *, head: Reading | None = None, progress: Progress | None = None,
             upright: Collection[int] = ()) -> Reading:
        """ocr.read.look in a worker; progress is called on the worker's thread."""
        known = reading_to_json(head).decode() if head else None
        task = {"do": "look", "path": str(path), "head": known, "upright": sorted(upright)}
        return _reading(self.submit(task, progress).result())

    def archive(self, path: Path, reading: Reading, out: Path, *, progress: Progress | None = None) -> bool:
        """ocr.read.archive in a worker; True when the pages had to be turned into pictures."""
        words = reading_to_json(reading).decode()
        task = {"do": "archive", "path": str(path), "reading": words, "out": str(out)}
        return bool(self.submit(task, progress).result())

    def picture(self, path: Path, page_number: int, dpi: float, *, rotation: int = 0, kind: str = "png") -> bytes:
        """ocr.read.picture in a worker."""
        task = {"do": "picture", "path": str(path), "page": page_number, "dpi": dpi, "rotation": rotation, "kind": kind}
        return base64.b64decode(self.submit(task).result())


def _reading(data: str) -> Reading:
    return reading_from_json(data.encode())
