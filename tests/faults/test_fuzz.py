"""Whatever stands in a file, it is judged or refused with an error of ours, within a short time.

FUZZ (40) is the number of examples a test; `FUZZ=5000 pytest tests/faults/test_fuzz.py` for a night.  Letters, archives
and edXML have theirs beside their own tests.
"""
from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.errors import BadMessage, BadSettings
from gateway.exchange.edxml import read_message
from gateway.settings import Settings, names
from ocr.errors import OcrError
from ocr.triage import completeness, triage
from rules.errors import RulesError
from rules.routing import load
from tests.faults.bombs import broken
from tests.ocr import drawing

LIMIT = int(os.environ.get("FUZZ", "40"))
small = settings(max_examples=LIMIT, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

KEYS = sorted(names())
VALUES = st.one_of(st.booleans(), st.integers(-2**70, 2**70), st.floats(), st.text(max_size=20), st.just([]),
                   st.lists(st.text(max_size=5), max_size=3), st.just("0"), st.just("/"), st.just({}),
                   st.sampled_from(["vxp", "tls", "age1x", "none", "../..", "\x00", "postgresql://x"]))


def toml_of(pairs: dict[str, object]) -> str:
    """A file with these keys, each under its section."""
    lines = []
    for name, value in sorted(pairs.items(), key=lambda pair: "." in pair[0]):
        section, _, key = name.rpartition(".")
        written = repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
        lines += [f"[{section}]"] if section else []
        lines.append(f'"{key}" = {written}')
    return "\n".join(lines)


@small
@given(st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text("abc_.", min_size=1, max_size=8)), VALUES, max_size=4))
def test_no_settings_file_makes_it_fall(tmp_path: Path, pairs: dict[str, object]) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(toml_of(pairs), "utf-8")
    judged(file, {})


@small
@given(st.one_of(st.binary(max_size=200), st.text("[]=\"'\n.#{}ab1", max_size=60).map(str.encode)))
@example(b"\xff\xfe")
@example(b"[web]\nport = 1e400")
def test_no_bytes_as_settings_make_it_fall(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "gateway.toml"
    file.write_bytes(raw)
    judged(file, {})


@small
@given(st.dictionaries(st.sampled_from([f"VANTHU_{key.replace('.', '_').upper()}" for key in KEYS]),
                       st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=12),
                       max_size=3))
def test_no_environment_makes_it_fall(tmp_path: Path, environ: dict[str, str]) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text("", "utf-8")
    judged(file, environ)


def judged(file: Path, environ: dict[str, str]) -> None:
    with suppress(BadSettings):
        assert Settings.load(file, environ).data.is_absolute()


@small
@given(st.data())
def test_no_damaged_paper_makes_triage_fall(tmp_path: Path, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(PAPERS))
    raw = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 12))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place:place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=6))
    file = tmp_path / "paper"
    file.write_bytes(bytes(raw[:data.draw(st.integers(0, len(raw)))]) + data.draw(st.binary(max_size=10)))
    completeness(file)
    with suppress(OcrError):
        triage(file)


@small
@given(st.one_of(st.binary(max_size=300), st.text("<>&;/=\"'! edXMLMessage:?[]", max_size=200).map(str.encode)))
@example(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
def test_no_bytes_make_the_reader_of_messages_fall(raw: bytes) -> None:
    with pytest.raises(BadMessage):
        read_message(raw)


@small
@given(st.one_of(st.binary(max_size=200), st.text("[]=\"'\n.#{}rulewhenthen*", max_size=80).map(str.encode)))
def test_no_bytes_as_rules_make_it_fall(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "rules.toml"
    file.write_bytes(raw)
    with suppress(RulesError):
        load(file)


PAPERS = (drawing.jpeg(drawing.blank(20)), drawing.png(drawing.blank(20)), drawing.tiff([drawing.blank(20)]),
          drawing.text_pdf(["Số: 1/UBND"]), broken(1),
          drawing.with_signature_field(drawing.text_pdf(["a"]), signed=True))
