"""`vanthu backup`, `restore` and `verify --files`, and the running house's own backups."""
from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyrage
import pytest

from gateway import cli
from gateway.document import Role
from gateway.errors import BadSettings
from gateway.house import open_house
from gateway.keep.chest import Chest
from gateway.keep_rounds import keep_rounds
from gateway.settings import Settings
from tests.gateway.papers import Papers


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("VANTHU_DATA", str(folder))
    return folder


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_administrator_backs_up_loses_all_and_has_it_back(
        data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    document = Papers.in_folder(data).received("a.pdf")
    chest = str(tmp_path / "chest")
    assert cli.main(["backup"]) == 1, "no folder is named"
    assert cli.main(["backup", chest, "--json"]) == 0
    assert cli.main(["backup", chest, "--check", "--json"]) == 0
    assert cli.main(["backup", chest, "--list", "--json"]) == 0
    first, second, *listed = said(capsys)
    assert (first["documents"], first["files"], first["locked"]) == (1, 1, False)
    assert [one["name"] for one in listed] == [first["name"], second["name"]]
    assert cli.main(["restore", chest]) == 1, "something lies there"
    shutil.rmtree(data)
    assert cli.main(["restore", chest]) == 0
    assert "đã khôi phục 1 văn bản" in capsys.readouterr().out
    monkeypatch.setenv("VANTHU_BACKUP_FOLDER", chest)
    assert cli.main(["verify", "--files", "--json"]) == 0
    assert said(capsys)[0]["files"] == 1
    original = document.file(Role.ORIGINAL)
    assert original is not None
    Papers.in_folder(data).vault.path(original).write_bytes(b"")
    assert cli.main(["verify", "--files", "--json"]) == 3
    assert said(capsys)[0]["damage"] == [{"sha256": original.sha256, "what": "changed", "documents": [document.id]}]
    assert cli.main(["restore", "--damaged"]) == 0
    assert cli.main(["verify", "--files"]) == 0
    assert cli.main(["verify"]) == 2


def test_the_house_backs_up_by_itself_when_it_is_time(data: Path, tmp_path: Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VANTHU_BACKUP_FOLDER", str(tmp_path / "chest"))
    house = open_house(Settings.load())
    rounds = {one.name: one for one in keep_rounds(house)}
    for _ in range(2):
        for one in rounds.values():
            one.work()
    (name,) = Chest(tmp_path / "chest").names()
    assert Chest(tmp_path / "chest").snapshot(name).checked
    for pool in (house.readers, house.pictures):
        pool.close()
    house.store.close()


def test_settings_that_cannot_be_are_refused(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    for text, word in (('folder = "chest"', "tuyệt đối"), ("every_h = 0.0", "every_h"),
                       ('recipients = ["age1nothing"]', "age1nothing")):
        file.write_text(f"[backup]\n{text}\n", "utf-8")
        with pytest.raises(BadSettings, match=word):
            Settings.load(file, {})
    key = pyrage.x25519.Identity.generate().to_public()
    file.write_text(f'[backup]\nrecipients = ["{key}"]\n', "utf-8")
    assert Settings.load(file, {}).backup.recipients == (str(key),)
