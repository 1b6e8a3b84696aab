"""The reading process: started by ocr.child, serves by ocr.serving.

Not imported by anybody: `python -m ocr.worker '{"parent": pid, "memory_mb": n, "options": {...}}'`.
"""
from __future__ import annotations

import base64
import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from ocr import assemble, read, serving, survey, tesseract
from ocr.errors import EngineMissing
from ocr.reading import Options, reading_from_json, reading_to_json


def main() -> None:
    """Tie the process to its parent, set the limits, load what is slow to load, then serve."""
    setup = json.loads(sys.argv[1])
    answers, options = serving.begin(setup), options_in(setup["options"])
    _warm_up(options)
    serving.serve(answers, lambda task: _TASKS[task["do"]](task, options, answers), options.time_limit_s)


def _warm_up(options: Options) -> None:
    import cv2
    import img2pdf  # noqa: F401
    import ocrmypdf  # noqa: F401
    import pikepdf.pdfa  # noqa: F401

    cv2.setNumThreads(1)
    read.digit_reader(options.digit_weights)
    with contextlib.suppress(EngineMissing):  # said to whoever asks for a page
        tesseract.load(options.language, options.tessdata)


def _look_head(task: dict[str, Any], options: Options, answers: IO[str]) -> str:
    return reading_to_json(read.look_head(Path(task["path"]), options, upright=task.get("upright", ()))).decode()


def _look(task: dict[str, Any], options: Options, answers: IO[str]) -> str:
    head = reading_from_json(task["head"].encode()) if task["head"] else None

    reading = read.look(Path(task["path"]), options, head=head, progress=_progress_to(answers),
                        upright=task.get("upright", ()))
    return reading_to_json(reading).decode()


def _archive(task: dict[str, Any], options: Options, answers: IO[str]) -> bool:
    reading = reading_from_json(task["reading"].encode())
    done = read.archive(Path(task["path"]), reading, Path(task["out"]), options, progress=_progress_to(answers))
    return done.flattened


def _progress_to(answers: IO[str]) -> read.Progress:
    return lambda done, total: serving.say(answers, {"progress": [done, total]})


def _picture(task: dict[str, Any], options: Options, answers: IO[str]) -> str:
    data = read.picture(Path(task["path"]), task["page"], task["dpi"], rotation=task["rotation"], kind=task["kind"])
    return base64.b64encode(data).decode()


def _survey(task: dict[str, Any], options: Options, answers: IO[str]) -> list[str]:
    return list(survey.survey(Path(task["path"]), single=bool(task.get("single"))))


def _assemble(task: dict[str, Any], options: Options, answers: IO[str]) -> None:
    pages = [assemble.Taken(Path(path), index, turn) for path, index, turn in task["pages"]]
    assemble.assemble(pages, Path(task["out"]))


_TASKS: dict[str, Callable[[dict[str, Any], Options, IO[str]], Any]] = {
    "look_head": _look_head, "look": _look, "archive": _archive, "picture": _picture, "survey": _survey,
    "assemble": _assemble,
}


def options_out(options: Options) -> dict[str, Any]:
    """Options as JSON values."""
    return {name: str(value) if isinstance(value, Path) else value
            for name in options.__slots__ for value in (getattr(options, name),)}


def options_in(raw: dict[str, Any]) -> Options:
    """The Options that options_out wrote."""
    paths = {name: Path(raw[name]) for name in ("tessdata", "digit_weights") if raw[name] is not None}
    return Options(**{**raw, **paths})


if __name__ == "__main__":
    main()
