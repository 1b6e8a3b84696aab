"""The vault: what `put` promises, and what it does when the disk does not play along."""
from __future__ import annotations

import errno
import hashlib
import io
import multiprocessing
import os
import resource
import signal
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.document import FileRef, Role
from gateway.errors import DiskFull, FileMissing, VaultError
from gateway.store import vault as vault_module
from gateway.store.vault import Vault

DATA = b"%PDF-1.7 a letter " * 1000


def put(vault: Vault, data: bytes = DATA) -> FileRef:
    return vault.put(io.BytesIO(data), role=Role.ORIGINAL, media_type="application/pdf", name="../thư.pdf")


def lying(vault: Vault) -> list[Path]:
    return [path for path in vault.folder.rglob("*") if path.is_file()]


def test_a_file_is_kept_under_its_hash_and_comes_back(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    file = put(vault)
    assert file.sha256 == hashlib.sha256(DATA).hexdigest()
    assert (file.size, file.name) == (len(DATA), "../thư.pdf")
    assert vault.path(file) == tmp_path / "vault" / file.sha256[:2] / file.sha256[2:4] / file.sha256
    assert vault.path(file.sha256).read_bytes() == DATA
    with vault.open(file) as opened:
        assert opened.read() == DATA
    assert lying(vault) == [vault.path(file)]


def test_a_path_can_be_put_as_well_as_a_stream(tmp_path: Path) -> None:
    source = tmp_path / "scan.pdf"
    source.write_bytes(DATA)
    vault = Vault(tmp_path / "vault")
    assert vault.put(source, role=Role.ORIGINAL, media_type="x", name="scan.pdf") == vault.put(
        io.BytesIO(DATA), role=Role.ORIGINAL, media_type="x", name="scan.pdf")
    assert source.read_bytes() == DATA


def test_only_the_owner_may_look(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        vault = Vault(tmp_path / "vault")
        put(vault)
    finally:
        os.umask(old)
    for path in [vault.folder, *vault.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_bytes_are_flushed_before_the_name_appears_and_the_folder_after(tmp_path: Path,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(tmp_path / "vault")
    told: list[str] = []
    sync, rename = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        told.append(f"fsync {Path(os.readlink(f'/proc/self/fd/{descriptor}')).relative_to(vault.folder)}")
        sync(descriptor)

    def replace(source: Path, target: Path) -> None:
        told.append(f"rename {target.relative_to(vault.folder)}")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    sha = put(vault).sha256
    assert told[0].startswith("fsync work/put-")
    one, two = sha[:2], f"{sha[:2]}/{sha[2:4]}"
    assert told[1:] == ["fsync .", f"fsync {one}", f"rename {two}/{sha}", f"fsync {two}"]
    told.clear()
    put(vault)
    assert told[-1] == f"fsync {two}", "who wrote it first may have died before this"


def test_the_same_bytes_are_written_once_however_many_bring_them(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    first = vault.path(put(vault)).stat().st_ino
    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(lambda _: put(vault), range(16)))
    assert len(set(files)) == 1
    assert vault.path(files[0]).stat().st_ino == first
    assert len(lying(vault)) == 1


def test_a_torn_file_is_replaced_by_the_good_bytes(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    file = put(vault)
    vault.path(file).write_bytes(DATA[:100])
    assert put(vault) == file
    assert vault.path(file).read_bytes() == DATA


def test_a_missing_file_and_a_strange_name_are_missing(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    for strange in ("0" * 64, "../../etc/passwd", "", "A" * 64):
        with pytest.raises(FileMissing):
            vault.path(strange)


def test_erased_bytes_are_gone_and_were_overwritten(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    file = put(vault)
    os.link(vault.path(file), tmp_path / "witness")
    vault.erase(file.sha256)
    assert lying(vault) == []
    assert (tmp_path / "witness").read_bytes() == bytes(len(DATA))
    vault.erase(file.sha256)


def test_what_a_crash_left_in_the_work_folder_is_erased(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    left = vault.work_folder() / "read-x"
    left.mkdir()
    (left / "page.png").write_bytes(b"secret")
    (vault.work_folder() / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_bytes(b"mine")
    assert vault.clear_work(older_than_s=3600) == 0
    assert vault.clear_work() == 2
    assert list(vault.work_folder().iterdir()) == []
    assert (tmp_path / "elsewhere").read_bytes() == b"mine"


def test_a_second_name_that_a_crash_left_goes_and_the_vaults_bytes_stay(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    file = put(vault)
    for folder in (vault.lent_folder(), vault.work_folder()):
        (folder / "reader").mkdir()
        os.link(vault.path(file), folder / "reader" / "1")
        os.utime(folder / "reader" / "1", (1, 1))
    assert vault.clear_work(older_than_s=3600) == 0, "an old file lent just now"
    assert vault.clear_work() == 2
    assert lying(vault) == [vault.path(file)]
    assert vault.path(file).read_bytes() == DATA


def test_a_source_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 0:
                raise OSError(errno.EIO, "share gone")
            return super().read(10)

    vault = Vault(tmp_path / "vault")
    with pytest.raises(OSError, match="share gone") as caught:
        vault.put(Breaking(DATA), role=Role.ORIGINAL, media_type="x", name="x")
    assert not isinstance(caught.value, VaultError)
    assert lying(vault) == []


def _put_with_little_room(folder: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        put(Vault(folder))
    except DiskFull:
        os._exit(7)


def test_a_file_size_limit_is_a_full_disk(tmp_path: Path) -> None:
    child = multiprocessing.get_context("fork").Process(target=_put_with_little_room, args=(tmp_path / "vault",))
    child.start()
    child.join(30)
    assert child.exitcode == 7
    assert [path for path in (tmp_path / "vault").rglob("*") if path.is_file()] == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", place], check=True)


def test_on_a_full_disk_nothing_is_left_and_room_makes_it_work(small_disk: Path) -> None:
    vault = Vault(small_disk / "vault")
    (small_disk / "ballast").write_bytes(bytes(200 * 1024))
    big = os.urandom(100 * 1024)
    with pytest.raises(DiskFull):
        put(vault, big)
    assert lying(vault) == []
    (small_disk / "ballast").unlink()
    assert vault.path(put(vault, big)).read_bytes() == big


def test_trouble_that_is_not_lack_of_room_is_trouble_of_the_vault(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(tmp_path / "vault")

    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(vault_module.os, "fsync", broken)
    with pytest.raises(VaultError) as caught:
        put(vault)
    assert caught.value.temporary
    assert not isinstance(caught.value, DiskFull)
    assert lying(vault) == []
