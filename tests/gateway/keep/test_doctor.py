"""`vanthu doctor` tells of backups that have stopped."""
from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gateway.doctor import examine
from gateway.keep.backup import backup
from gateway.keep.chest import Chest
from gateway.keep_rounds import source_of
from gateway.review.desk import HealthLine
from gateway.settings import Settings
from tests.gateway.papers import Papers, now


def test_doctor_tells_of_backups_that_have_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir(mode=0o700)

    def line() -> HealthLine:
        return next(one for one in examine(Settings.load()) if one.name == "Sao lưu")

    assert line().ok
    monkeypatch.setenv("VANTHU_BACKUP_FOLDER", str(tmp_path / "chest"))
    assert not line().ok
    settings, papers = Settings.load(), Papers.in_folder(tmp_path / "var")
    source = source_of(settings, papers.store, papers.vault)
    backup(source, Chest(tmp_path / "chest"), now=now() - dt.timedelta(hours=50))
    assert not line().ok
    backup(source, Chest(tmp_path / "chest"), now=now())
    assert line().ok
    papers.store.close()
