"""A child really cannot reach the network, nor files that are not its own: tried from inside."""
from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.fences import apart, file_fence, has_rooms, in_a_room, without_network, without_services

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


@pytest.mark.skipif(not without_services() or not os.access("/run", os.W_OK), reason="needs to listen below /run")
def test_a_child_finds_no_service_of_the_machine_to_talk_to() -> None:
    with tempfile.TemporaryDirectory(dir="/run", prefix="vanthu-") as folder, socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{folder}/s")
        door.listen()
        words = ["/usr/bin/python3", "-c", "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])",
                 f"{folder}/s"]
        assert run(*words).returncode == 0
        assert run(*without_network(), *words).returncode == 0
        for fence in (apart("ocr"), without_services()):
            assert "FileNotFoundError" in run(*fence, *words).stderr
        assert run(*apart("ocr", read=[Path(folder)]), "ls", folder).stdout == "s\n", "needed, so not hidden"


TRIES = """
import json, os, socket, subprocess, sys
own, given, paper, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
os.symlink(paper, own + "/link")
with open(own + "/program", "w") as file:
    file.write("#!/bin/sh")
os.chmod(own + "/program", 0o700)
tries = {
    "own": lambda: open(own + "/a", "w").write("word"), "given": lambda: open(given + "/1").read(),
    "database": lambda: open(paper).read(), "by a link": lambda: open(own + "/link").read(),
    "by its process": lambda: open("/proc/self/root" + paper).read(),
    "names": lambda: os.listdir(os.path.dirname(paper)),
    "change given": lambda: open(given + "/1", "a"), "cut given": lambda: os.truncate(given + "/1", 0),
    "second name": lambda: os.link(given + "/1", own + "/1"), "cut": lambda: os.truncate(paper, 0),
    "write": lambda: open(paper + "x", "w"), "remove": lambda: os.unlink(paper),
    "environment": lambda: open(f"/proc/{os.getppid()}/environ").read(), "password": lambda: open("/etc/shadow").read(),
    "run": lambda: subprocess.run([own + "/program"]), "signal": lambda: os.kill(os.getppid(), 0),
    "call": lambda: socket.create_connection(("127.0.0.1", port), 3)}
done = []
for name, one in tries.items():
    try:
        one()
        done.append(name)
    except OSError:
        pass
print(json.dumps(done))
"""


@pytest.mark.skipif(file_fence() < 7, reason="the kernel's Landlock is missing or an older one")
def test_a_child_behind_the_file_fence_has_its_own_folder_and_what_it_was_given(
    listener: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocr.fences.without_network", tuple)  # the second belt alone
    own, given, paper = tmp_path / "own", tmp_path / "given", tmp_path / "vanthu.db"
    for folder in (own, given):
        folder.mkdir()
    paper.write_text("secret", "utf-8")
    (given / "1").write_text("paper", "utf-8")
    words = ["/usr/bin/python3", "-c", TRIES, str(own), str(given), str(paper), str(listener.getsockname()[1])]
    free = json.loads(run(*words).stdout)
    assert set(free) >= {"database", "by a link", "names", "run", "signal", "call"}
    (own / "link").unlink()
    paper.write_text("secret", "utf-8")
    (given / "1").write_text("paper", "utf-8")
    done = run(*apart("ocr", read=[given], write=[own]), *words)
    assert json.loads(done.stdout) == ["own", "given"], done.stderr
    assert paper.read_text("utf-8") == "secret"


def test_a_kernel_without_landlock_is_told_and_the_child_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ocr.landlock.version", lambda: 0)
    file_fence.cache_clear()
    assert apart("ocr", write=[tmp_path]) == (without_services() or without_network())
    assert "file_fence_missing landlock=0" in caplog.text
    file_fence.cache_clear()
