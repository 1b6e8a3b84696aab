"""A child really cannot reach the network, nor files that are not its own: tried from inside."""
from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.fences import has_rooms, in_a_room, without_network

CALL = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 3).sendall(b'out')"
ROOM = pytest.mark.skipif(not has_rooms(), reason="bubblewrap is not installed, or the kernel does not let it")
NET = pytest.mark.skipif(not without_network(), reason="the kernel lets nobody make an empty network here")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(0.3)
        yield made


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def call(listener: socket.socket, *fence: str) -> bool:
    """Does a child behind this fence reach a port of this machine?"""
    done = run(*fence, "/usr/bin/python3", "-c", CALL, str(listener.getsockname()[1]))
    try:
        listener.accept()[0].close()
    except TimeoutError:
        assert done.returncode, "it says that it has sent something"
        return False
    return True


def test_without_a_fence_the_call_gets_through(listener: socket.socket) -> None:
    assert call(listener)


@NET
def test_a_child_without_network_reaches_nothing(listener: socket.socket) -> None:
    assert not call(listener, *without_network())


@ROOM
def test_a_child_in_a_room_reaches_nothing(listener: socket.socket, tmp_path: Path) -> None:
    assert not call(listener, *in_a_room(tmp_path))


@ROOM
def test_a_child_in_a_room_sees_its_own_folder_and_no_other(tmp_path: Path) -> None:
    work, vault = tmp_path / "work", tmp_path / "vault"
    for folder in (work, vault):
        folder.mkdir()
        (folder / "a.txt").write_text("word", "utf-8")
    room = in_a_room(work)
    assert run(*room, "cat", str(work / "a.txt")).stdout == "word"
    assert run(*room, "cat", str(vault / "a.txt")).returncode
    assert set(run(*room, "ls", "/tmp").stdout.split()) <= set(tmp_path.parts), "a temporary folder of its own"
    assert run(*room, "touch", "/usr/a", "/etc/a").returncode
    assert run(*room, "sh", "-c", f"echo more > {work / 'b.txt'}").returncode == 0
    assert (work / "b.txt").read_text("utf-8") == "more\n"
    assert len(run(*room, "sh", "-c", "ls -d /proc/[0-9]*").stdout.split()) < 5, "no process but its own"
