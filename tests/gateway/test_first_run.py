"""The first login: its password is tried once, and shown until its owner has another."""
from __future__ import annotations

from pathlib import Path

import pytest

from gateway import first_run
from gateway.review.login import password_hash
from gateway.settings import Settings
from tests.gateway.papers import Papers


def test_the_first_password_is_tried_once_and_forgotten_when_it_was_changed(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = Papers.in_folder(tmp_path / "house").store
    settings = Settings(data=tmp_path / "var")
    first = first_run.first_user(people, settings)
    with monkeypatch.context() as without:
        without.setattr(first_run, "PasswordHasher", None)
        again = first_run.first_user(people, settings)
    assert again == first
    assert first.password
    assert (settings.data / "secrets" / "first-login.txt").read_text("utf-8").split()[1] == first.password
    people.people.set_password(first.login, password_hash("another password of mine"))
    assert first_run.first_user(people, settings) == first_run.Welcome()
    assert not (settings.data / "secrets" / "first-login.txt").exists()
    people.close()
