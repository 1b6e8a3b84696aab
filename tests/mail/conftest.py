"""Debian's dovecot, with a mailbox for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mail.imap import Security
from tests.mail.imap_server import PASSWORD, Dovecot, dovecot
from tests.mail.imap_tokens import TokenService

NUMBERS = count()
USERS = [f"hopthu{number}@don.vn" for number in range(60)]


@pytest.fixture(scope="session")
def tokens() -> Iterator[TokenService]:
    with TokenService() as service:
        yield service


@pytest.fixture(scope="session")
def server(tokens: TokenService) -> Iterator[Dovecot]:
    with dovecot(tokens.url + "/tokeninfo?access_token=", USERS) as running:
        yield running


@pytest.fixture
def login() -> str:
    """A mailbox of the test's own."""
    return USERS[next(NUMBERS)]


@pytest.fixture
def plan(server: Dovecot, login: str, tmp_path: Path) -> dict[str, Any]:
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    return {
        "name": "xa-a", "host": "127.0.0.1", "port": server.port, "login": login, "security": Security.NONE,
        "password_file": password, "spool": tmp_path / "spool", "poll_s": 20, "retry_s": 0.05,
    }  # fmt: skip
