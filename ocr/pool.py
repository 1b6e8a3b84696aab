"""Processes that open strangers' files: limits on memory, time and file size; a hostile file takes down nothing else.

A pool keeps warm workers (all that is slow to load is loaded once) and lets them go when nothing has come for a while.
Each worker belongs to one long-lived thread of the parent, because the kernel ties "die with your parent" to the thread
that created the process.  What the worker does is its program's business (ocr.worker reads).
"""
from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from ocr import errors
from ocr.errors import NotStarted, OcrError, ReaderCrashed, TimedOut
from ocr.fences import apart
from ocr.lent import Lent
from ocr.reading import Options

Progress = Callable[[int, int], None]
Made = Callable[[Any], Any]
"""Makes a value of a raw result; ValueError says that it is none, and that nobody should ask this process again."""
_PREFIX = "vanthu-read-"
_START_LIMIT_S = 60.0
_GRACE_S = 5.0
_ANSWER_LIMIT = 256 << 20
"""Bytes: a thousand pages of words have a fifth of it."""
_OTHER = "the worker said something else"
_DETAIL = 200
_TASKS_PER_WORKER = 500
"""A worker is replaced after this many tasks, so that slow leaks of the libraries never add up."""


@dataclass(frozen=True, slots=True)
class Program:
    """What runs in the processes of a pool."""

    module: str
    """Started by `python -m`; serves with ocr.serving."""
    packages: tuple[str, ...]
    """The packages of this house that it imports, its own first."""
    known: Callable[[Options], tuple[Path, ...]] = lambda options: ()
    """Further files that it may read for all its life."""


@dataclass(slots=True)
class _Task:
    message: dict[str, Any]
    """Empty: a worker is to be there, nothing more."""
    answer: Future[Any]
    progress: Progress | None = None
    made: Made = lambda raw: raw


_LET_GO = _Task({}, Future())


@dataclass(slots=True)
class _Worker:
    """One process, its folders and the bytes that came from it and are no whole line yet."""

    process: subprocess.Popen[bytes]
    lent: Lent
    served: int = 0
    rest: bytearray = field(default_factory=bytearray)


class Pool:
    """Warm processes of one program.  All methods may be called from any thread; they wait for a free worker."""

    program: ClassVar[Program]

    def __init__(self, options: Options | None = None, *, workers: int = 1, scratch: Path | None = None,
                 shelf: Path | None = None, keep_s: float | None = None) -> None:
        """`scratch`: where workers have their own folders; `shelf`: where they are lent files, on those files' volume.

        `keep_s`: a worker that has had nothing to do for so long is let go; None keeps it for ever.
        """
        self.options = options or Options()
        self._keep_s = keep_s
        self._scratch = scratch or Path(tempfile.gettempdir())
        self._shelf = shelf or self._scratch
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        for folder in {self._scratch, self._shelf}:
            _sweep(folder)
        self._threads = [threading.Thread(target=self._serve, name=f"reader-{number}", daemon=True)
                         for number in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, message: dict[str, Any], progress: Progress | None = None, *,
               made: Made = lambda raw: raw) -> Future[Any]:
        """Queue a raw task of the program; the future holds what is made of its raw result, or raises.

        It raises the program's own OcrErrors and OSError, TimedOut when it took longer than options.time_limit_s,
        NotStarted when there is no process to ask, and ReaderCrashed when the process died or answered nonsense; the
        next task gets a new process.
        """
        task = _Task(message, Future(), progress, made)
        if not any(thread.is_alive() for thread in self._threads):
            task.answer.set_exception(NotStarted(detail="no reading thread is left"))
            return task.answer
        self._tasks.put(task)
        return task.answer

    def wake(self) -> None:
        """Says that work is on its way: where no worker is warm, one is started meanwhile.  Does not wait."""
        if self._tasks.empty():
            self._tasks.put(_Task({}, Future()))

    def close(self) -> None:
        """Let the running tasks end, then stop all workers and remove their folders."""
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def _serve(self) -> None:
        worker: _Worker | None = None
        try:
            while (task := self._next_task(worker)) is not None:
                if task is _LET_GO or worker is not None and worker.served >= _TASKS_PER_WORKER:
                    _stop(worker)
                    worker = None
                if task is _LET_GO:
                    continue
                try:
                    worker = worker or self._start()
                    task.answer.set_result(self._run(worker, task) if task.message else None)
                except (TimedOut, ReaderCrashed) as error:
                    _stop(worker)
                    worker = None
                    task.answer.set_exception(error)
                except (OcrError, OSError) as error:
                    task.answer.set_exception(error)
                except BaseException as error:  # whoever waits for this task is told before the thread goes
                    task.answer.set_exception(error)
                    raise
        finally:
            _stop(worker)

    def _next_task(self, worker: _Worker | None) -> _Task | None:
        """What is to be done; None for the end."""
        try:
            return self._tasks.get(timeout=self._keep_s if worker else None)
        except queue.Empty:
            return _LET_GO

    def _start(self) -> _Worker:
        from ocr.worker import options_out

        lent = Lent.made(f"{_PREFIX}{os.getpid()}-", self._scratch, self._shelf)
        lent.temporary.mkdir(mode=0o700)
        setup = {"parent": os.getpid(), "memory_mb": self.options.memory_limit_mb, "options": options_out(self.options)}
        root, program = Path(__file__).resolve().parents[1], self.program
        others = [root / name for name in program.packages[1:]]
        known = [*others, *program.known(self.options)]
        fence = apart(program.packages[0], read=(lent.given, *known), write=(lent.own,))
        process = subprocess.Popen(
            [*fence, sys.executable, "-m", program.module, json.dumps(setup)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(lent.temporary), "OMP_THREAD_LIMIT": "1"},
        )
        worker = _Worker(process, lent)
        try:
            _next(worker, time.monotonic() + _START_LIMIT_S)
        except OcrError as error:
            _stop(worker)
            raise NotStarted(detail=error.detail) from error
        return worker

    def _run(self, worker: _Worker, task: _Task) -> Any:
        worker.served += 1
        with worker.lent.handed(task.message) as message:
            _tell(worker, message)
            raw = self._heard(worker, task)
        try:
            return task.made(raw)
        except (ValueError, RecursionError) as error:
            raise ReaderCrashed(detail=_OTHER) from error

    def _heard(self, worker: _Worker, task: _Task) -> Any:
        deadline = time.monotonic() + self.options.time_limit_s + _GRACE_S
        while True:
            answer = _next(worker, deadline)
            if "progress" not in answer:
                return _result(answer)
            if task.progress:
                task.progress(*_two_numbers(answer["progress"]))


def _tell(worker: _Worker, message: dict[str, Any]) -> None:
    assert worker.process.stdin is not None
    try:
        worker.process.stdin.write(json.dumps(message).encode() + b"\n")
        worker.process.stdin.flush()
    except BrokenPipeError as error:
        raise ReaderCrashed(detail="the worker was gone") from error


def _result(answer: dict[str, Any]) -> Any:
    """The result of an answer, or the error it tells of.  A worker that was taken over may say anything."""
    if "os_error" in answer:
        match answer["os_error"]:
            case [int(number), str(words)]:
                raise OSError(number, words)
    kind = getattr(errors, str(answer.get("error")), None)
    if isinstance(kind, type) and issubclass(kind, OcrError):
        raise kind(str(answer.get("message", "")), detail=str(answer.get("detail", "")))
    if "result" not in answer:
        raise ReaderCrashed(detail=str(answer.get("crash", _OTHER))[:_DETAIL])
    return answer["result"]


def _two_numbers(told: Any) -> tuple[int, int]:
    match told:
        case [int(done), int(of)]:
            return done, of
    raise ReaderCrashed(detail=_OTHER)


def _next(worker: _Worker, deadline: float) -> dict[str, Any]:
    """The next line from the worker.  Raises TimedOut, ReaderCrashed."""
    assert worker.process.stdout is not None
    source = worker.process.stdout.fileno()
    poll = select.poll()
    poll.register(source, select.POLLIN)
    while b"\n" not in worker.rest:
        if len(worker.rest) > _ANSWER_LIMIT:
            raise ReaderCrashed(detail="the worker said too much")
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimedOut(detail="the worker gave no answer in time")
        chunk = os.read(source, 1 << 16)
        if not chunk:
            raise ReaderCrashed(detail=_how_it_ended(worker.process))
        worker.rest += chunk
    line, _, rest = worker.rest.partition(b"\n")
    worker.rest = rest
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ReaderCrashed(detail=_OTHER) from error
    if not isinstance(message, dict):
        raise ReaderCrashed(detail=_OTHER)
    return message


def _how_it_ended(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(timeout=_GRACE_S)
    except subprocess.TimeoutExpired:
        return "closed its pipe"
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def _stop(worker: _Worker | None) -> None:
    """End the process with everything it started, and remove its folders."""
    if worker is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker.process.pid, signal.SIGKILL)
    for pipe in (worker.process.stdin, worker.process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    worker.process.wait()
    worker.lent.remove()


def _sweep(scratch: Path) -> None:
    """Remove the folders of workers whose parent was killed and could not clean up."""
    for folder in scratch.glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
