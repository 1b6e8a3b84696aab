"""`vanthu doctor` looks at every file that a setting calls a secret."""
from __future__ import annotations

from pathlib import Path

import pytest

from gateway.doctor import examine
from gateway.doctor_secrets import secret_files
from gateway.settings import Settings

CONFIG = """
[notices]
password_file = "secrets/thu.txt"
dkim_key_file = "secrets/dkim.pem"
[[imap]]
name = "a"
host = "mail.example"
login = "a"
password_file = "secrets/hop-thu.txt"
[[imap]]
name = "b"
host = "mail.example"
login = "b"
oauth_file = "secrets/oauth.toml"
"""


def settings_in(folder: Path) -> Settings:
    (folder / "gateway.toml").write_text(CONFIG, "utf-8")
    return Settings.load(folder / "gateway.toml", {})


def test_every_setting_that_names_a_secret_is_looked_at(tmp_path: Path) -> None:
    found = {path.name for path in secret_files(settings_in(tmp_path))}
    assert {"thu.txt", "dkim.pem", "hop-thu.txt", "oauth.toml", "s3-secret-key.txt", "exchange-secret.txt"} <= found
    assert not {name for name in found if "ca.pem" in name}


@pytest.mark.parametrize("name", ["thu.txt", "hop-thu.txt", "s3-access-key.txt"])
def test_a_secret_that_others_can_read_is_told_with_what_to_do(tmp_path: Path, name: str) -> None:
    settings = settings_in(tmp_path)
    file = next(path for path in secret_files(settings) if path.name == name)
    file.parent.mkdir(parents=True)
    file.write_text("word", "utf-8")
    file.chmod(0o644)
    line = next(one for one in examine(settings) if one.name == "Tệp bí mật")
    assert not line.ok
    assert f"chmod 600 {file}" in line.words
    file.chmod(0o600)
    assert next(one for one in examine(settings) if one.name == "Tệp bí mật").ok
