"""Fixity and retention: each file is read within the round's time; what goes from done/ is safe in the vault."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.document import VN, Change, Role, Stage
from gateway.errors import GatewayError
from gateway.keep.fixity import Fixity
from gateway.keep.retention import tidy_done
from tests.gateway.papers import Papers

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=VN)
FILES = 60


@dataclass
class Clock:
    """Moves only when told."""

    now: dt.datetime = NOON

    def __call__(self) -> dt.datetime:
        return self.now


def shas(papers: Papers) -> list[str]:
    return [sha256 for sha256, _ in papers.store.contents.all()]


def test_a_round_reads_every_file_once_in_its_time_and_then_begins_anew(papers: Papers) -> None:
    for number in range(FILES):
        papers.received(f"{number}.pdf")
    clock = Clock()
    fixity = Fixity(papers.store.contents, papers.vault, days=10, clock=clock)
    fixity.turn()
    assert fixity.report().now is not None
    for days in (2, 5, 9):
        clock.now = NOON + dt.timedelta(days=days)
        fixity.turn()
        part = fixity.report().now
        assert part is not None
        due = sum(int(sha256[:8], 16) <= days / 10 * 2**32 for sha256 in shas(papers))
        assert part.files == due
    clock.now = NOON + dt.timedelta(days=10)
    Fixity(papers.store.contents, papers.vault, days=10, clock=clock).turn()  # another process
    (ended,) = fixity.report().rounds
    assert (ended.files, ended.damaged) == (FILES, 0)
    assert fixity.report().now is None
    fixity.turn()
    assert fixity.report().now is not None, "the next round"


def test_damage_is_told_until_it_is_mended_or_its_letter_was_stopped(papers: Papers) -> None:
    clock = Clock()
    fixity = Fixity(papers.store.contents, papers.vault, days=1, clock=clock)
    document = papers.received("a.pdf")
    original = document.file(Role.ORIGINAL)
    assert original is not None
    place = papers.vault.path(original)
    whole = place.read_bytes()
    place.write_bytes(b"y" * original.size)
    fixity.turn()
    clock.now += dt.timedelta(days=1)
    with pytest.raises(GatewayError, match="1 tệp"):
        fixity.turn()
    place.write_bytes(whole)
    clock.now += dt.timedelta(days=1)
    with pytest.raises(GatewayError):
        fixity.turn()
    clock.now += dt.timedelta(days=1)
    fixity.turn()
    place.unlink()
    assert fixity.whole().damage == {original.sha256: "missing"}
    papers.record(document, Change(what="stopped", to=Stage.STOPPED, reason="secrecy"))
    assert not fixity.whole().damage


def test_done_keeps_what_is_young_and_what_the_vault_does_not_have(papers: Papers, tmp_path: Path) -> None:
    papers.received("a.pdf", b"%PDF a")
    done = tmp_path / "drop" / "done"
    for day, name, data in (("2026-10-01", "a.pdf", b"%PDF a"), ("2026-10-01", "b.pdf", b"%PDF b"),
                            ("2026-11-15", "c.pdf", b"%PDF a"), ("2026-09-01", "p1/d.pdf", b"%PDF a")):
        (done / day / name).parent.mkdir(parents=True, exist_ok=True)
        (done / day / name).write_bytes(data)
    (done / "ghi-chu").mkdir()
    assert tidy_done(done, 0, papers.store.contents, papers.vault, now=NOON) == 0
    assert tidy_done(done, 30, papers.store.contents, papers.vault, now=NOON) == 2
    left = sorted(path.relative_to(done).as_posix() for path in done.rglob("*"))
    assert left == ["2026-10-01", "2026-10-01/b.pdf", "2026-11-15", "2026-11-15/c.pdf", "ghi-chu"]
    assert tidy_done(tmp_path / "nowhere", 30, papers.store.contents, papers.vault, now=NOON) == 0
