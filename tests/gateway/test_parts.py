"""`vanthu parts`: what stands in the lock stands in the list, each with a licence."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway import cli

LOCK = Path(__file__).resolve().parents[2] / "setup" / "requirements.lock"


def test_the_bill_of_materials_names_every_locked_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["parts", "--cyclonedx"]) == 0
    bill = json.loads(capsys.readouterr().out)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    shown = {one["purl"].replace("_", "-").replace(".", "-"): one for one in bill["components"]}
    wanted = re.findall(r"^([a-z0-9-._]+)(?:\[.*\])?==(\S+)", LOCK.read_text("utf-8"), re.MULTILINE)
    assert len(wanted) > 50
    names = [f"pkg:pypi/{name}@{version}".replace("_", "-").replace(".", "-") for name, version in wanted]
    assert [name for name in names if name not in shown] == []
    assert [name for name in names if not shown[name]["licenses"]] == []


def test_the_list_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["parts"]) == 0
    assert re.search(r"^ocrmypdf\s+17\.\S+\s+MPL-2.0", capsys.readouterr().out, re.MULTILINE)
