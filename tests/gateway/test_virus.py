"""Debian's clamd, with a signature of ours for the EICAR test string, is asked; without it nothing passes."""
from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.document import Stage
from gateway.errors import VirusCheckDown
from gateway.steps.read import check_virus
from gateway.virus import Clamd
from tests.gateway.papers import Papers

EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""In two parts, so that no scanner takes this file for one."""
SIZE_LIMIT = 2 << 20


@pytest.fixture(scope="module")
def clamd() -> Iterator[Clamd]:
    program = shutil.which("clamd", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("clamd is not installed (Debian package clamav-daemon)")
    folder = Path(tempfile.mkdtemp(prefix="vanthu-clam-"))
    (folder / "db").mkdir()
    (folder / "db" / "local.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.encode().hex()}\n", "utf-8")
    settings = folder / "clamd.conf"
    settings.write_text(
        f"DatabaseDirectory {folder / 'db'}\nLocalSocket {folder / 'clamd.ctl'}\nForeground yes\n"
        f"StreamMaxLength {SIZE_LIMIT}\nTemporaryDirectory {folder}\nLogFile {folder / 'log'}\n", "utf-8")
    process = subprocess.Popen([program, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    asked = Clamd(str(folder / "clamd.ctl"), 20.0)
    try:
        end = time.monotonic() + 30
        while not asked.is_there():
            assert process.poll() is None, (folder / "log").read_text("utf-8")
            assert time.monotonic() < end
            time.sleep(0.1)
        yield asked
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "a.bin"
        path.write_bytes(data)
        return path
    return write


def test_a_virus_is_named_and_a_clean_file_passes(clamd: Clamd, put: Callable[[bytes], Path]) -> None:
    assert clamd.virus_in(put(EICAR.encode())).startswith("Eicar-Test-Signature")
    assert clamd.virus_in(put(b"%PDF-1.7 nothing bad")) == ""
    assert clamd.virus_in(put(b"")) == ""


def test_a_virus_in_a_mails_attachment_is_found_in_the_raw_letter(clamd: Clamd, put: Callable[[bytes], Path]) -> None:
    from email.message import EmailMessage

    letter = EmailMessage()
    letter["Subject"] = "van ban"
    letter.set_content("xin gui")
    letter.add_attachment(EICAR.encode(), maintype="application", subtype="octet-stream", filename="cv.pdf")
    assert clamd.virus_in(put(letter.as_bytes())).startswith("Eicar-Test-Signature")


def test_what_clamd_would_not_look_at_whole_is_not_clean(clamd: Clamd, put: Callable[[bytes], Path]) -> None:
    with pytest.raises(VirusCheckDown):
        clamd.virus_in(put(b"\0" * (SIZE_LIMIT + 100_000)))


def test_without_clamd_nothing_is_clean(tmp_path: Path, put: Callable[[bytes], Path]) -> None:
    for address in (str(tmp_path / "none.ctl"), "127.0.0.1:1"):
        assert not Clamd(address, 2.0).is_there()
        with pytest.raises(VirusCheckDown) as down:
            Clamd(address, 2.0).virus_in(put(b"x"))
        assert down.value.temporary


@pytest.mark.parametrize("said", [b"", b"stream: OK", b"\xff\0", b"INSTREAM size limit exceeded. ERROR\0"])
def test_a_strange_answer_is_no_clean_bill(said: bytes, put: Callable[[bytes], Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer() -> None:
            line, _ = server.accept()
            with line:
                while b"\0\0\0\0" not in line.recv(65536):
                    pass
                line.sendall(said if said != b"stream: OK" else b"stream: O")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(VirusCheckDown):
            Clamd(f"127.0.0.1:{server.getsockname()[1]}", 5.0).virus_in(put(b"x"))
        thread.join(5)


def test_a_document_with_a_virus_waits_for_a_person(clamd: Clamd, tmp_path: Path) -> None:
    papers = Papers.in_folder(tmp_path)
    document = papers.received("a.pdf", EICAR.encode())
    change = check_virus(document, papers.vault, clamd.virus_in)
    assert change is not None
    assert change.held is not None
    assert change.held.code == "virus"
    assert papers.record(document, change).stage is Stage.RECEIVED
    assert check_virus(papers.received("b.pdf"), papers.vault, clamd.virus_in) is None
