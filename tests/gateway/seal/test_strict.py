"""The hole in which the CMS stands: no changed byte in it goes untold, and nothing is said of what is right."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.document import VN
from gateway.seal.pades import PadesSeal
from gateway.seal.practice import Practice
from gateway.seal.rehearsal import RehearsalFiles
from gateway.seal.report import SignatureReport
from gateway.seal.signers import open_signer
from gateway.seal.strict import is_der
from gateway.seal.trust import Trust, load_trust
from gateway.seal.verify import verify
from tests.gateway.seal.papers import ORDER, scan
from tests.gateway.seal.pki import Pki

SHARED = Path(__file__).resolve().parents[4] / "shared"


class Hole:
    """The CMS in a sealed file, and the file with another one in its place."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.data = path.read_bytes()
        self.start = self.data.index(b"/Contents <") + len(b"/Contents <")
        end = self.data.index(b">", self.start)
        filled = len(self.data[self.start : end].rstrip(b"0"))
        self.digits = filled + filled % 2
        self.cms = bytes.fromhex(self.data[self.start : self.start + self.digits].decode())
        self._path = folder / "changed.pdf"

    def judged(self, place: int, bit: int, trust: Trust) -> SignatureReport:
        changed = bytearray(self.cms)
        changed[place] ^= bit
        text = changed.hex().encode()
        self._path.write_bytes(self.data[: self.start] + text + self.data[self.start + self.digits :])
        found = verify(self._path, trust).signatures
        return found[0] if found else SignatureReport(signer="", problem="unreadable")

    def untold(self, places: list[int], trust: Trust) -> list[tuple[int, int]]:
        """Places at which a flipped bit goes unnoticed."""
        bits = [(place, 1 << (place * 5 % 8)) for place in places]
        found = {one: self.judged(*one, trust) for one in bits}
        return [one for one, said in found.items() if said.intact and said.valid and not said.odd]


def test_nothing_is_odd_about_a_seal_of_ours(paper: Path, files: RehearsalFiles) -> None:
    (one,) = verify(paper, load_trust(files.authority)).signatures
    assert (one.bottom_line, one.odd) == (True, ())


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
def test_nothing_is_odd_about_real_signatures() -> None:
    """Programs of the state's offices, and the samples of the library: all are written as the standards say."""
    paths = sorted([*(SHARED / "corpus").rglob("*.pdf"), *(SHARED / "hostile").glob("pyhanko*.pdf")])
    found = [one for path in paths for one in verify(path, Trust()).signatures if one.intact and one.valid]
    assert len(found) > 30
    assert [one.odd for one in found if one.odd] == []


def test_no_changed_byte_in_the_cms_goes_untold(paper: Path, files: RehearsalFiles, tmp_path: Path) -> None:
    """Every fifteenth here; all of them, every bit, were judged once by hand."""
    hole, trust = Hole(paper, tmp_path), load_trust(files.authority)
    assert hole.untold(list(range(0, len(hole.cms), 15)), trust) == []


def test_bytes_that_no_signature_covers_are_told(paper: Path, files: RehearsalFiles, tmp_path: Path) -> None:
    """Each went unnoticed once: the CMS's version, parameters of the digest, names of algorithms and of the key in
    copies of certificates, capitals in the signer's name."""
    hole, trust, cms = Hole(paper, tmp_path), load_trust(files.authority), Hole(paper, tmp_path).cms
    rsa, sha = bytes.fromhex("2a864886f70d0101"), bytes.fromhex("608648016503040201")
    places = [25, cms.index(sha) + len(sha), cms.rindex(sha) + len(sha)]
    at = -1
    while (at := cms.find(rsa, at + 1)) >= 0:
        places += [at, at + 4, at + 8]
    key = bytes.fromhex("551d230418")  # authority key identifier
    at = -1
    while (at := cms.find(key, at + 1)) >= 0:
        places += [at + 10, at + 20]
    assert hole.untold(places, trust) == []
    names = [found.start() for found in re.finditer(b"VANTHU", cms)]
    said = [one for one in (hole.judged(place, 0x20, trust) for place in names) if one.intact and one.odd]
    assert [one.odd for one in said] == [("signer",)]
    assert "khác thường (tên người ký)" in said[0].reason


def test_a_certificate_that_takes_no_part_is_told(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    from asn1crypto.x509 import Certificate

    signer = open_signer(*pki.p12("good"), Practice(trust=lambda: trust))
    signer._signer.cert_registry.register(Certificate.load(pki.certificate("other")))  # type: ignore[attr-defined]
    tool, out = PadesSeal(practice=Practice(trust=lambda: trust)), tmp_path / "sealed.pdf"
    prepared = tool.prepare(scan(tmp_path / "scan.pdf"), ORDER, signer)
    cms = signer.cms(prepared)
    path = tmp_path / "more.pdf"
    data = bytearray(prepared.path.read_bytes())
    data[prepared.offset + 1 : prepared.offset + 1 + 2 * len(cms)] = cms.hex().encode()
    path.write_bytes(bytes(data))
    assert verify(path, trust).signatures[0].odd == ("certificate",)
    prepared.path.unlink()
    assert not out.exists()


def test_a_time_stamp_is_looked_at_as_closely(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    practice = Practice(trust=lambda: trust, level="B-T", stamp_url=pki.stamps, timeout_s=30)
    signer, tool, out = open_signer(*pki.p12("good"), practice), PadesSeal(practice=practice), tmp_path / "sealed.pdf"
    prepared = tool.prepare(scan(tmp_path / "scan.pdf"), replace(ORDER, at=dt.datetime.now(VN)), signer)
    tool.finish(prepared, signer.cms(prepared), out)
    (one,) = verify(out, trust).signatures
    assert (one.level, one.bottom_line, one.odd) == ("B-T", True, ())
    hole = Hole(out, tmp_path)
    token = hole.cms.index(bytes.fromhex("2a864886f70d010910020e"))  # signature-time-stamp, RFC 3161 appendix A
    missed = []
    for place in range(token, len(hole.cms), 37):
        said = hole.judged(place, 1 << (place * 5 % 8), trust)
        if said.bottom_line and not said.odd and said.stamped_at is not None:
            missed.append(place)
    assert missed == []


@pytest.mark.parametrize("data", [
    "3080020101 0000", "3081050203010203", "0101ff0101 01", "02020001", "0202ff80", "0301 08", "030208ff",
    "0302 0701", "0501 00", "2500", "060380 0102", "0602 8180", "0c02 c328", "1302 c3a1", "170b 3236313132303130303030",
    "180f 32303236313132303130303030302b", "1f0100", "0204010203", "3003 0201"], ids=str)  # fmt: skip
def test_what_der_does_not_allow_is_seen(data: str) -> None:
    """X.690: lengths as short as can be, one form of every value."""
    assert not is_der(bytes.fromhex(data.replace(" ", "")))


@pytest.mark.parametrize("data", [
    "", "30050201010500", "0101ff", "02010002020080", "030207800301 00", "0c02c3a1",
    "170d3236313132303130303030305a", "180f32303236313132303130303030305a", "06092a864886f70d010701", "a0030201 01",
    "8001 99", "0400"], ids=str)  # fmt: skip
def test_what_der_allows_is_not(data: str) -> None:
    assert is_der(bytes.fromhex(data.replace(" ", "")))
