"""restore: everything back from a chest, into an empty place, each byte compared with its hash; or single files mended.

A letter is not sent twice after a restore: its parcel's DocumentId was written down before, and `send` asks the
Exchange about it first.
"""
from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.document import Role
from gateway.errors import BackupFailed
from gateway.keep.chest import Chest
from gateway.keep.copies import copy_in, dialect, is_empty
from gateway.keep.snapshot import Snapshot
from gateway.keep.tree import Leaf, tree_from_json
from gateway.store.vault import Vault

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a backup goes."""

    data: Path
    url: str
    identities: Sequence[str] = ()
    """age private keys, for a locked chest."""
    open_vault: Callable[[Path], Vault] = Vault
    """The vault over that folder: the house's own when it lies in a bucket."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there again."""

    snapshot: Snapshot
    files: int
    others: int


def restore(chest: Chest, target: Target, *, name: str = "",
            progress: Callable[[int, int], None] = lambda done, of: None) -> Restored:
    """Brings a backup back (the newest, or `name`): files first, the database last, so that a cut-off try is no house.

    Raises:
        BackupFailed: something lies there already, or the backup is not whole; the place is then to be emptied.
        SQLAlchemyError, OSError: database or disk.
    """
    names = chest.names()
    if not names:
        raise BackupFailed(f"{chest.folder} không có bản sao lưu nào. Hãy kiểm tra đường dẫn.")
    snapshot = chest.snapshot(name or names[-1])
    if snapshot.dialect != dialect(target.url):
        raise BackupFailed(f"Bản sao lưu là của {snapshot.dialect}. Hãy đặt store.url cùng loại rồi chạy lại.")
    if not is_empty(target.url) or (target.data / "vault").exists():
        raise BackupFailed(f"{target.data} hoặc cơ sở dữ liệu đã có dữ liệu. Hãy chọn nơi trống.")
    target.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault = target.open_vault(target.data / "vault")
    with TemporaryDirectory(dir=vault.work_folder(), prefix="restore-") as place:
        fetching = _Fetching(chest, snapshot, target, Path(place))
        for number, sha256 in enumerate(sorted(snapshot.files), 1):
            fetching.into_vault(vault, sha256)
            progress(number, len(snapshot.files))
        leaves = tree_from_json(fetching.one(snapshot.tree).read_bytes())
        for leaf in leaves:
            fetching.leaf(leaf)
        copy_in(fetching.one(snapshot.database), target.url)
    log.info("- restored name=%s files=%d", snapshot.name, len(snapshot.files))
    return Restored(snapshot, len(snapshot.files), len(leaves))


def mend(chest: Chest, vault: Vault, damaged: Sequence[str], *, identities: Sequence[str] = ()) -> Sequence[str]:
    """Takes single files of a living vault back from the newest backup that has them; which could not be mended.

    Raises:
        OSError: the disk.
    """
    left = list(damaged)
    for name in reversed(chest.names()):
        snapshot = chest.snapshot(name)
        for sha256 in [one for one in left if one in snapshot.files]:
            with TemporaryDirectory(dir=vault.work_folder(), prefix="mend-") as place:
                target = Target(data=vault.folder, url="", identities=identities)
                try:
                    found = _Fetching(chest, snapshot, target, Path(place)).one(sha256)
                except BackupFailed:
                    continue  # an older backup holds the same object: nothing better is to be had
                vault.erase(sha256)
                vault.put(found, role=Role.ORIGINAL, media_type="", name="")
            left.remove(sha256)
    return left


class _Fetching:
    """Objects of one backup, taken out into a work folder."""

    def __init__(self, chest: Chest, snapshot: Snapshot, target: Target, place: Path) -> None:
        self._chest = chest
        self._snapshot = snapshot
        self._target = target
        self._place = place

    def one(self, sha256: str) -> Path:
        """The object as a file.

        Raises:
            BackupFailed: it is missing, damaged, or no key opens it.
        """
        stored = self._snapshot.objects.get(sha256)
        if stored is None:
            raise BackupFailed(f"Bản sao lưu {self._snapshot.name} thiếu tệp. Hãy dùng bản sao lưu khác.")
        out = self._place / sha256
        if not out.exists():
            self._chest.take(sha256, stored, out, identities=self._target.identities)
        return out

    def into_vault(self, vault: Vault, sha256: str) -> None:
        """Into the vault, durable."""
        found = self.one(sha256)
        vault.put(found, role=Role.ORIGINAL, media_type="", name="")
        found.unlink()

    def leaf(self, leaf: Leaf) -> None:
        """To its place in the data folder, with its mode."""
        path = self._target.data / leaf.path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self.one(leaf.sha256)
        if path.exists():
            raise BackupFailed(f"{path} đã có. Hãy khôi phục vào nơi trống.")
        path.touch(mode=leaf.mode)
        path.write_bytes(found.read_bytes())
        path.chmod(leaf.mode)
