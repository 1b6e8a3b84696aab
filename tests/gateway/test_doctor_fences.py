"""`vanthu doctor` says whether reading processes are kept from the files of the house, and what to do where not."""
from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.doctor_fences import fence_finding
from gateway.settings import Settings


@pytest.mark.parametrize(("version", "ok", "words"), [
    (7, True, "Landlock 7"), (2, True, "6.2"), (0, False, "lsm=")])
def test_the_kernel_s_fence_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int, ok: bool, words: str
) -> None:
    monkeypatch.setattr("gateway.doctor_fences.file_fence", lambda: version)
    line = fence_finding(replace(Settings(), data=tmp_path))
    assert (line.ok, words in line.words) == (ok, True)


def test_a_missing_room_for_libreoffice_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.doctor_fences.file_fence", lambda: 7)
    monkeypatch.setattr("gateway.doctor_fences.has_rooms", lambda: False)
    line = fence_finding(replace(Settings(), data=tmp_path))
    assert line.ok
    assert "hãy cài gói bubblewrap" in line.words


def test_a_data_folder_where_every_reader_may_look_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.doctor_fences.file_fence", lambda: 7)
    line = fence_finding(replace(Settings(), data=Path(sys.prefix) / "lib" / "var"))
    assert not line.ok
    assert "Hãy chuyển data" in line.words
