"""What stands in words equals what stands in code: README, CHANGELOG, error trees, samples, settings."""
from __future__ import annotations

import argparse
import importlib
import inspect
import re
import tomllib
from types import ModuleType
from typing import Any

import pytest

from gateway import __version__, cli, errors
from gateway.document import Stage
from gateway.seal.plan import SealUnit
from gateway.settings import Settings, names
from gateway.settings_mail import Imap, MailUnit
from tests.house.source import ROOT


def readme() -> str:
    return (ROOT / "README.md").read_text("utf-8")


def commands() -> list[str]:
    actions = cli.parser()._actions
    return [name for action in actions if isinstance(action, argparse._SubParsersAction) for name in action.choices]


@pytest.mark.parametrize("name", list(names()))
def test_readme_names_every_setting(name: str) -> None:
    section, _, key = name.rpartition(".")
    assert f"`{name}`" in readme() or f"`{key}`" in readme()
    assert not section or f"[{section}]" in readme() or f"`{name}`" in readme()


@pytest.mark.parametrize("stage", Stage)
def test_readme_names_every_stage(stage: Stage) -> None:
    assert stage.name in readme()


@pytest.mark.parametrize("command", commands())
def test_readme_names_every_command(command: str) -> None:
    assert re.search(rf"vanthu {command}\b|`{command}`", readme())


def trees() -> list[ModuleType]:
    found = [errors]
    for room in ("ocr", "mail", "rules"):
        if (ROOT / room / "errors.py").exists():
            found.append(importlib.import_module(f"{room}.errors"))
    return found


def classes(module: ModuleType) -> list[type[Exception]]:
    return [one for _, one in inspect.getmembers(module, inspect.isclass)
            if issubclass(one, Exception) and one.__module__ == module.__name__]


@pytest.mark.parametrize("module", trees(), ids=lambda module: module.__name__)
def test_the_error_tree_in_the_docstring_equals_the_classes(module: ModuleType) -> None:
    parents: list[str] = []
    drawn = {}
    for line in (module.__doc__ or "").splitlines():
        match = re.fullmatch(r"([│├└─ ]*)([A-Z]\w+)", line)
        if not match:
            continue
        depth = len(match[1]) // 4
        parents[depth:] = [match[2]]
        drawn[match[2]] = parents[depth - 1] if depth else "Exception"
    assert drawn == {one.__name__: one.__bases__[0].__name__ for one in classes(module)}


@pytest.mark.parametrize("error", [one for module in trees() for one in classes(module)], ids=lambda one: one.__name__)
def test_every_error_speaks_to_a_person_and_stands_in_the_readme(error: type[Exception]) -> None:
    said = inspect.cleandoc(error.__doc__ or "")
    assert said.endswith(".")
    assert not said.isascii(), "the default message is Vietnamese"
    assert hasattr(error, "temporary")
    assert f"`{error.__name__}`" in readme()


def test_the_top_of_the_changelog_is_the_version() -> None:
    top = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert top is not None
    assert top[1] == __version__ == project["version"]


def sample_settings() -> dict[str, Any]:
    """The sample with every "#" taken away; of a list of tables its one table."""
    text = (ROOT / "samples" / "gateway.toml").read_text("utf-8")
    table = tomllib.loads(re.sub(r"^# ?(?=(\[|[a-z_]+ = ))", "", text, flags=re.MULTILINE))
    return {name: value[0] if isinstance(value, list) else value for name, value in table.items()}


def test_the_sample_settings_show_every_key_with_its_default() -> None:
    table = sample_settings()
    shown = {f"{section}.{key}" for section, keys in table.items() if isinstance(keys, dict) for key in keys}
    shown |= {key for key, value in table.items() if not isinstance(value, dict)}
    assert shown == set(names())
    assert tomllib.loads((ROOT / "samples" / "gateway.toml").read_text("utf-8")) == {}, "the sample changes nothing"


def test_the_defaults_in_the_sample_settings_are_the_defaults() -> None:
    table, default = sample_settings(), Settings()
    of_lists = {"imap": Imap(), "mail_unit": MailUnit(), "seal_unit": SealUnit()}
    for name in names():
        section, _, key = name.rpartition(".")
        shown = table[section][key] if section else table[key]
        value = getattr(of_lists.get(section) or getattr(default, section) if section else default, key)
        if isinstance(value, tuple):
            value = list(value)
        assert shown == (str(value) if not isinstance(value, bool | int | float | str | list) else value), name


SAMPLES = ROOT / "samples"
PICTURES = {".pdf", ".png", ".jpg", ".tiff"}


@pytest.mark.parametrize("path", [p for p in sorted(SAMPLES.iterdir()) if p.suffix in PICTURES], ids=lambda p: p.name)
def test_every_sample_scan_has_its_expected_fields(path: object) -> None:
    toml = SAMPLES / f"{getattr(path, 'stem', '')}.toml"
    assert tomllib.loads(toml.read_text("utf-8"))["file"] == getattr(path, "name", "")


def test_readme_names_only_files_that_are_there() -> None:
    named = set(re.findall(r"`((?:gateway|ocr|mail|rules|samples|tests|setup)/[\w./]+\.\w+)`", readme()))
    assert named
    assert {path for path in named if not (ROOT / path).exists()} == set()
