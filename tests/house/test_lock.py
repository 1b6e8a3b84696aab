"""What can be known of the locked packages without asking anybody; `make audit` asks (setup/audit.sh).

Every package is pinned with hashes, its licence is one we can live with, none is older than the version that mended a
weakness we know of, and the lock itself is not old.
"""
from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.version import Version

from gateway.cli.parts import python_parts

ROOT = Path(__file__).resolve().parents[2]
RUN, TEST = ROOT / "setup" / "requirements.lock", ROOT / "setup" / "requirements-test.lock"
OLD_DAYS = 90
FREE = re.compile(r"MIT|BSD|Apache|MPL|Mozilla|PSF|Python Software|ISC|LGPL|Lesser|Zlib|CC0|HPND|Unlicense", re.I)
BY_HAND = {
    "dkimpy": "zlib-like, in its LICENSE", "imapclient": "BSD, in its COPYING", "pyrage": "MIT, in its LICENSE",
}
"""Run-time packages whose metadata do not say it; read by a person."""
MENDED = {
    "aiosmtpd": ("1.4.6", "CVE-2024-34083: commands before TLS"), "certifi": ("2024.7.4", "CVE-2024-39689"),
    "cryptography": ("44.0.1", "CVE-2024-12797: OpenSSL"), "h11": ("0.16.0", "CVE-2025-43859: request smuggling"),
    "idna": ("3.7", "CVE-2024-3651"), "jinja2": ("3.1.6", "CVE-2025-27516"), "mako": ("1.2.2", "CVE-2022-40023"),
    "pillow": ("11.3.0", "CVE-2025-48379"), "python-multipart": ("0.0.18", "CVE-2024-53981"),
    "requests": ("2.32.4", "CVE-2024-47081"), "starlette": ("0.47.2", "CVE-2025-54121"),
    "urllib3": ("2.5.0", "CVE-2025-50181"), "werkzeug": ("3.0.6", "CVE-2024-49766"),
}
"""Lowest versions without a weakness that was known when this was written; `make lock` and `make audit` know more."""


def locked(lock: Path) -> Iterator[tuple[str, str, int]]:
    """Name, version and number of hashes of every entry."""
    for entry in re.split(r"\n(?=\S)", lock.read_text("utf-8").strip()):
        if entry.startswith("#"):
            continue
        found = re.match(r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z,-]+\])?==(\S+)", entry)
        assert found, f"{lock.name}: {entry.splitlines()[0]} is not pinned to a version of the index"
        yield found[1], found[2], len(re.findall(r"--hash=sha256:[0-9a-f]{64}", entry))


@pytest.mark.parametrize("lock", [RUN, TEST], ids=lambda lock: lock.name)
def test_every_package_is_pinned_with_hashes(lock: Path) -> None:
    found = list(locked(lock))
    assert len(found) > 30
    assert [name for name, _, hashes in found if not hashes] == []


@pytest.mark.parametrize("lock", [RUN, TEST], ids=lambda lock: lock.name)
def test_no_package_has_a_weakness_that_is_known_here(lock: Path) -> None:
    weak = [f"{name} {version}: {MENDED[name][1]}" for name, version, _ in locked(lock)
            if name in MENDED and Version(version) < Version(MENDED[name][0])]
    assert weak == []


def test_both_locks_agree() -> None:
    run, test = ({name: version for name, version, _ in locked(lock)} for lock in (RUN, TEST))
    assert {name: (version, test[name]) for name, version in run.items() if test.get(name, version) != version} == {}


def test_every_licence_is_free_and_lets_us_be_apache() -> None:
    names = {name for name, _, _ in locked(RUN)}
    said = {re.sub("[._]", "-", part.name.lower()): part.license for part in python_parts()}
    unfit = {name: said.get(name, "?") for name in names if name not in BY_HAND and not FREE.search(said.get(name, ""))}
    strong = {name: said[name] for name in names & set(said)
              if re.search(r"\bA?GPL|(?<!Lesser )General Public", said[name]) and "LGPL" not in said[name]}
    assert (unfit, strong) == ({}, {})


def test_what_is_installed_is_what_is_locked() -> None:
    here = {name: version for name, version, _ in locked(RUN)}
    other = {name: metadata.version(name) for name, version in here.items() if metadata.version(name) != version}
    assert other == {}, "make setup"


def test_an_old_lock_is_told() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no history here")
    asked = [git, "-C", str(ROOT), "log", "-1", "--format=%ct", "--", "setup/requirements.lock"]
    changed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    if not changed:
        pytest.skip("no history of the lock here")
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromtimestamp(int(changed), dt.UTC)
    if age.days > OLD_DAYS:
        warnings.warn(f"The lock is {age.days} days old: run make lock and make audit.", stacklevel=1)
