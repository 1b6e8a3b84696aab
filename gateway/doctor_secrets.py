"""`vanthu doctor`: no secret may be read by anybody but its owner."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.review.desk import HealthLine
from gateway.settings import Settings

_PUBLIC = frozenset({"ca_file", "certificate_file", "client_certificate_file"})
_KEYS = ("seal", "seal_unit")
"""Sections whose plain `file` is a key."""
_NAME = "Tệp bí mật"


def secret_files(settings: Settings) -> Iterator[Path]:
    """Every file that a setting names and that is not for everybody's eyes, whether it is there or not."""
    for section in dataclasses.fields(settings):
        value = getattr(settings, section.name)
        for one in value if isinstance(value, tuple) else (value,):
            yield from _named(settings.data, one, key=section.name in _KEYS)


def secret_finding(settings: Settings) -> HealthLine:
    """The first secret that others can read."""
    for file in secret_files(settings):
        if file.is_file() and file.stat().st_mode & 0o077:
            return HealthLine(_NAME, False, f"Người khác đọc được {file}. Hãy chạy: chmod 600 {file}.")
    return HealthLine(_NAME, True, "Các tệp bí mật chỉ chủ sở hữu đọc được.")


def _named(data: Path, section: Any, *, key: bool) -> Iterator[Path]:
    if not dataclasses.is_dataclass(section):
        return
    for one in dataclasses.fields(section):
        if (one.name.endswith("_file") and one.name not in _PUBLIC) or (key and one.name == "file"):
            value = getattr(section, one.name)
            if value and value != Path():
                yield data / value
