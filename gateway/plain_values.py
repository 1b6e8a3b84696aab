"""Frozen values as JSON and back, checked part by part: whoever took a child process over may make it say anything.

A dataclass is an object with all its fields, a tuple a list, a moment or day its ISO text, an enum its value.  Bytes
lie in a file beside the JSON, which says [where they begin, how many].
"""
from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from enum import Enum
from typing import IO, Any, TypeVar

_T = TypeVar("_T")


def to_plain(value: Any, beside: IO[bytes] | None = None) -> Any:
    """The JSON value; bytes are written to `beside`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_plain(getattr(value, one.name), beside) for one in dataclasses.fields(value)}
    match value:
        case Enum():
            return value.value
        case bytes() if beside is not None:
            begin = beside.tell()
            beside.write(value)
            return [begin, len(value)]
        case dt.date():
            return value.isoformat()
        case tuple():
            return [to_plain(one, beside) for one in value]
        case None | str() | int() | float():
            return value
    raise TypeError(type(value).__name__)


def from_plain(kind: type[_T], raw: Any, beside: bytes = b"") -> _T:
    """The value of that kind.

    Args:
        kind: a dataclass, or what may stand in one.
        raw: what JSON gave.
        beside: the file with the bytes.

    Raises:
        ValueError: it is none.
    """
    found: _T = _made(kind, raw, beside)
    return found


def _made(kind: Any, raw: Any, beside: bytes) -> Any:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _either(typing.get_args(kind), raw, beside)
    if origin is tuple:
        return _several(typing.get_args(kind), raw, beside)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _record(kind, raw, beside)
    if kind is types.NoneType and raw is None:
        return None
    if kind is bytes:
        return _cut(raw, beside)
    if kind is float and type(raw) is int:
        return float(raw)
    if kind in (str, int, float, bool) and type(raw) is kind:
        return raw
    if isinstance(raw, str) and isinstance(kind, type):
        if issubclass(kind, dt.date):
            return _moment(kind.fromisoformat(raw))
        if issubclass(kind, Enum):
            return kind(raw)
    raise ValueError(f"no {getattr(kind, '__name__', kind)}")


def _moment(moment: dt.date) -> dt.date:
    if isinstance(moment, dt.datetime) and moment.tzinfo is None:
        raise ValueError("a moment of nowhere")
    return moment


def _either(kinds: tuple[Any, ...], raw: Any, beside: bytes) -> Any:
    """The first kind that fits."""
    for kind in kinds:
        if kind is type(None):
            if raw is None:
                return None
            continue
        try:
            return _made(kind, raw, beside)
        except ValueError:
            continue
    raise ValueError("none of these")


def _several(kinds: tuple[Any, ...], raw: Any, beside: bytes) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise ValueError("no list")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(raw)
    return tuple(_made(kind, one, beside) for kind, one in zip(kinds, raw, strict=True))


def _record(kind: type, raw: Any, beside: bytes) -> Any:
    hints = typing.get_type_hints(kind)
    names = [one.name for one in dataclasses.fields(kind)]
    if not isinstance(raw, dict) or sorted(raw) != sorted(names):
        raise ValueError(f"no {kind.__name__}")
    return kind(**{name: _made(hints[name], raw[name], beside) for name in names})


def _cut(raw: Any, beside: bytes) -> bytes:
    match raw:
        case [int(begin), int(size)] if 0 <= begin <= begin + size <= len(beside):
            return beside[begin : begin + size]
    raise ValueError("no bytes")
