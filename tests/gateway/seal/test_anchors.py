"""The journal's anchors: dropped daily, stamped by a real service, and what they find that the chain alone does not."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.document import VN
from gateway.errors import ClockOff, StampUnavailable
from gateway.keep.anchors import Anchoring, AnchorReport, check_anchors
from gateway.seal.practice import Practice
from gateway.seal.trust import Trust, load_trust
from gateway.store import tables as t
from gateway.store.journal import event_of, line_hash
from gateway.store.store import Store
from tests.gateway.seal.pki import Pki


class Day:
    """Today, or as many days later as is said."""

    later = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(VN) + self.later


@pytest.fixture
def clock() -> Day:
    return Day()


@pytest.fixture
def store(tmp_path: Path, clock: Day) -> Iterator[Store]:
    made = Store.open(f"sqlite:///{tmp_path}/vanthu.db", clock=clock)
    for what in ("entered", "viewed", "downloaded"):
        made.note("", who="lan", what=what)
    yield made
    made.close()


@pytest.fixture
def trust(trust_folder: Path) -> Trust:
    return load_trust(trust_folder)


def anchoring(store: Store, tmp_path: Path, clock: Day, stamp_url: str = "") -> Anchoring:
    return Anchoring(store.anchors, tmp_path / "anchors", Practice(stamp_url=stamp_url, timeout_s=30), clock)


def report(store: Store, tmp_path: Path, trust: Trust) -> AnchorReport:
    return check_anchors(store.anchors, tmp_path / "anchors", trust)


def rewrite(store: Store) -> None:
    """Changes line 2 and makes every hash after it anew, as whoever owns the database can."""
    with store.engine.begin() as connection:
        for one in ("update", "delete"):
            connection.execute(sa.text(f"drop trigger if exists journal_no_{one}"))
        before = "0" * 64
        for row in connection.execute(sa.text("select seq from journal order by seq")).all():
            if row.seq == 2:
                connection.execute(sa.text("update journal set who = 'hoa' where seq = 2"))
            line = event_of(connection.execute(sa.select(t.journal).where(t.journal.c.seq == row.seq)).mappings().one())
            before = line_hash(line, before)
            connection.execute(t.journal.update().where(t.journal.c.seq == row.seq).values(hash=before))


def test_a_stamped_anchor_stands_in_store_file_and_journal(
    store: Store, tmp_path: Path, clock: Day, pki: Pki, trust: Trust
) -> None:
    once = anchoring(store, tmp_path, clock, pki.stamps)
    once.turn()
    once.turn()
    (anchor,) = store.anchors.all()
    assert (anchor.seq, anchor.hash) == (3, store.journal.recent(2)[1].hash)
    assert store.journal.recent(1)[0].what == "anchored"
    names = sorted(path.suffix for path in (tmp_path / "anchors").iterdir())
    assert names == [".json", ".tst"]
    assert report(store, tmp_path, trust) == AnchorReport(anchors=1, stamped=1, trusted=1)
    assert report(store, tmp_path, Trust()) == AnchorReport(anchors=1, stamped=1), "whole, but nobody vouches for it"


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed here")
def test_an_outsider_checks_an_anchor_with_openssl_alone(store: Store, tmp_path: Path, clock: Day, pki: Pki) -> None:
    anchoring(store, tmp_path, clock, pki.stamps).turn()
    (anchor,) = store.anchors.all()
    token = next((tmp_path / "anchors").glob("*.tst"))
    chain = tmp_path / "chain.pem"
    chain.write_bytes(x509.load_der_x509_certificate(pki.certificate("root")).public_bytes(Encoding.PEM))
    said = subprocess.run(["openssl", "ts", "-verify", "-token_in", "-in", token, "-digest", anchor.hash, "-CAfile",
                           chain], capture_output=True, text=True, check=False)  # fmt: skip
    assert "Verification: OK" in said.stdout, said


def test_a_chain_made_anew_with_right_hashes_is_found_by_its_anchor(
    store: Store, tmp_path: Path, clock: Day, pki: Pki, trust: Trust
) -> None:
    anchoring(store, tmp_path, clock, pki.stamps).turn()
    store.note("", who="lan", what="left")
    rewrite(store)
    assert store.journal.verify() == [], "the chain alone does not know"
    found = report(store, tmp_path, trust).problems
    assert any("viết lại" in one for one in found)

    with store.engine.begin() as connection:  # whoever makes the anchor anew too has no stamp of that day
        connection.execute(sa.text("update anchors set hash = (select hash from journal where seq = 3)"))
    found = report(store, tmp_path, trust).problems
    assert any("Dấu thời gian" in one for one in found)
    assert any("khác với tệp mốc" in one for one in found)


def test_a_stamp_fetched_later_for_an_old_day_does_not_pass(
    store: Store, tmp_path: Path, clock: Day, pki: Pki, trust: Trust
) -> None:
    anchoring(store, tmp_path, clock, pki.stamps).turn()
    with store.engine.begin() as connection:
        connection.execute(sa.text("update anchors set at = '2026-01-01 00:00:00', stamped_at = '2026-01-01 00:00:00'"))
    assert any("Dấu thời gian" in one for one in report(store, tmp_path, trust).problems)


def test_anchors_that_went_are_missed(store: Store, tmp_path: Path, clock: Day, trust: Trust) -> None:
    anchoring(store, tmp_path, clock).turn()
    (file,) = (tmp_path / "anchors").glob("*.json")
    kept = file.read_bytes()
    file.unlink()
    assert "Thiếu tệp mốc" in report(store, tmp_path, trust).problems[0]
    file.write_bytes(kept)
    assert report(store, tmp_path, trust).problems == ()
    with store.engine.begin() as connection:
        connection.execute(sa.text("delete from anchors"))
    assert "không còn mốc đó" in report(store, tmp_path, trust).problems[0]
    rewrite(store)
    assert any("viết lại" in one for one in report(store, tmp_path, trust).problems), "the file still knows the line"


def test_without_a_service_the_anchor_is_dropped_and_says_that_it_is_not_stamped(
    store: Store, tmp_path: Path, clock: Day, trust: Trust
) -> None:
    anchoring(store, tmp_path, clock).turn()
    clock.later = dt.timedelta(days=1)
    anchoring(store, tmp_path, clock).turn()
    said = report(store, tmp_path, trust)
    assert (said.anchors, said.stamped, said.problems) == (2, 0, ())
    assert "chưa có dấu thời gian: 2" in said.words


def test_a_service_out_of_reach_is_asked_again_and_a_wrong_clock_is_said(
    store: Store, tmp_path: Path, clock: Day, pki: Pki, trust: Trust
) -> None:
    once = anchoring(store, tmp_path, clock, pki.stamps)
    pki.silent.set()
    try:
        with pytest.raises(StampUnavailable, match="tự thử lại"):
            once.turn()
    finally:
        pki.silent.clear()
    assert store.anchors.all()[0].trouble
    with pytest.raises(ClockOff):
        replace(once, practice=replace(once.practice, stamp_url=pki.past_stamps)).turn()
    once.turn()
    assert (store.anchors.all()[0].trouble, report(store, tmp_path, trust).trusted) == ("", 1)


def test_the_command_checks_the_anchors_too(store: Store, tmp_path: Path, clock: Day) -> None:
    anchoring(store, tmp_path, clock).turn()
    command = [sys.executable, "-m", "gateway", "verify", "--journal"]
    environ = {"VANTHU_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"}
    root = Path(__file__).parents[3]
    whole = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert (whole.returncode, "chưa có dấu thời gian: 1" in whole.stdout) == (0, True), whole
    rewrite(store)
    made_anew = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert (made_anew.returncode, "viết lại" in made_anew.stdout) == (3, True), made_anew
