"""The folder door: scanners write into a folder; what is whole is claimed, accepted and put aside.

One file's way: seen → still for `settle_s` and whole → claimed by a rename → accepted (bytes durable, row committed) →
done/.  Not whole for `give_up_s`, or nothing that can be taken → failed/, with a reason file.  Memory is only a matter
of waiting: after a crash the folders alone say what is to be done.  One side of a double-sided scan waits, claimed, for
the other (gateway.intake.sides).
"""
from __future__ import annotations

import datetime as dt
import io
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from sqlalchemy.exc import SQLAlchemyError

from gateway.document import VN, Change, Door, Origin, Stage
from gateway.errors import BadSettings, GatewayError
from gateway.intake.accept import Beside
from gateway.intake.claims import Claims
from gateway.intake.endings import named
from gateway.intake.entries import Entry, Sort, look, opened
from gateway.intake.reasons import alone_text, reason_text, stopped_text
from gateway.intake.settling import Settling
from gateway.intake.sides import ALONE, SCANNED, Half, Sheets, claimed_at, ripe
from gateway.intake.watching import Watch
from gateway.kinds import LOCKED, MACROS, wholeness
from gateway.store.store import Received
from ocr.office import TEXTS
from ocr.triage import Completeness, State

log = logging.getLogger(__name__)
_FOREIGN_TIMES = 5
"""Bytes of another kind are waited for so many times `settle_s`: some scanners write the head last, and a text has no
end that could be seen."""
_HEAD = 4096


class Accept(Protocol):
    """gateway.intake.accept.accept with store and vault bound."""

    def __call__(self, source: BinaryIO, origin_of: Callable[[str], Origin], *, unit: str, name: str, by: str,
                 media_type: str, at: dt.datetime, also: Change | None = None,
                 beside: Beside | None = None) -> Received:
        """Takes a file in."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPlan:
    """The door's settings."""

    path: Path
    unit: str
    """Code of the unit whose papers lie in the folder itself."""
    units: frozenset[str] = frozenset()
    """Codes of units with a sub-folder of their own; any other sub-folder is named after a scanner."""
    settle_s: float = 2.0
    give_up_s: float = 900.0
    poll_s: float = 2.0
    endings: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Of names of fronts and of backs (settings_folder)."""
    sides_wait_s: float = 900.0
    apart_from: Sequence[Path] = ()
    """Folders that must not lie inside this one, nor this one inside them: what goes out would come in again."""


class _StillWritten(OSError):
    """The file changed while it was being taken."""


class FolderDoor:
    """Use `turn` again and again from one thread; `close` ends a waiting turn."""

    def __init__(self, plan: FolderPlan, accept: Accept, *, taken: Callable[[Origin], bool] = lambda _: False,
                 clock: Callable[[], dt.datetime] | None = None, monotonic: Callable[[], float] = time.monotonic,
                 native: bool | None = None) -> None:
        """Makes the folder when it is not there.  `taken` tells whether an Origin has its Document already.

        Raises:
            BadSettings: the folder overlaps with one it must stay apart from, or cannot be made.
        """
        _check_apart(plan)
        self._plan = plan
        self._accept = accept
        self._taken = taken
        self._clock = clock or (lambda: dt.datetime.now(VN))
        self._settling = Settling(monotonic)
        try:
            plan.path.mkdir(parents=True, exist_ok=True)
            self._claims = Claims(plan.path)
        except OSError as error:
            raise BadSettings(f"Không dùng được thư mục {plan.path} ({error.strerror}). "
                              "Hãy kiểm tra đường dẫn và quyền ghi.") from error
        self._watch = Watch(plan.path, native=native)
        self._pause: float | None = None
        self._halves: dict[Path, Half] = {}

    def turn(self) -> None:
        """Waits for an event or `poll_s`, then looks once; the first turn looks at once.

        Raises:
            OSError, GatewayError, SQLAlchemyError: as `look_once`.
        """
        if self._pause is not None:
            self._watch.wait(self._pause)
        self._pause = self._plan.poll_s
        self.look_once()

    def close(self) -> None:
        """Ends the listening."""
        self._watch.close()

    def erase(self, sha256: str) -> None:
        """Erases the copies of a STOPPED letter in done/; whoever stands at the scanner is told that it was stopped,
        and nothing of what it was.

        Raises:
            OSError: one could not be erased, or the note not written.
        """
        at = self._clock()
        for place in self._claims.erase(sha256):
            self._claims.note(place, f"da-dung-{at.astimezone(VN):%H%M%S}.txt", stopped_text(at), at)

    def failures(self) -> int:
        """How many refused files wait in failed/ for a person."""
        return self._claims.failures()

    def look_once(self) -> int:
        """Accepts all that can be accepted now; how many files.  One file's trouble does not keep the others waiting.

        Raises:
            OSError, GatewayError, SQLAlchemyError: the first trouble; what is left is tried again at the next look.
        """
        troubles: list[Exception] = []
        known, self._halves = self._halves, {}
        taken = sum(self._tried(partial(self._look_at, entry, known), troubles) for entry in self._entries())
        for sheets in list(ripe(self._halves.values(), self._clock(), self._plan.sides_wait_s)):
            taken += self._tried(partial(self._take_sheets, sheets), troubles)
        self._settling.forget(self._plan.give_up_s)
        if troubles:
            raise troubles[0]
        return taken

    def _tried(self, act: Callable[[], bool], troubles: list[Exception]) -> bool:
        try:
            return act()
        except FileNotFoundError:
            return False  # taken away by whoever put it there
        except (OSError, GatewayError, SQLAlchemyError) as trouble:
            log.warning("- folder_trouble error=%s", type(trouble).__name__)
            troubles.append(trouble)
            return False

    def _entries(self) -> Sequence[Entry]:
        try:
            return [*self._claims.held(), *look(self._plan.path)]
        except FileNotFoundError as error:
            # A share that is not mounted looks like this; making the folders anew would hide it.
            raise GatewayError(f"Không thấy thư mục {self._plan.path} hoặc thư mục con .claimed. Hãy kiểm tra ổ mạng; "
                               "nếu thư mục con đã bị xóa, hãy khởi động lại cổng văn thư.") from error

    def _look_at(self, entry: Entry, known: Mapping[Path, Half]) -> bool:
        """True when the entry was accepted."""
        still, half = self._settling.still_for(entry), known.get(entry.path)
        if half is not None and half.entry.mark == entry.mark:
            self._halves[entry.path] = half
            return False
        if still < self._plan.settle_s:
            self._pause = min(self._plan.poll_s, self._plan.settle_s)
            return False
        if entry.sort is not Sort.FILE:
            if entry.sort is not Sort.UNFINISHED or still >= self._plan.give_up_s:
                self._refuse(entry, entry.sort.value, "")
            return False
        with opened(entry.path) as file:
            found = wholeness(Path(f"/proc/self/fd/{file.fileno()}"), entry.path.name)
            if found.media_type in TEXTS and still < self._plan.settle_s * _FOREIGN_TIMES:
                return False
            if found.state is not State.COMPLETE:
                if still >= self._patience(found, file):
                    self._refuse(entry, _code(found), found.reason)
                return False
        claimed = entry
        if not entry.path.is_relative_to(self._claims.root):
            claimed = self._claims.claim(entry, self._clock())
            self._settling.moved(entry, claimed)
        if claimed.mark != entry.mark:
            return False
        side = named(entry.path.name, *self._plan.endings) if found.media_type in SCANNED else None
        if side is not None:
            at = claimed_at(claimed, self._claims.root)
            taken = self._taken(self._origin(claimed, self._claims.digest(claimed)))
            self._halves[claimed.path] = Half(claimed, found, side, at, taken)
            return False
        return self._take(claimed, found) is not None

    def _patience(self, found: Completeness, file: BinaryIO) -> float:
        if found.state is State.FOREIGN and any(file.read(_HEAD)):
            return min(self._plan.give_up_s, self._plan.settle_s * _FOREIGN_TIMES)
        return self._plan.give_up_s

    def _take_sheets(self, sheets: Sheets) -> bool:
        """Takes both sides as one paper, or one alone, and says so to the desk and at the scanner."""
        first, back = sheets.first, sheets.back
        if back is None:
            taken = self._take(first.entry, first.found, also=sheets.also)
            if taken is not None and taken.fresh:
                at, name = self._clock(), f"{first.entry.path.name}.mot-mat.txt"
                self._claims.note(self._claims.key(first.entry), name, alone_text(sheets.why, at), at)
            return taken is not None
        return self._take(first.entry, first.found, back=back) is not None

    def _take(self, entry: Entry, found: Completeness, *, also: Change | None = None,
              back: Half | None = None) -> Received | None:
        """What it has become; None when somebody was still writing."""
        at, hashes = self._clock(), [""]
        unit, by = self._whose(entry)

        def origin_of(sha256: str) -> Origin:
            hashes[0] = sha256
            return self._origin(entry, sha256)

        try:
            with ExitStack() as stack:
                file = _Steady(stack.enter_context(opened(entry.path)), entry)
                received = self._accept(cast(BinaryIO, file), origin_of, unit=unit, name=entry.path.name, by=by,
                                        media_type=found.media_type, at=at, also=also,
                                        beside=_beside(back, stack))
        except _StillWritten:
            log.info("- folder_still_written claim=%s", self._claims.key(entry).partition("/")[0])
            return None
        if back is not None:
            self._settle_back(back, received)
        if received.document.stage is Stage.STOPPED:  # a crash had kept this copy of a secret letter
            self._claims.gone(entry)
        else:
            self._claims.done(entry, hashes[0], at)
        log.info("%s accepted door=folder fresh=%s", received.document.id, received.fresh)
        return received

    def _origin(self, entry: Entry, sha256: str) -> Origin:
        return Origin(Door.FOLDER, f"{self._claims.key(entry)}:{sha256}")

    def _settle_back(self, back: Half, received: Received) -> None:
        """Its backs go before the fronts: what a crash leaves of the two is known by the fronts' origin (`taken`)."""
        sha256 = self._claims.digest(back.entry)
        if received.document.stage is Stage.STOPPED:
            self._claims.gone(back.entry)
        elif any(file.sha256 == sha256 for file in received.document.files):
            self._claims.done(back.entry, sha256, self._clock())
        else:  # the fronts came once before, alone
            self._take_sheets(Sheets(back, why=ALONE))

    def _whose(self, entry: Entry) -> tuple[str, str]:
        """Unit and bringer, by the sub-folders."""
        unit, place = self._plan.unit, entry.place
        if place and place[0] in self._plan.units:
            unit, place = place[0], place[1:]
        return unit, place[0] if place else "scanner"

    def _refuse(self, entry: Entry, code: str, detail: str) -> None:
        at = self._clock()
        self._claims.failed(entry, reason_text(code, detail, at), at)
        log.warning("- folder_refused reason=%s detail=%s", code, detail)


class _Steady(io.RawIOBase):
    """A file that is read to its end only when it is still the file that was judged."""

    def __init__(self, file: BinaryIO, entry: Entry) -> None:
        self._file = file
        self._mark = entry.mark

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Raises:
            _StillWritten: at the end, when somebody has written meanwhile.
        """
        chunk = self._file.read(size)
        if not chunk:
            seen = os.fstat(self._file.fileno())
            if (seen.st_size, seen.st_mtime_ns) != self._mark:
                raise _StillWritten
        return chunk

    def seek(self, offset: int, whence: int = 0) -> int:
        """As the file's."""
        return self._file.seek(offset, whence)


def _beside(back: Half | None, stack: ExitStack) -> Beside | None:
    if back is None:
        return None
    file = _Steady(stack.enter_context(opened(back.entry.path)), back.entry)
    return Beside(cast(BinaryIO, file), back.entry.path.name, back.found.media_type)


def _code(found: Completeness) -> str:
    if found.state is State.FOREIGN:
        return found.reason if found.reason in (LOCKED, MACROS) else "foreign"
    return "empty" if found.reason == "empty" else "cut"


def _check_apart(plan: FolderPlan) -> None:
    mine = plan.path.resolve()
    for other in plan.apart_from:
        theirs = other.resolve()
        if mine.is_relative_to(theirs) or theirs.is_relative_to(mine):
            raise BadSettings(f"Thư mục nhận {mine} và {theirs} chồng lên nhau. Hãy chọn hai thư mục tách rời.")
