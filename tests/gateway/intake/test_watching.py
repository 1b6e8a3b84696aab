"""Which file systems are believed to send events."""
from __future__ import annotations

import time
from pathlib import Path

import pytest

from gateway.intake.watching import Watch, file_system, sends_events

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/scan rw - cifs //may-quet/scan rw
31 22 0:41 / /srv/m\\303\\241y\\040qu\\303\\251t rw - nfs4 kho:/scan rw
32 30 0:42 / /srv/scan/local rw - tmpfs tmpfs rw
33 22 0:43 / /mnt rw - ext4 /dev/sdb1 rw
34 33 0:44 / /mnt rw - fuse.sshfs kho:/ rw
"""


@pytest.mark.parametrize(("place", "kind"), [
    ("/srv/scan", "cifs"), ("/srv/scan/in", "cifs"), ("/srv/scanner", "ext4"), ("/srv/scan/local/x", "tmpfs"),
    ("/mnt/x", "fuse.sshfs"), ("/home", "ext4"),
])
def test_the_nearest_and_latest_mount_says_the_type(tmp_path: Path, place: str, kind: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    assert file_system(Path(place), table) == kind


def test_network_file_systems_are_polled() -> None:
    assert [kind for kind in ("ext4", "xfs", "btrfs", "tmpfs", "overlay") if not sends_events(kind)] == []
    assert [kind for kind in ("nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "unknown") if sends_events(kind)] == []
    assert file_system(Path("/"), Path("/nothing")) == "unknown"


def test_this_machine_knows_its_own_file_system(tmp_path: Path) -> None:
    assert file_system(tmp_path) != "unknown"


def test_without_events_a_wait_ends_after_its_time(tmp_path: Path) -> None:
    watch = Watch(tmp_path, native=False)
    begun = time.monotonic()
    assert not watch.wait(0.1)
    assert 0.05 < time.monotonic() - begun < 5
    watch.close()
    assert watch.wait(60), "a closed watch lets go"
