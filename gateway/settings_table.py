"""How a TOML table and the environment become frozen dataclasses: every key known, every value in its type.

A section is a dataclass; a list of sections ([[imap]]) is `tuple[Imap, ...]`.  Values are scalars, paths, or lists of
words (`tuple[str, ...]`).  The environment reaches the scalars of plain sections only.
"""
from __future__ import annotations

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.errors import BadSettings


def read_table(path: Path) -> dict[str, Any]:
    """The file as it stands.

    Raises:
        BadSettings: it is not there, or no TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise BadSettings(f"Không có tệp cấu hình {path}. Hãy kiểm tra đường dẫn.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"Không đọc được tệp cấu hình {path}: {error}. Hãy sửa lỗi rồi khởi động lại.") from error


def names(kind: type[Any]) -> Iterator[str]:
    """Every key as it stands in the file: "data", "web.port", "imap.host" ..."""
    for name, hint in typing.get_type_hints(kind).items():
        section = _listed(hint) or hint
        if dataclasses.is_dataclass(section):
            yield from (f"{name}.{inner.name}" for inner in dataclasses.fields(section))
        else:
            yield name


def override(table: dict[str, Any], kind: type[Any], environ: Mapping[str, str], *, prefix: str) -> None:
    """Puts what the environment says into the table.

    Raises:
        BadSettings: a variable is almost the name of one.
    """
    known = {prefix + name.replace(".", "_").upper(): name for name in _scalars(kind)}
    for variable, text in environ.items():
        if not variable.startswith(prefix) or variable == f"{prefix}CONFIG":
            continue
        if variable not in known:
            if near := difflib.get_close_matches(variable, known, 1, 0.85):  # anything else is somebody else's variable
                raise BadSettings(f"Biến môi trường {variable} không có. Có phải {near[0]}? Hãy sửa lại.")
            continue
        section, _, key = known[variable].rpartition(".")
        place = table.setdefault(section, {}) if section else table
        if not isinstance(place, dict):
            raise BadSettings(f"[{section}] phải là một bảng. Hãy sửa tệp cấu hình.")
        place[key] = text


def made(kind: type[Any], table: Mapping[str, Any], section: str = "") -> Any:
    """The dataclass made of the table.

    Raises:
        BadSettings: an unknown key (with the nearest known one), or a value of another type.
    """
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, value in table.items():
        full = f"{section}.{name}" if section else name
        if name not in hints:
            raise BadSettings(f"Khóa cấu hình {full} không có.{_nearest(name, hints)}")
        values[name] = _made_value(full, hints[name], value)
    return kind(**values)


def with_paths(section: Any, change: Callable[[Path], Path]) -> Any:
    """The section with every path changed, in lists of sections too."""
    if isinstance(section, tuple):
        return tuple(with_paths(one, change) for one in section)
    if not dataclasses.is_dataclass(section) or isinstance(section, type):
        return section
    paths = {inner.name: change(value) for inner in dataclasses.fields(section)
             if isinstance(value := getattr(section, inner.name), Path)}
    return dataclasses.replace(section, **paths)


def _made_value(full: str, hint: Any, value: Any) -> Any:
    if listed := _listed(hint):
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise BadSettings(f"{full} phải là các bảng, mỗi bảng bắt đầu bằng [[{full}]]. Hãy sửa tệp cấu hình.")
        return tuple(made(listed, one, full) for one in value)
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise BadSettings(f"[{full}] phải là một bảng. Hãy sửa tệp cấu hình.")
        return made(typing.cast("type[Any]", hint), value, full)
    if hint == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BadSettings(f'{full} phải là danh sách chữ, ví dụ ["a", "b"]. Hãy sửa tệp cấu hình.')
        return tuple(value)
    return _scalar(full, hint, value)


_WORDS = {bool: "true hoặc false", int: "số nguyên", float: "số", str: "chữ", Path: "đường dẫn"}
_BOOLS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _scalar(name: str, kind: type[Any], value: Any) -> Any:
    """The value in its type; text (the environment) is converted, TOML's own types are checked."""
    try:
        if kind is bool:
            return value if isinstance(value, bool) else _BOOLS[value.lower()]
        if kind is float and isinstance(value, int | float | str) and not isinstance(value, bool):
            return float(value)
        if kind is int and isinstance(value, int | str) and not isinstance(value, bool):
            return int(value)
        if kind in (str, Path) and isinstance(value, str):
            return kind(value)
    except (KeyError, ValueError, AttributeError):
        pass
    raise BadSettings(f"{name} phải là {_WORDS[kind]}. Hãy sửa tệp cấu hình hoặc biến môi trường.")


def _scalars(kind: type[Any]) -> Iterator[str]:
    for name, hint in typing.get_type_hints(kind).items():
        if dataclasses.is_dataclass(hint):
            inner = typing.get_type_hints(hint)
            yield from (f"{name}.{key}" for key, type_ in inner.items() if type_ in _WORDS)
        elif hint in _WORDS:
            yield name


def _listed(hint: Any) -> type[Any] | None:
    """The section of a list of sections, else None."""
    of = typing.get_args(hint)[0] if typing.get_origin(hint) is tuple else None
    return of if of is not None and dataclasses.is_dataclass(of) and isinstance(of, type) else None


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f" Có phải {near[0]}? Hãy sửa lại." if near else " Hãy xóa hoặc sửa; samples/gateway.toml có đủ các khóa."
