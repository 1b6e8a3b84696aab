"""Several units' keys in one gateway: each seals its own papers, and no certificate for another body (R-104, R-105)."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.doctor_keys import key_findings
from gateway.document import Change, CopyKind, Document, Door, Mover, Origin, Role, Stage
from gateway.errors import BadSettings, CertificateUnfit, KeyUnavailable, NotAllowed
from gateway.exchange.port import Body
from gateway.offices import offices_of
from gateway.review.acts import Person
from gateway.review.desk import Desk
from gateway.review.seal_acts import SealWish
from gateway.review.sealing import seal_document
from gateway.seal.keys import seal_of
from gateway.seal.plan import unchecked
from gateway.seal.trust import Trust
from gateway.seal.verify import verify
from gateway.settings import Settings
from tests.gateway.papers import BODIES, FIELDS, Papers, now
from tests.gateway.seal.papers import BODY, scan
from tests.gateway.seal.pki import Pki

OTHER = "Ủy ban nhân dân xã Khác"
WISH = SealWish(CopyKind.SAO_Y, compared=True, pages=1)
HOA = Person("hoa", "Hoa", frozenset({"sealer"}), frozenset())
UNIT = """
[[seal_unit]]
unit = "{code}"
name = "{name}"
place = "Khác"
kind = "pkcs12"
file = "{file}"
passphrase_file = "{passphrase}"
"""


def settings(pki: Pki, trust: Path, folder: Path, *, second: str = OTHER, key: str = "other") -> Settings:
    """The office itself, H99.1, and a unit, H99.7, with the key of that name."""
    file, passphrase = pki.p12("good")
    text = (f'data = "{folder}"\n[unit]\ncode = "H99.1"\nname = "{BODY}"\n[seal]\nfile = "{file}"\n'
            f'passphrase_file = "{passphrase}"\ntrust = "{trust}"\n')
    file, passphrase = pki.p12(key)
    path = folder / "gateway.toml"
    path.write_text(text + UNIT.format(code="H99.7", name=second, file=file, passphrase=passphrase), "utf-8")
    return Settings.load(path, {})


def desk(papers: Papers, chosen: Settings) -> Desk:
    from gateway.seal.keys import open_key

    home = Body("H99.1", BODY)
    return Desk(store=papers.store, vault=papers.vault, home="H99.1",
                seal=seal_of(chosen.seal, chosen.mark, unchecked=unchecked(chosen.seal, BODY, chosen.seal_unit)),
                offices=offices_of(chosen, home, open_key(chosen.seal)), picture=lambda *_: b"",
                take=lambda *_, **__: None, clock=now)  # type: ignore[arg-type,return-value]  # fmt: skip


def confirmed(papers: Papers, archive: Path, unit: str, door: Door = Door.FOLDER) -> Document:
    file = papers.vault.put(archive, role=Role.ORIGINAL, media_type="application/pdf", name="a.pdf")
    document = papers.store.receive(Origin(door, unit), file, unit=unit, name="a.pdf", by="may-quet",
                                    at=now()).document  # fmt: skip
    copy = papers.vault.put(io.BytesIO(archive.read_bytes()), role=Role.ARCHIVE, media_type="application/pdf", name="a")
    for change in (Change(what="read", to=Stage.READ, kind="scan", pages=1, files=(copy,)),
                   Change(what="proposed", to=Stage.PROPOSED, fields=FIELDS),
                   Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, recipients=BODIES)):  # fmt: skip
        document = papers.record(document, change)
    return document


@pytest.mark.parametrize(("unit", "body"), [("H99.1", BODY), ("H99.7", OTHER)], ids=["home", "unit"])
def test_every_unit_seals_its_own_papers_with_its_own_key(
    papers: Papers, pki: Pki, trust_folder: Path, trust: Trust, tmp_path: Path, unit: str, body: str
) -> None:
    document = confirmed(papers, scan(tmp_path / "scan.pdf"), unit)
    document = seal_document(desk(papers, settings(pki, trust_folder, tmp_path)), document, WISH, who=HOA)
    sealed = document.file(Role.SEALED)
    assert sealed is not None
    (seal,) = verify(papers.vault.path(sealed), trust).signatures
    assert (seal.signer, seal.bottom_line) == (body, True)
    assert document.parcel_id.startswith(f"{unit},")


def test_what_is_passed_on_for_a_unit_bears_the_offices_own_seal(
    papers: Papers, pki: Pki, trust_folder: Path, trust: Trust, tmp_path: Path
) -> None:
    document = confirmed(papers, scan(tmp_path / "scan.pdf"), "H99.7", Door.SMTP)
    wish = replace(WISH, kind=CopyKind.CHUYEN_TIEP)
    document = seal_document(desk(papers, settings(pki, trust_folder, tmp_path)), document, wish, who=HOA)
    sealed = document.file(Role.SEALED)
    assert sealed is not None
    assert verify(papers.vault.path(sealed), trust).signatures[0].signer == BODY


def test_a_certificate_of_another_body_seals_nothing_for_the_unit(
    papers: Papers, pki: Pki, trust_folder: Path, tmp_path: Path
) -> None:
    """R-105: the key is there and good, but it is the key of another."""
    chosen = settings(pki, trust_folder, tmp_path, second=OTHER, key="good")
    document = confirmed(papers, scan(tmp_path / "scan.pdf"), "H99.7")
    with pytest.raises(CertificateUnfit, match=f"là của {BODY}, không phải của {OTHER}"):
        seal_document(desk(papers, chosen), document, WISH, who=HOA)
    assert papers.store.get(document.id).stage is Stage.CONFIRMED
    lines = {line.name: line for line in key_findings(chosen)}
    assert lines["Khóa ký"].ok
    assert not lines[f"Khóa ký của {OTHER}"].ok


@pytest.mark.parametrize("said_of", ["home", "unit"])
def test_a_check_that_is_lifted_for_one_body_holds_for_the_other(
    papers: Papers, pki: Pki, trust_folder: Path, tmp_path: Path, said_of: str
) -> None:
    chosen = settings(pki, trust_folder, tmp_path, key="good")  # the office's certificate in the unit's place
    other = pki.p12("other")  # and the other way round
    home = replace(chosen.seal, file=other[0], passphrase_file=other[1], any_body=said_of == "home")
    units = tuple(replace(one, any_body=said_of == "unit") for one in chosen.seal_unit)
    room = desk(papers, replace(chosen, seal=home, seal_unit=units))
    lifted, held = ("H99.1", "H99.7") if said_of == "home" else ("H99.7", "H99.1")
    sealed = seal_document(room, confirmed(papers, scan(tmp_path / "a.pdf"), lifted), WISH, who=HOA)
    assert sealed.stage is Stage.SEALED
    with pytest.raises(CertificateUnfit, match="không phải của"):
        seal_document(room, confirmed(papers, scan(tmp_path / "b.pdf"), held), WISH, who=HOA)
    ok = {line.name: line.ok for line in key_findings(replace(chosen, seal=home, seal_unit=units))}
    assert ok[f"Khóa ký của {OTHER}"] is (said_of == "unit")


def test_a_unit_without_a_key_and_a_sealer_of_another_unit_seal_nothing(
    papers: Papers, pki: Pki, trust_folder: Path, tmp_path: Path
) -> None:
    room = desk(papers, settings(pki, trust_folder, tmp_path))
    with pytest.raises(KeyUnavailable):
        seal_document(room, confirmed(papers, scan(tmp_path / "scan.pdf"), "H99.8"), WISH, who=HOA)
    elsewhere = replace(HOA, units=frozenset({"H99.1"}))
    with pytest.raises(NotAllowed):
        seal_document(room, confirmed(papers, scan(tmp_path / "b.pdf"), "H99.7"), WISH, who=elsewhere)


@pytest.mark.parametrize(("more", "told"), [
    ('kind = "pkcs11"\n', True), ('kind = "pkcs11"\nlevel = "B-T"\nstamp_url = "http://127.0.0.1:9/"\n', False),
    ('kind = "vgca"\n', True), ("", False)], ids=["token", "stamped", "vgca", "rehearsal"])  # fmt: skip
def test_doctor_tells_of_real_keys_that_seal_without_a_time_stamp(tmp_path: Path, more: str, told: bool) -> None:
    (tmp_path / "gateway.toml").write_text(f'data = "{tmp_path}"\n[seal]\n{more}', "utf-8")
    lines = {line.name: line for line in key_findings(Settings.load(tmp_path / "gateway.toml", {}))}
    assert ("Dấu thời gian" in lines) is told


@pytest.mark.parametrize(("more", "said"), [
    ('[[seal_unit]]\nname = "A"\n', "cần seal_unit.unit"),
    ('[[seal_unit]]\nunit = "H99.1"\nname = "A"\n', "đã có khóa"),
    ('[[seal_unit]]\nunit = "H99.7"\nname = "A"\nkind = "paper"\n', "không có. Hãy chọn"),
    ('[[seal_unit]]\nunit = "H99.7"\nname = "A"\n' * 2, "đã có khóa"),
], ids=["no unit", "home", "kind", "twice"])  # fmt: skip
def test_a_wrong_table_of_keys_is_told(tmp_path: Path, more: str, said: str) -> None:
    (tmp_path / "gateway.toml").write_text(more, "utf-8")
    with pytest.raises(BadSettings, match=said):
        Settings.load(tmp_path / "gateway.toml", {})
