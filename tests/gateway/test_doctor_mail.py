"""`vanthu doctor` tries mailboxes and mail servers for real, and takes and sends nothing."""
from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from gateway.doctor_mail import mail_findings
from gateway.settings import Settings
from tests.mail.imap_server import LOGIN, PASSWORD, dovecot


def settings(folder: Path, text: str) -> Settings:
    folder.mkdir(exist_ok=True)
    file = folder / "gateway.toml"
    file.write_text(f'data = "{folder}"\n{text}', "utf-8")
    return Settings.load(file, {})


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.skipif(shutil.which("dovecot") is None, reason="dovecot is not installed (Debian package dovecot-imapd)")
def test_a_mailbox_is_logged_in_to_and_left_as_it_is(tmp_path: Path) -> None:
    with dovecot("http://127.0.0.1:9/", [LOGIN]) as server:
        server.put(b"Subject: mot\r\n\r\nmot\r\n")
        chosen = settings(tmp_path, f'[[imap]]\nname = "hop-thu"\nhost = "127.0.0.1"\nport = {server.port}\n'
                                    f'security = "none"\nlogin = "{LOGIN}"\npassword_file = "mailbox.txt"\n')
        (tmp_path / "mailbox.txt").write_text(f"{PASSWORD}\n", "utf-8")
        good = next(line for line in mail_findings(chosen) if line.name == "Hộp thư hop-thu")
        (tmp_path / "mailbox.txt").write_text("sai\n", "utf-8")
        bad = next(line for line in mail_findings(chosen) if line.name == "Hộp thư hop-thu")

        assert server.flags() == [set()]
    assert good.ok
    assert not bad.ok
    assert "Hãy kiểm tra tên đăng nhập" in bad.words


def test_servers_that_do_not_answer_are_told_with_what_to_do(tmp_path: Path) -> None:
    chosen = settings(tmp_path, f'[read]\nclamd = "{tmp_path}/clamd.ctl"\n[notices]\nhost = "127.0.0.1"\n'
                                f'port = {closed_port()}\nsecurity = "none"\nsender = "vanthu@xamau.vn"\n')
    found = {line.name: line for line in mail_findings(chosen)}

    assert not found["Kiểm tra vi-rút"].ok
    assert not found["Máy chủ gửi thư báo"].ok
    assert all("Hãy" in line.words for line in found.values() if not line.ok)
