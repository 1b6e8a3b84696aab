"""Fuzzing led by coverage (atheris), for a night; the suite has hypothesis (test_fuzz.py).

    pip install --target /tmp/atheris atheris
    PYTHONPATH=/tmp/atheris:. .venv/bin/python tests/faults/fuzz_atheris.py letter -max_total_time=3600

The first word names the reader: letter, message, settings, rules.  Whatever stands in the bytes, it gives an answer
or an error of ours; anything else ends the run and leaves the bytes in crash-<hash>.
"""
from __future__ import annotations

import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["gateway.exchange", "gateway.settings_table", "mail", "rules.routing"]):
    from gateway.errors import BadMessage, BadSettings
    from gateway.exchange.edxml import read_message
    from gateway.settings import Settings
    from mail.letter import parse
    from rules.errors import RulesError
    from rules.routing import load

FOLDER = Path(tempfile.mkdtemp())


def letter(data: bytes) -> None:
    """mail.letter promises an answer for any bytes."""
    parse(data)


def message(data: bytes) -> None:
    """What the interchange hands over."""
    with suppress(BadMessage):
        read_message(data)


def settings(data: bytes) -> None:
    """A file of settings."""
    (FOLDER / "gateway.toml").write_bytes(data)
    with suppress(BadSettings):
        Settings.load(FOLDER / "gateway.toml", {})


def rules(data: bytes) -> None:
    """A file of rules for letters."""
    (FOLDER / "rules.toml").write_bytes(data)
    with suppress(RulesError):
        load(FOLDER / "rules.toml")


READERS: dict[str, Any] = {one.__name__: one for one in (letter, message, settings, rules)}

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], READERS[sys.argv[1]])
    atheris.Fuzz()
