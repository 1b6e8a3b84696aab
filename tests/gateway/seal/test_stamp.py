"""Seals that last: time stamps, revocation data and archive time stamps from services on loopback."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from gateway.document import VN
from gateway.errors import BadSettings, CertificateUnfit, ClockOff, StampUnavailable
from gateway.seal.keys import open_key
from gateway.seal.lasting import missing
from gateway.seal.pades import PadesSeal
from gateway.seal.plan import SealPlan
from gateway.seal.practice import LEVELS, Practice
from gateway.seal.report import Revocation
from gateway.seal.signers import open_signer
from gateway.seal.trust import Trust, load_trust
from gateway.seal.verify import verify
from tests.gateway.seal.papers import ORDER, scan
from tests.gateway.seal.pki import Pki
from tests.verapdf import Judge

NOWHERE = "http://127.0.0.1:9/tsa"
"""The discard port: nobody answers there."""


@pytest.fixture(scope="session")
def roots(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """Certificates without any revocation list."""
    return load_trust(pki.trusted(tmp_path_factory.mktemp("roots") / "folder"))


@pytest.fixture
def practice(pki: Pki, roots: Trust) -> Practice:
    return Practice(trust=lambda: roots, level="B-LTA", stamp_url=pki.stamps, ask_issuer=True, timeout_s=30)


def seal(folder: Path, pki: Pki, practice: Practice) -> Path:
    signer, tool, out = open_signer(*pki.p12("good"), practice), PadesSeal(practice=practice), folder / "sealed.pdf"
    signer.check(dt.datetime.now(VN))
    prepared = tool.prepare(scan(folder / "scan.pdf"), ORDER, signer)
    tool.finish(prepared, signer.cms(prepared), out)
    return out


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_reached_and_stays_pdf_a(  # noqa: PLR0917
    pki: Pki, practice: Practice, roots: Trust, tmp_path: Path, verapdf: Judge, level: str
) -> None:
    url = "" if level == "B-B" else pki.stamps
    before = dt.datetime.now(dt.UTC)
    path = seal(tmp_path, pki, dataclasses.replace(practice, level=level, stamp_url=url))

    (one,) = verify(path, roots).signatures
    assert (one.level, one.bottom_line) == (level, True)
    assert (one.stamped_at is not None and abs(one.stamped_at - before) < dt.timedelta(seconds=30)) is (level != "B-B")
    assert (one.revocation is Revocation.GOOD) is (level in ("B-LT", "B-LTA"))  # judged offline, from the file alone
    assert verapdf(path, "2b") == []
    assert path.read_bytes().startswith((tmp_path / "scan.pdf").read_bytes())
    assert not list(tmp_path.glob(".*"))


def test_without_an_answer_nothing_is_sealed(pki: Pki, practice: Practice, tmp_path: Path) -> None:
    with pytest.raises(StampUnavailable, match="dấu thời gian") as error:
        seal(tmp_path, pki, dataclasses.replace(practice, stamp_url=NOWHERE))
    assert error.value.temporary
    assert [each.name for each in tmp_path.iterdir()] == ["scan.pdf"]


def test_an_answer_that_is_no_time_stamp_is_refused(pki: Pki, practice: Practice, tmp_path: Path) -> None:
    with pytest.raises(StampUnavailable):
        seal(tmp_path, pki, dataclasses.replace(practice, stamp_url=f"{pki.address}/office/crls/root/latest.crl"))


def test_by_setting_the_seal_is_put_on_and_completed_later(
    pki: Pki, practice: Practice, roots: Trust, tmp_path: Path, verapdf: Judge
) -> None:
    cut_off = dataclasses.replace(practice, stamp_url=NOWHERE, later=True)
    path, out = seal(tmp_path, pki, cut_off), tmp_path / "later.pdf"
    assert missing(path, practice) == ("stamp", "evidence", "archive")
    assert PadesSeal(practice=cut_off).lacks(path)
    assert verify(path, roots).signatures[0].level == "B-B"
    with pytest.raises(StampUnavailable):
        PadesSeal(practice=cut_off).complete(path, out)
    assert not out.exists()

    PadesSeal(practice=practice).complete(path, out)

    (one,) = verify(out, roots).signatures
    assert (one.level, one.bottom_line, one.stamped_at is not None) == ("B-LTA", True, True)
    assert out.read_bytes().startswith(path.read_bytes())
    assert not PadesSeal(practice=practice).lacks(out)
    assert verapdf(out, "2b") == []


def test_a_finished_file_is_not_made_longer(pki: Pki, practice: Practice, tmp_path: Path) -> None:
    path, out = seal(tmp_path, pki, practice), tmp_path / "again.pdf"

    PadesSeal(practice=practice).complete(path, out)

    assert out.read_bytes() == path.read_bytes()


def test_a_clock_that_differs_from_the_service_seals_nothing(pki: Pki, practice: Practice, tmp_path: Path) -> None:
    with pytest.raises(ClockOff, match=r"lệch \d+ giây .* chỉnh đồng hồ"):
        seal(tmp_path, pki, dataclasses.replace(practice, level="B-T", stamp_url=pki.past_stamps, later=True))
    assert [each.name for each in tmp_path.iterdir()] == ["scan.pdf"]


def test_the_issuer_is_asked_before_the_seal(pki: Pki, practice: Practice) -> None:
    open_signer(*pki.p12("good"), practice).check(dt.datetime.now(VN))

    with pytest.raises(CertificateUnfit, match="đã bị thu hồi"):
        open_signer(*pki.p12("revoked"), practice).check(dt.datetime.now(VN))


def test_an_issuer_that_does_not_answer_stops_the_seal_or_not_by_setting(pki: Pki, practice: Practice) -> None:
    pki.silent.set()
    try:
        with pytest.raises(StampUnavailable, match="bị thu hồi không nên chưa ký"):
            open_signer(*pki.p12("good"), practice).check(dt.datetime.now(VN))
        open_signer(*pki.p12("good"), dataclasses.replace(practice, later=True)).check(dt.datetime.now(VN))
    finally:
        pki.silent.clear()


def test_a_level_without_a_service_is_a_fault_of_the_settings(pki: Pki) -> None:
    key, word = pki.p12("good")

    with pytest.raises(BadSettings, match=r"seal\.stamp_url"):
        open_key(SealPlan(file=key, passphrase_file=word, level="B-T"))


def test_a_service_may_ask_for_a_login(tmp_path: Path) -> None:
    file = tmp_path / "login.txt"
    file.write_text("vanthu:mat-khau\n", "utf-8")

    auth = Practice(stamp_url=NOWHERE, login_file=file).stamps().auth

    assert (auth.login, auth.password) == ("vanthu", "mat-khau")
    with pytest.raises(BadSettings):
        Practice(stamp_url=NOWHERE, login_file=tmp_path / "nowhere").stamps()
