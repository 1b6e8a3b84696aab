"""The leg runner: one Document, one step, one recorded Change.  What goes wrong becomes a later try or a hold.

Whoever calls `run` (the engine) may call it twice for the same leg: a Document that has moved on is left alone, and a
Change made from an older version is refused by the store.
"""
from __future__ import annotations

import datetime as dt
import logging
import random
import re
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from gateway.document import VN, Change, Document, Held, Stage
from gateway.errors import GatewayError, NotFound, Stale
from gateway.last_words import Fallen
from gateway.pipeline import Task
from gateway.store.health import Ended
from gateway.store.later import FARTHEST
from gateway.store.store import Store
from ocr.errors import NotStarted, OcrError, ReaderCrashed, TimedOut

log = logging.getLogger(__name__)
MACHINE = "machine"
"""Who the journal names for what the machine does."""
UNKNOWN_TRIES = 3
"""An unknown fault is tried so often before the Document is held."""
POISON_TRIES = 2
"""A file that makes its reading process die, or never end, is tried so often: each try costs a process or minutes.  The
same for a Document at which the service itself has died of a fault."""
DIED = "died"
"""Outcome of a try of which the whole process has died (gateway.last_words)."""
At = Callable[[str, str], AbstractContextManager[None]]

_UNKNOWN = "Máy gặp lỗi chưa rõ khi xử lý văn bản này. Nếu vẫn lỗi, hãy báo quản trị viên kèm mã văn bản."
_CRASHED = ("Chương trình đã dừng đột ngột nhiều lần khi xử lý văn bản này. "
            "Hãy mở bản gốc để kiểm tra; nếu tệp bình thường thì bấm thử lại.")
_DISK = "Không ghi được vào ổ đĩa. Hãy kiểm tra dung lượng và quyền ghi; hệ thống sẽ tự thử lại."

_MEND = "{}. Đã thử {} lần; hãy xử lý nguyên nhân rồi bấm thử lại."
_LOOK = ("{}. Đã thử {} lần; bản gốc vẫn nguyên vẹn. "
         "Hãy mở bản gốc để kiểm tra; nếu tệp hỏng thì đề nghị nơi gửi gửi lại, nếu không thì bấm thử lại.")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait between tries."""

    first_s: float
    longest_s: float
    most_crashes: int

    def wait(self, failures: int) -> dt.timedelta:
        """Back-off after so many failures (0 for the first), with 20 % jitter."""
        seconds = min(self.longest_s, self.first_s * 2.0 ** min(failures, 30)) * random.uniform(0.8, 1.2)
        return min(dt.timedelta(seconds=seconds), FARTHEST / 2)


def _now() -> dt.datetime:
    return dt.datetime.now(VN)


def _nothing(document_id: str, what: str) -> AbstractContextManager[None]:
    return nullcontext()


def blame(store: Store, fallen: Fallen, at: dt.datetime) -> None:
    """Writes down that a process has died of the try it was at; a Document that has gone since is left alone."""
    tries = store.attempts(fallen.document) if fallen.document else ()
    mine = [one for one in tries if one.what == fallen.what and not one.outcome]
    if mine:
        store.attempt_done(mine[-1].id, DIED, at)


class Legs:
    """Runs legs; safe to be called from many threads."""

    def __init__(self, store: Store, tasks: Mapping[Stage, Task], patience: Patience, *,
                 clock: Callable[[], dt.datetime] = _now, at: At = _nothing) -> None:
        """`at(document_id, attempt)` is around every try: what a process was at that dies of it."""
        self._store = store
        self._tasks = tasks
        self._patience = patience
        self._clock = clock
        self._at = at

    def run(self, document_id: str, version: int) -> None:
        """The leg of that version of the Document; does nothing when the Document has moved on since.

        Raises:
            SQLAlchemyError: the database did not take the result; the leg is to be run again.
        """
        try:
            document = self._store.get(document_id)
        except NotFound:
            return
        task = self._tasks.get(document.stage)
        if task is None or document.version != version or document.held:
            return
        what = f"{task.name}:{version}"
        # Said before the work begins: a Document that kills its process must be found out after the next start.
        ended = [a.outcome for a in self._store.attempts(document_id) if a.what == what]
        if ended.count("") >= self._patience.most_crashes or ended.count(DIED) >= POISON_TRIES:
            self._record(document, Change(what="held", why=_CRASHED, held=Held("crashed", _CRASHED)))
            return
        attempt = self._store.attempt(document_id, what, self._clock())
        with self._at(document_id, what):
            outcome, change = self._try(task, document)
        end = Ended(attempt, outcome, self._clock())
        if change is None or not self._record(document, change, end):
            self._store.attempt_done(attempt, outcome, self._clock())

    def _try(self, task: Task, document: Document) -> tuple[str, Change | None]:
        """The step's outcome in a word, and what is to be recorded."""
        try:
            return "done", task.run(document)
        except (GatewayError, OcrError) as error:
            code = code_of(error)
            log.info("%s %s trouble=%s detail=%s", document.id, task.name, code, getattr(error, "detail", ""))
            if error.temporary:
                if isinstance(error, (ReaderCrashed, TimedOut)) and not isinstance(error, NotStarted):
                    return code, self._later(document, str(error), min(task.tries, POISON_TRIES), end=_LOOK)
                return code, self._later(document, str(error), task.tries)
            return code, Change(what="held", why=str(error), held=Held(code, str(error)))
        except OSError as error:
            log.warning("%s %s trouble=os_error errno=%s", document.id, task.name, error.errno)
            return "os_error", self._later(document, _DISK, task.tries)
        except Exception as error:  # noqa: BLE001
            # The one place of the house for faults nobody thought of.  A message may quote the letter: only the place
            # is logged.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s %s unknown_fault=%s\n%s", document.id, task.name, type(error).__name__, where)
            return "unknown_fault", self._later(document, _UNKNOWN, UNKNOWN_TRIES, code="unknown_fault")

    def _later(self, document: Document, sentence: str, most: int, *, code: str = "too_many_tries",
               end: str = _MEND) -> Change:
        if document.tries + 1 >= most:
            # What the sentence promises ("will try again") ends here; its first part says what was the matter.
            said = end.format(sentence.partition(". ")[0].rstrip("."), most)
            return Change(what="held", why=said, held=Held(code, said))
        return Change(what="delayed", why=sentence, again_at=self._clock() + self._patience.wait(document.tries))

    def _record(self, document: Document, change: Change, ended: Ended | None = None) -> bool:
        """In one transaction with the end of the attempt; False when the Document had moved on meanwhile."""
        try:
            after = self._store.record(document, change, who=MACHINE, ended=ended)
        except Stale:
            log.info("%s leg_too_late what=%s", document.id, change.what)
            return False
        log.info("%s %s stage=%s", document.id, change.what, after.stage.value)
        return True


def code_of(error: Exception) -> str:
    """The class's name as a word for programs: NotArchivable is "not_archivable"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
