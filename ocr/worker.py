"""The reading process: started by ocr.child, reads tasks as JSON lines, answers as JSON lines, dies with its parent.

Not imported by anybody: `python -m ocr.worker '{"parent": pid, "memory_mb": n, "options": {...}}'`.
"""
from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ocr import assemble, read, survey, tesseract
from ocr.errors import EngineMissing, OcrError, TooLarge
from ocr.reading import Options, reading_from_json, reading_to_json

_PR_SET_PDEATHSIG = 1
_FILE_LIMIT = 4 << 30
_CPU_SLACK_S = 10.0


def main() -> None:
    """Tie the process to its parent, set the limits, load what is slow to load, then serve."""
    setup = json.loads(sys.argv[1])
    _die_with(setup["parent"])
    _limit(setup["memory_mb"])
    # Libraries print; the answers go out through a descriptor that only this module has.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    options = options_in(setup["options"])
    sys.excepthook = lambda kind, error, trace: _report_crash(answers, kind, trace)
    _warm_up(options)
    _say(answers, {"ready": True})
    for line in sys.stdin:
        _serve(answers, json.loads(line), options)


def _die_with(parent: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def _limit(memory_mb: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_LIMIT, _FILE_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # the desk's answers come first


def _warm_up(options: Options) -> None:
    import cv2
    import img2pdf  # noqa: F401
    import ocrmypdf  # noqa: F401
    import pikepdf.pdfa  # noqa: F401

    cv2.setNumThreads(1)
    read.digit_reader(options.digit_weights)
    with contextlib.suppress(EngineMissing):  # said to whoever asks for a page
        tesseract.load(options.language, options.tessdata)


def _serve(answers: IO[str], task: dict[str, Any], options: Options) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = round(used.ru_utime + used.ru_stime + options.time_limit_s + _CPU_SLACK_S)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))
    try:
        _say(answers, {"result": _TASKS[task["do"]](task, options, answers)})
    except OcrError as error:
        _say(answers, {"error": type(error).__name__, "message": str(error), "detail": error.detail})
    except MemoryError:
        _say(answers, {"error": TooLarge.__name__, "message": "", "detail": "out of memory"})
    except OSError as error:
        _say(answers, {"os_error": [error.errno, error.strerror]})
    finally:
        _empty(Path(tempfile.gettempdir()))


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
    return lambda done, total: _say(answers, {"progress": [done, total]})


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


def _say(answers: IO[str], message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _report_crash(answers: IO[str], kind: type[BaseException], trace: TracebackType | None) -> None:
    """A fault of ours: its kind and place, never its text, which may quote a letter."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    _say(answers, {"crash": f"{kind.__name__} at {place}"})


def _empty(folder: Path) -> None:
    for item in folder.iterdir():
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item, ignore_errors=True)
        else:
            item.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
