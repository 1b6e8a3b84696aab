"""Fixity: every file of the vault is read again and compared with its hash, in a round that takes days (R-182).

The hashes are spread evenly, so that the part of the round's time that has gone says up to which hash all must have
been read; after a standstill it catches up.  Where the round stands lies in the vault folder (fixity.json): machines
that share the vault share the round.
"""
from __future__ import annotations

import datetime as dt
import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace

from gateway.errors import FileMissing, GatewayError
from gateway.store.contents import Contents
from gateway.store.vault import Vault

log = logging.getLogger(__name__)
_BATCH = 200
_TURN_S = 20.0
_KEPT_ROUNDS = 40
_LAST = "g"
"""After every hash."""


@dataclass(frozen=True, slots=True)
class Round:
    """One whole look at the vault."""

    begun_at: str
    ended_at: str = ""
    files: int = 0
    bytes: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class FixityReport:
    """The running round, the damage that is known, and earlier rounds, newest last."""

    now: Round | None = None
    reached: str = ""
    """All files up to this hash are done in the running round."""
    damage: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 to "missing" or "changed"."""
    rounds: tuple[Round, ...] = ()


class Fixity:
    """`turn` does the part of the round that is due; `whole` everything at once."""

    def __init__(self, contents: Contents, vault: Vault, *, days: float,
                 clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._contents = contents
        self._vault = vault
        self._days = days
        self._clock = clock
        self._file = vault.folder / "fixity.json"

    def report(self) -> FixityReport:
        """What is known now."""
        try:
            read = json.loads(self._file.read_text("utf-8"))
            return FixityReport(Round(**read["now"]) if read["now"] else None, read["reached"], read["damage"],
                                tuple(Round(**one) for one in read["rounds"]))
        except FileNotFoundError:
            return FixityReport()
        except (ValueError, KeyError, TypeError):
            log.warning("- fixity_report_lost")  # the round begins anew: only time is lost
            return FixityReport()

    def turn(self) -> None:
        """Reads what is due, for some seconds at most.

        Raises:
            GatewayError: files are damaged or missing; the sentence says how many and what to do.
            SQLAlchemyError, OSError: the database, the disk.
        """
        with self._held() as free:
            if not free:
                return  # another machine is at it
            report = self._begun(self.report())
            self._write(self._look(report, self._due(report), time.monotonic() + _TURN_S))
        complain(self.report())

    def whole(self, progress: Callable[[int], None] = lambda done: None) -> FixityReport:
        """A round of its own from the first file to the last."""
        with self._held(wait=True):
            report = replace(self.report(), now=Round(self._clock().isoformat()), reached="")
            report = self._look(report, _LAST, float("inf"), progress)
            self._write(report)
        return report

    def _begun(self, report: FixityReport) -> FixityReport:
        if report.now is not None:
            return report
        last = report.rounds[-1] if report.rounds else None
        if last and self._clock() < dt.datetime.fromisoformat(last.begun_at) + dt.timedelta(days=self._days):
            return report
        return replace(report, now=Round(self._clock().isoformat()), reached="")

    def _due(self, report: FixityReport) -> str:
        if report.now is None:
            return ""
        gone = self._clock() - dt.datetime.fromisoformat(report.now.begun_at)
        share = gone.total_seconds() / (self._days * 86400)
        return _LAST if share >= 1 else f"{int(max(share, 0.0) * 0x1_0000_0000):08x}"

    def _look(self, report: FixityReport, upto: str, until: float,
              progress: Callable[[int], None] = lambda done: None) -> FixityReport:
        now, damage, reached = report.now, dict(report.damage), report.reached
        if now is None:
            return report
        while time.monotonic() < until and (found := self._contents.after(reached, _BATCH)):
            for sha256, size in found:
                if sha256 > upto or time.monotonic() > until:
                    return replace(report, now=now, damage=damage, reached=reached)
                now, reached = self._one(now, sha256, size, damage), sha256
                progress(now.files)
        if upto != _LAST or self._contents.after(reached, 1):
            return replace(report, now=now, damage=damage, reached=reached)
        damage = {sha256: what for sha256, what in damage.items() if self._contents.wants(sha256)}
        ended = replace(now, ended_at=self._clock().isoformat(), damaged=len(damage))
        log.info("- fixity_round files=%d damaged=%d", ended.files, ended.damaged)
        return replace(report, now=None, reached="", damage=damage, rounds=(*report.rounds, ended)[-_KEPT_ROUNDS:])

    def _one(self, now: Round, sha256: str, size: int, damage: dict[str, str]) -> Round:
        said = look_at(self._vault, sha256)
        if said and self._contents.wants(sha256):  # else its letter was STOPPED between list and look
            log.error("- fixity sha256=%s %s", sha256, said)
            damage[sha256] = said
        else:
            damage.pop(sha256, None)
        return replace(now, files=now.files + 1, bytes=now.bytes + size)

    def _write(self, report: FixityReport) -> None:
        half = self._file.with_name(".fixity.json")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(asdict(report), out)
            out.flush()
            os.fsync(out.fileno())
        half.rename(self._file)

    @contextmanager
    def _held(self, *, wait: bool = False) -> Iterator[bool]:
        """One process at a time; False when it is another one."""
        with (self._vault.folder / ".fixity.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True


def look_at(vault: Vault, sha256: str) -> str:
    """ "" for a sound file, else "missing" or "changed"."""
    try:
        return "" if vault.digest(sha256) == sha256 else "changed"
    except FileMissing:
        return "missing"


def complain(report: FixityReport) -> None:
    """Says that files are damaged.

    Raises:
        GatewayError: there are some.
    """
    if report.damage:
        raise GatewayError(f"{len(report.damage)} tệp trong kho bị mất hoặc bị đổi. Hãy chạy vanthu verify --files, "
                           "rồi vanthu restore --damaged để lấy lại từ bản sao lưu.")
