"""backup and restore: everything is destroyed and comes back, on both databases; a chest never holds half a truth."""
from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest

from gateway.document import Change, Mover, Role, Stage
from gateway.errors import BackupFailed
from gateway.keep.backup import Made, Source, backup
from gateway.keep.chest import Chest
from gateway.keep.fixity import Fixity
from gateway.keep.restore import Target, mend, restore
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from tests.gateway.papers import Papers, now
from tests.gateway.postgres_server import new_database

KEY = pyrage.x25519.Identity.generate()


@pytest.fixture
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The database that is lost, and an empty one."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/var/vanthu.db", f"sqlite:///{tmp_path}/new/vanthu.db"
        return
    server = request.getfixturevalue("postgres")
    yield new_database(server), new_database(server)


@dataclass
class House:
    """A data folder with a few Documents, a secret, a waiting file."""

    data: Path
    url: str
    papers: Papers
    chest: Chest

    @classmethod
    def made(cls, folder: Path, url: str = "", recipients: tuple[str, ...] = ()) -> House:
        data = folder / "var"
        for name in ("secrets", "drop/done"):
            (data / name).mkdir(parents=True)
        (data / "secrets" / "pin.txt").write_text("123456", "utf-8")
        (data / "secrets" / "pin.txt").chmod(0o600)
        (data / "drop" / "chưa nhận.pdf").write_bytes(b"%PDF waiting")
        (data / "drop" / "done" / "a.pdf").write_bytes(b"%PDF taken")
        url = url or f"sqlite:///{data}/vanthu.db"
        return cls(data, url, Papers.in_folder(data, url), Chest(folder / "chest", recipients))

    @property
    def source(self) -> Source:
        return Source(data=self.data, url=self.url, store=self.papers.store, vault=self.papers.vault, version="1",
                      apart_from=(self.data / "drop" / "done",))

    def backup(self, minutes: int = 0, **more: bool | int) -> Made:
        at = now() + dt.timedelta(minutes=minutes)
        return backup(self.source, self.chest, now=at, **more)  # type: ignore[arg-type]


def facts(store: Store) -> list[object]:
    """All that a clerk can see of every Document."""
    found = store.find(Query(limit=100, newest_first=False)).documents
    return [[one, store.events(one.id), store.receipts(one.id)] for one in found]


@pytest.mark.parametrize("urls", ["sqlite", "postgresql"], indirect=True)
def test_everything_is_destroyed_and_comes_back(tmp_path: Path, urls: tuple[str, str]) -> None:
    house = House.made(tmp_path, urls[0], (str(KEY.to_public()),))
    for name in ("a.pdf", "b.pdf"):
        house.papers.sent(name)
    before = facts(house.papers.store)
    house.backup()
    house.papers.store.close()
    shutil.rmtree(house.data)

    new = tmp_path / "new"
    done = restore(house.chest, Target(data=new, url=urls[1], identities=[str(KEY)]))
    store, vault = Store.open(urls[1]), Vault(new / "vault")
    assert facts(store) == before
    assert store.journal.verify(known=done.snapshot.journal) == []
    assert not Fixity(store.contents, vault, days=1).whole().damage
    assert (new / "secrets" / "pin.txt").read_text("utf-8") == "123456"
    assert (new / "secrets" / "pin.txt").stat().st_mode & 0o777 == 0o600
    assert (new / "drop" / "chưa nhận.pdf").read_bytes() == b"%PDF waiting"
    assert not (new / "drop" / "done").exists()
    document = Papers(store, vault).received("c.pdf")
    assert Papers(store, vault).record(document, Change(what="read", to=Stage.READ)).stage is Stage.READ
    store.close()


def test_only_what_is_new_is_copied_and_old_backups_go(tmp_path: Path) -> None:
    house = House.made(tmp_path)
    house.papers.received("a.pdf")
    first = house.backup()
    assert (first.new, len(first.snapshot.files)) == (4, 1)  # paper, waiting file, database, list
    house.papers.received("b.pdf")
    second = house.backup(1)
    assert second.new <= 3, "the new paper, the database, perhaps the list"
    third = house.backup(2, keep=2)
    assert third.dropped == (first.snapshot.name,)
    assert house.chest.names() == [second.snapshot.name, third.snapshot.name]
    assert house.backup(-600).snapshot.name > third.snapshot.name, "the clock went back"
    for name in house.chest.names():
        assert all(house.chest.sound(*one) for one in house.chest.snapshot(name).objects.items())


def test_an_unlocked_backup_has_no_secrets_and_a_locked_one_no_clear_text(tmp_path: Path) -> None:
    house = House.made(tmp_path)
    house.papers.received("a.pdf", b"%PDF mot to giay")
    house.backup()
    kept = [path.read_bytes() for path in house.chest.folder.rglob("*") if path.is_file()]
    assert b"123456" not in kept
    assert b"%PDF mot to giay" in kept
    locked = Chest(tmp_path / "locked", [str(KEY.to_public())])
    backup(house.source, locked, now=now())
    objects = [path.read_bytes() for path in (locked.folder / "objects").rglob("*") if path.is_file()]
    assert objects
    assert all(data.startswith(b"age-encryption.org/v1") for data in objects)
    other = str(pyrage.x25519.Identity.generate())
    with pytest.raises(BackupFailed, match="--identity"):
        restore(locked, Target(data=tmp_path / "new", url=f"sqlite:///{tmp_path}/new/vanthu.db", identities=[other]))


def test_damage_in_the_chest_is_found_and_mended_by_the_next_check(tmp_path: Path) -> None:
    house = House.made(tmp_path)
    document = house.papers.received("a.pdf")
    made = house.backup()
    original = document.file(Role.ORIGINAL)
    assert original is not None
    rotten = house.chest.folder / "objects" / original.sha256[:2] / original.sha256
    rotten.write_bytes(b"x" * original.size)
    with pytest.raises(BackupFailed, match="hỏng"):
        restore(house.chest, Target(data=tmp_path / "new", url=f"sqlite:///{tmp_path}/new/vanthu.db"))
    assert house.backup(1, check=True).mended == 1
    assert house.chest.sound(original.sha256, made.snapshot.objects[original.sha256])


def test_damage_in_the_vault_is_found_and_mended_from_the_chest(tmp_path: Path) -> None:
    house = House.made(tmp_path)
    shas = []
    for name in ("a.pdf", "b.pdf"):
        original = house.papers.received(name).file(Role.ORIGINAL)
        assert original is not None
        shas.append(original.sha256)
    house.backup()
    vault, fixity = house.papers.vault, Fixity(house.papers.store.contents, house.papers.vault, days=1)
    vault.path(shas[0]).unlink()
    vault.path(shas[1]).write_bytes(b"x" * vault.path(shas[1]).stat().st_size)
    assert fixity.whole().damage == {shas[0]: "missing", shas[1]: "changed"}
    made = house.backup(1, check=True)
    assert set(made.damaged) == {shas[0]}, "the other one's good bytes are in the chest, and stay"
    assert made.snapshot.files >= set(shas)
    assert mend(house.chest, vault, shas) == []
    assert not fixity.whole().damage
    assert house.papers.store.journal.verify(known=made.snapshot.journal) == []


def test_a_letter_that_was_stopped_leaves_the_chest_with_the_next_backup(tmp_path: Path) -> None:
    house = House.made(tmp_path)
    house.papers.received("a.pdf")
    secret = house.papers.received("mat.pdf", b"%PDF noi dung mat")
    first = house.backup()
    house.papers.record(secret, Change(what="stopped", to=Stage.STOPPED, reason="secrecy"))
    second = house.backup(1)
    assert second.dropped == (first.snapshot.name,)
    kept = [path.read_bytes() for path in house.chest.folder.rglob("*") if path.is_file()]
    assert b"%PDF noi dung mat" not in kept
    assert house.chest.names() == [second.snapshot.name]


def test_nothing_is_restored_over_something(tmp_path: Path) -> None:
    house = House.made(tmp_path)
    house.papers.record(house.papers.received(), Change(what="no", to=Stage.REJECTED, by=Mover.CLERK))
    house.backup()
    with pytest.raises(BackupFailed, match="nơi trống"):
        restore(house.chest, Target(data=house.data, url=house.url))
    with pytest.raises(BackupFailed, match="ổ đĩa khác"):
        backup(house.source, Chest(house.data / "chest"), now=now())
