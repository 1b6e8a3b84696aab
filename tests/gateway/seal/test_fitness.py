"""Before sealing: a certificate that may not seal is refused with a sentence that says what to do (R-104, R-105)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gateway.document import VN
from gateway.errors import CertificateUnfit
from gateway.seal.identity import belongs
from gateway.seal.pades import PadesSeal
from gateway.seal.practice import Practice
from gateway.seal.rehearsal import RehearsalFiles
from gateway.seal.signers import open_signer
from gateway.seal.trust import Trust, load_trust
from tests.gateway.seal.papers import ORDER, scan
from tests.gateway.seal.pki import Pki

NOW = dt.datetime.now(VN)


@pytest.mark.parametrize(("name", "said"), [
    ("over", "chỉ có hiệu lực đến 01/01/2022"),
    ("purpose", "không dùng để ký"),
    ("weak", "quá yếu"),
    ("revoked", "đã bị thu hồi"),
])  # fmt: skip
def test_a_certificate_that_may_not_seal_is_refused(pki: Pki, trust: Trust, name: str, said: str) -> None:
    signer = open_signer(*pki.p12(name), Practice(trust=lambda: trust))

    with pytest.raises(CertificateUnfit, match=said) as error:
        signer.check(NOW)
    assert "Hãy" in str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("name", ["good", "curve"])
def test_a_good_certificate_may_seal(pki: Pki, trust: Trust, name: str) -> None:
    open_signer(*pki.p12(name), Practice(trust=lambda: trust)).check(NOW)


def test_a_certificate_not_yet_good_points_at_the_clock(pki: Pki) -> None:
    with pytest.raises(CertificateUnfit, match=r"chỉ có hiệu lực từ 01/01/2020 .*đồng hồ"):
        open_signer(*pki.p12("good")).check(dt.datetime(2019, 5, 1, tzinfo=VN))


def test_a_chain_that_ends_nowhere_is_refused(pki: Pki, files: RehearsalFiles) -> None:
    with pytest.raises(CertificateUnfit, match="chứng thư gốc được tin cậy"):
        open_signer(*pki.p12("good"), Practice(trust=lambda: load_trust(files.authority))).check(NOW)


def test_the_certificate_of_another_body_is_refused(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    other = open_signer(*pki.p12("other"), Practice(trust=lambda: trust))

    with pytest.raises(CertificateUnfit, match="là của Ủy ban nhân dân xã Khác, không phải của"):
        PadesSeal().prepare(scan(tmp_path / "a.pdf"), ORDER, other)
    assert PadesSeal(unchecked={ORDER.body}).prepare(scan(tmp_path / "b.pdf"), ORDER, other).path.exists()


@pytest.mark.parametrize(("body", "fits"), [
    ("Ủy ban nhân dân xã Bình Minh", True),
    ("ỦY BAN NHÂN DÂN XÃ BÌNH MINH", True),
    ("Uỷ ban nhân dân xã Bình Minh", True),  # the other place of the tone mark
    ("Ủy ban nhân dân xã Bình Minh Thử nghiệm", True),  # the organization completes the name
    ("Ủy ban nhân dân xã Bình", False),
    ("Ủy ban nhân dân xã Khác", False),
    ("", False),
])  # fmt: skip
def test_names_of_bodies_are_compared_as_people_would(pki: Pki, body: str, fits: bool) -> None:
    from asn1crypto.x509 import Certificate

    assert belongs(Certificate.load(pki.certificate("good")), body) is fits
