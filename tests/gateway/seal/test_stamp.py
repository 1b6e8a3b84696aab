"""Time stamps in seals, from a service on loopback."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gateway.errors import BadSettings, StampUnavailable
from gateway.seal.keys import open_key
from gateway.seal.plan import SealPlan
from gateway.seal.signers import open_signer
from gateway.seal.stamping import Stamping
from gateway.seal.trust import Trust
from gateway.seal.verify import verify
from tests.gateway.seal.papers import sealed
from tests.gateway.seal.pki import Pki
from tests.verapdf import Judge

NOWHERE = "http://127.0.0.1:9/tsa"
"""The discard port: nobody answers there."""


def test_a_time_stamp_is_in_the_seal(pki: Pki, trust: Trust, tmp_path: Path, verapdf: Judge) -> None:
    before = dt.datetime.now(dt.UTC)
    path = sealed(tmp_path, open_signer(*pki.p12("good"), trust=trust, stamping=Stamping(url=pki.stamps)))

    (one,) = verify(path, trust).signatures
    assert (one.level, one.bottom_line) == ("B-T", True)
    assert one.stamped_at is not None
    assert abs(one.stamped_at - before) < dt.timedelta(seconds=30)
    assert verapdf(path, "2b") == []


def test_without_an_answer_nothing_is_sealed(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    signer = open_signer(*pki.p12("good"), trust=trust, stamping=Stamping(url=NOWHERE, timeout_s=2))

    with pytest.raises(StampUnavailable, match="dấu thời gian") as error:
        sealed(tmp_path, signer)
    assert error.value.temporary
    assert [each.name for each in tmp_path.iterdir()] == ["scan-0.pdf"]


def test_an_answer_that_is_no_time_stamp_is_refused(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    signer = open_signer(
        *pki.p12("good"), trust=trust, stamping=Stamping(url=f"{pki.address}/office/crls/root/latest.crl")
    )

    with pytest.raises(StampUnavailable):
        sealed(tmp_path, signer)


def test_a_level_without_a_service_is_a_fault_of_the_settings(pki: Pki) -> None:
    key, word = pki.p12("good")

    with pytest.raises(BadSettings, match=r"seal\.stamp_url"):
        open_key(SealPlan(file=key, passphrase_file=word, level="B-T"))
