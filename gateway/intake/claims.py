"""Files that the folder door has taken hold of: claimed by a rename inside the volume, then moved to done/ or failed/.

A claim lies at .claimed/<id>/<sub-folders>/<name>; the id is made once, so that the path names this very drop, also
after a crash, and also when a scanner uses the same file name again.
"""
from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.document import VN
from gateway.errors import BadSettings
from gateway.intake.entries import CLAIMED, DONE, FAILED, Entry, entry_of, plain_name
from gateway.store.vault import erase_file

_LONGEST = 200
"""Bytes of a name that we make; file systems end at 255."""


class Claims:
    """The three folders of ours inside the drop folder."""

    def __init__(self, folder: Path) -> None:
        """Makes the folders, with the rights of the drop folder.

        Raises:
            OSError: they cannot be made.
        """
        self._folder = folder
        self._mode = stat.S_IMODE(folder.stat().st_mode)
        for name in (CLAIMED, DONE, FAILED):
            self._make(folder / name)

    def claim(self, entry: Entry, at: dt.datetime) -> Entry:
        """Moves a file under a claim of its own.

        Raises:
            OSError: it is not there any more, or lies on another volume.
        """
        name = f"{at.astimezone(VN):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        target = self._folder.joinpath(CLAIMED, name, *entry.place, entry.path.name)
        self._make(target.parent)
        try:
            entry.path.rename(target)
        except OSError as error:
            self._tidy(target.parent)
            if error.errno == errno.EXDEV:
                raise BadSettings(f"Thư mục con {'/'.join(entry.place)} nằm trên ổ khác với thư mục nhận. "
                                  "Hãy đặt tất cả trên cùng một ổ.") from error
            raise
        return entry_of(target, entry.place)

    def held(self) -> Iterator[Entry]:
        """All claims, the oldest first; what a crash has left is among them."""
        for claim in sorted(self.root.iterdir()):
            paths = [path for path in claim.rglob("*") if path.is_symlink() or not path.is_dir()]
            for path in paths:
                yield entry_of(path, path.relative_to(claim).parts[:-1])
            if not paths:
                self._sweep(claim)

    def key(self, entry: Entry) -> str:
        """The claim's own path, below the drop folder."""
        return entry.path.relative_to(self.root).as_posix()

    def digest(self, entry: Entry) -> str:
        """The SHA-256 of a claimed file."""
        return _sha256(entry.path)

    def done(self, entry: Entry, sha256: str, at: dt.datetime) -> None:
        """Puts a claim aside; the name carries the beginning of the SHA-256, so that `erase` finds it."""
        suffix = "".join(Path(entry.path.name).suffixes[-1:])
        stem = _cut(entry.path.name.removesuffix(suffix), _LONGEST - len(suffix.encode()) - 13)
        self._aside(entry, DONE, f"{stem}~{sha256[:12]}{suffix}", at)

    def failed(self, entry: Entry, reason: str, at: dt.datetime) -> None:
        """Puts an entry (claimed or not) into failed/, with its reason in a text file beside it."""
        target = self._aside(entry, FAILED, _cut(plain_name(entry.path.name), _LONGEST), at)
        note = target.with_name(f"{target.name}.txt")
        note.write_text(reason, "utf-8")

    def note(self, key: str, name: str, text: str, at: dt.datetime) -> Path:
        """Writes a note for whoever stands at the scanner, where a refused file of it would lie; its path.

        `key`: as `key` gave it for the claim; the same note of the same name is written over.

        Raises:
            OSError: it cannot be written.
        """
        place = [plain_name(part) for part in Path(key).parts[1:-1] if part != ".."]
        folder = self._folder.joinpath(FAILED, f"{at.astimezone(VN):%Y-%m-%d}", *place)
        self._make(folder)
        target = folder / _cut(plain_name(name), _LONGEST)
        target.write_text(text, "utf-8")
        return target

    def failures(self) -> int:
        """How many files lie in failed/."""
        notes = [path for path in (self._folder / FAILED).rglob("*.txt") if path.is_file()]
        return sum(path.with_name(path.name.removesuffix(".txt")).is_symlink() or
                   path.with_name(path.name.removesuffix(".txt")).exists() for path in notes)

    def erase(self, sha256: str) -> Sequence[str]:
        """Erases the copies of these bytes in done/ and among the claims (a STOPPED letter leaves nothing); for each
        its place in the form of `key`, without its name, which may say what it was.

        Raises:
            OSError: one could not be erased.
        """
        copies = [(path, self._folder / DONE) for path in (self._folder / DONE).rglob(f"*~{sha256[:12]}*")]
        copies += [(entry.path, self.root) for entry in self.held()]
        places = []
        for path, below in copies:
            if path.is_file() and not path.is_symlink() and _sha256(path) == sha256:
                erase_file(path)
                places.append(path.relative_to(below).with_name("x").as_posix())
        return places

    def gone(self, entry: Entry) -> None:
        """Erases a claim instead of putting it aside.

        Raises:
            OSError: it could not be erased.
        """
        erase_file(entry.path)
        self._tidy(entry.path.parent)

    @property
    def root(self) -> Path:
        return self._folder / CLAIMED

    def _aside(self, entry: Entry, where: str, name: str, at: dt.datetime) -> Path:
        place = [plain_name(part) for part in entry.place]
        folder = self._folder.joinpath(where, f"{at.astimezone(VN):%Y-%m-%d}", *place)
        self._make(folder)
        target = _free(folder, name)
        entry.path.rename(target)
        if entry.path.is_relative_to(self.root):
            self._tidy(entry.path.parent)
        return target

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            if folder.parent != self._folder:
                self._make(folder.parent)
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
            folder.chmod(0o700 if CLAIMED in folder.relative_to(self._folder).parts[:1] else self._mode)

    def _sweep(self, claim: Path) -> None:
        for path in sorted(claim.rglob("*"), reverse=True):
            self._tidy(path)
        self._tidy(claim)

    def _tidy(self, folder: Path) -> None:
        """Removes empty folders upward, up to .claimed itself."""
        with contextlib.suppress(OSError):
            while folder != self.root:
                folder.rmdir()
                folder = folder.parent


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _free(folder: Path, name: str) -> Path:
    """A path in the folder that is not taken, nor its reason file's."""
    stem, suffix = os.path.splitext(name)
    target, count = folder / name, 1
    while os.path.lexists(target) or os.path.lexists(f"{target}.txt"):
        count += 1
        target = folder / f"{stem} ({count}){suffix}"
    return target


def _cut(name: str, longest: int) -> str:
    """The name shortened to so many bytes, its ending kept."""
    if len(os.fsencode(name)) <= longest:
        return name
    stem, suffix = os.path.splitext(name)
    suffix = suffix if len(os.fsencode(suffix)) < 20 else ""
    return os.fsencode(stem)[:longest - len(os.fsencode(suffix))].decode("utf-8", "ignore") + suffix
