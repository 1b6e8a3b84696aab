"""Anchors of the journal: dropped once a day, time-stamped, laid beside the data; and checked against the chain.

Whoever can write to the database can make the whole chain anew, every hash right.  An anchor finds that: its hash was
stamped by a service that nobody here can move, and lies as a file in the data folder and in every backup.
`openssl ts -verify -token_in -in DAY.tst -digest HASH -CAfile ROOT` checks one without us.
"""
from __future__ import annotations

import datetime as dt
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.document import VN
from gateway.errors import ClockOff, SealError, StampUnavailable
from gateway.seal.anchoring import Stamp, read_stamp, stamp_hash
from gateway.seal.practice import Practice
from gateway.seal.trust import Trust
from gateway.store.anchors import Anchor, Anchors

log = logging.getLogger(__name__)
FOLDER = "anchors"
"""Below the data folder."""
_NEAR = dt.timedelta(minutes=10)
"""The stamp's own time and the time at which we wrote it down differ by no more."""
_SOON = dt.timedelta(days=2)
"""A stamp that came later than this proves less, and is counted apart."""


@dataclass(slots=True)
class AnchorReport:
    """What the anchors say of the journal."""

    anchors: int = 0
    stamped: int = 0
    trusted: int = 0
    """Of the stamped ones, those whose service leads to a root of the office."""
    late: int = 0
    """Stamped days after they were dropped: they prove the journal only from then on."""
    problems: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """One honest sentence."""
        if not self.anchors:
            return "Nhật ký chưa có mốc nào."
        bare = self.anchors - self.stamped
        return (f"Mốc nhật ký: {self.anchors}, có dấu thời gian: {self.stamped} (tin cậy: {self.trusted}, đóng dấu "
                f"muộn: {self.late}), chưa có dấu thời gian: {bare}.")


@dataclass(frozen=True, slots=True)
class Anchoring:
    """The day's work."""

    anchors: Anchors
    folder: Path
    practice: Practice
    clock: Callable[[], dt.datetime]

    def turn(self) -> None:
        """Drops the day's anchor, stamps what has no stamp yet, lays down the files.

        Raises:
            StampUnavailable, ClockOff: a service is named and gives none; the anchor stays without, and the next turn
                asks again.
        """
        self.anchors.drop(self.clock())
        trouble = self._stamp()
        for one in self.anchors.all():
            lay_down(one, self.folder)
        if trouble is not None:
            raise trouble

    def _stamp(self) -> SealError | None:
        if not self.practice.stamp_url:
            return None
        for one in self.anchors.bare():
            try:
                token = stamp_hash(bytes.fromhex(one.hash), self.practice)
            except (StampUnavailable, ClockOff) as error:
                log.warning("- anchor_without_stamp seq=%d reason=%s", one.seq, type(error).__name__)
                self.anchors.trouble(one.seq, LATER)
                return type(error)(LATER)
            self.anchors.stamp(one.seq, token, self.clock())
            log.info("- anchored seq=%d", one.seq)
        return None


LATER = ("Chưa lấy được dấu thời gian cho mốc nhật ký; hệ thống sẽ tự thử lại. "
         "Hãy kiểm tra mạng tới dịch vụ cấp dấu thời gian và đồng hồ của máy.")


def lay_down(anchor: Anchor, folder: Path) -> None:
    """The anchor as files, where they are not there yet; what lies there is never written over."""
    folder.mkdir(mode=0o700, exist_ok=True)
    line = {"seq": anchor.seq, "hash": anchor.hash, "at": anchor.at.isoformat()}
    _write(folder / f"{_name(anchor)}.json", json.dumps(line).encode())
    if anchor.token is not None:
        _write(folder / f"{_name(anchor)}.tst", anchor.token)


def _name(anchor: Anchor) -> str:
    return f"{anchor.at.astimezone(VN):%Y-%m-%d}-{anchor.seq}"


def _write(path: Path, data: bytes) -> None:
    if path.exists():
        return
    half = path.with_name(f".{path.name}.half")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    half.rename(path)


def check_anchors(anchors: Anchors, folder: Path, trust: Trust) -> AnchorReport:
    """Holds every anchor, from the store and from its file, against the journal as it is now."""
    rows = {one.seq: one for one in anchors.all()}
    files = _files(folder)
    held = anchors.hashes(sorted(rows.keys() | files.keys()))
    report = AnchorReport(len(rows))
    problems = [_gone(seq) for seq in sorted(set(anchors.said()) - rows.keys())]
    for seq, one in rows.items():
        problems += _trouble(one, held.get(seq, ""), files.get(seq))
        problems += _stamp_trouble(one, trust, report)
    for seq, line in files.items():
        if seq not in rows and held.get(seq) != line["hash"]:
            problems.append(_changed(seq))
    report.problems = tuple(dict.fromkeys(problems))
    return report


def _trouble(anchor: Anchor, held: str, line: Mapping[str, Any] | None) -> Iterator[str]:
    if held != anchor.hash:
        yield _changed(anchor.seq)
    if line is None:
        yield (f"Thiếu tệp mốc của dòng nhật ký {anchor.seq} trong thư mục {FOLDER}. Hãy lấy lại từ bản sao lưu.")
        return
    if line["hash"] != anchor.hash or line["token"] not in (None, anchor.token):
        yield (f"Mốc của dòng nhật ký {anchor.seq} trong kho khác với tệp mốc. Hãy đối chiếu với bản sao lưu.")


def _stamp_trouble(anchor: Anchor, trust: Trust, report: AnchorReport) -> Iterator[str]:
    if anchor.token is None:
        return
    stamp = read_stamp(anchor.token, bytes.fromhex(anchor.hash), trust)
    if stamp is None or not stamp.fits or not _in_time(anchor, stamp):
        yield (f"Dấu thời gian của mốc dòng {anchor.seq} không khớp. Hãy đối chiếu với bản sao lưu.")
        return
    report.stamped += 1
    report.trusted += stamp.trusted
    report.late += stamp.at - anchor.at > _SOON


def _in_time(anchor: Anchor, stamp: Stamp) -> bool:
    written = anchor.stamped_at or anchor.at
    return abs(stamp.at - written) <= _NEAR and stamp.at >= anchor.at - _NEAR


def _changed(seq: int) -> str:
    return (f"Dòng nhật ký {seq} không còn như khi đóng mốc: nhật ký đã bị viết lại hoặc bị cắt. "
            "Hãy đối chiếu với bản sao lưu.")


def _gone(seq: int) -> str:
    return f"Nhật ký ghi có mốc ở dòng {seq} nhưng kho không còn mốc đó. Hãy đối chiếu với bản sao lưu."


def _files(folder: Path) -> dict[int, dict[str, Any]]:
    """Line number to what its file says; one that cannot be read says nothing that could fit."""
    found: dict[int, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        stamp = path.with_suffix(".tst")
        token = stamp.read_bytes() if stamp.is_file() else None
        number = path.stem.rpartition("-")[2]
        try:
            line = json.loads(path.read_text("utf-8"))
            said = str(line["hash"])
        except (ValueError, KeyError, TypeError):
            said = ""
        if number.isdecimal():
            found[int(number)] = {"hash": said, "token": token}
    return found
