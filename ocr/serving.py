"""A process of ocr.pool from within: it dies with its parent, keeps its limits, and answers tasks as JSON lines."""
from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ocr.errors import OcrError, TooLarge

_PR_SET_PDEATHSIG = 1
_FILE_LIMIT = 4 << 30
_CPU_SLACK_S = 10.0


def begin(setup: Mapping[str, Any]) -> IO[str]:
    """Before anything is loaded: the process tied to its parent, its limits set; where its answers go."""
    _die_with(setup["parent"])
    _limit(setup["memory_mb"])
    # Libraries print; the answers go out through a descriptor that nobody else has.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.excepthook = lambda kind, error, trace: _report_crash(answers, kind, trace)
    return answers


def serve(answers: IO[str], do: Callable[[dict[str, Any]], Any], time_limit_s: float) -> None:
    """Says that it is ready, then does task after task until the parent closes the pipe."""
    say(answers, {"ready": True})
    for line in sys.stdin:
        _answer(answers, json.loads(line), do, time_limit_s)


def say(answers: IO[str], message: Mapping[str, Any]) -> None:
    """One line."""
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _die_with(parent: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def _limit(memory_mb: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_LIMIT, _FILE_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # the desk's answers come first


def _answer(answers: IO[str], task: dict[str, Any], do: Callable[[dict[str, Any]], Any], time_limit_s: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = round(used.ru_utime + used.ru_stime + time_limit_s + _CPU_SLACK_S)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))
    try:
        say(answers, {"result": do(task)})
    except OcrError as error:
        say(answers, {"error": type(error).__name__, "message": str(error), "detail": error.detail})
    except MemoryError:
        say(answers, {"error": TooLarge.__name__, "message": "", "detail": "out of memory"})
    except OSError as error:
        say(answers, {"os_error": [error.errno, error.strerror]})
    finally:
        _empty(Path(tempfile.gettempdir()))


def _report_crash(answers: IO[str], kind: type[BaseException], trace: TracebackType | None) -> None:
    """A fault of ours: its kind and place, never its text, which may quote a letter."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    say(answers, {"crash": f"{kind.__name__} at {place}"})


def _empty(folder: Path) -> None:
    for item in folder.iterdir():
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item, ignore_errors=True)
        else:
            item.unlink(missing_ok=True)
