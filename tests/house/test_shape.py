"""Size and names: small modules, short functions, one word for one thing."""
from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house.source import ROOMS, ROOT, functions, modules, name_of, tree

LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
LONG_FUNCTIONS: dict[str, str] = {}
"""module:function -> the reason why it may be longer."""

FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "base", "stuff"}


def lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    whole = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node) is not None and first.end_lineno:
        whole -= first.end_lineno - first.lineno + 1
    return whole


def test_no_module_is_longer_than_400_lines() -> None:
    long = {name_of(path): count for path in modules()
            if (count := len(path.read_text("utf-8").splitlines())) > LONGEST_MODULE}
    assert not long


def test_no_function_is_longer_than_40_lines() -> None:
    long = {f"{name_of(path)}:{name}": lines(node) for path in modules() for name, node in functions(path)
            if lines(node) > LONGEST_FUNCTION}
    assert set(long) == set(LONG_FUNCTIONS), long


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_module_names_say_what_is_inside(path: Path) -> None:
    assert path.stem not in FORBIDDEN
    if path.parent.name in ROOMS:
        assert path.stem not in sys.stdlib_module_names
    assert not any(part in FORBIDDEN for part in path.relative_to(ROOT).parts)


def test_each_of_our_package_names_has_at_most_one_owner() -> None:
    owners = packages_distributions()
    assert {room: owners.get(room, []) for room in ROOMS if set(owners.get(room, [])) - {"vanthu"}} == {}


def test_the_one_broad_except_stands_in_the_leg_runner() -> None:
    broad = {name_of(path) for path in modules() for node in ast.walk(tree(path))
             if isinstance(node, ast.ExceptHandler)
             and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
             and ast.unparse(node.body[-1]) != "raise"}  # cleaning up and passing on hides nothing
    assert broad == {"gateway/legs.py"}


def test_only_the_engine_knows_dbos() -> None:
    knows = {name_of(path) for path in modules() for node in ast.walk(tree(path))
             if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "dbos")
             or (isinstance(node, ast.Import) and any(one.name.split(".")[0] == "dbos" for one in node.names))}
    assert knows == {"gateway/engine.py"}


def test_nothing_is_left_for_later() -> None:
    left = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b|raise NotImplemented[E]rror")
    assert {name_of(path) for path in modules() if left.search(path.read_text("utf-8"))} == set()


def test_the_product_knows_no_place_of_this_machine() -> None:
    places = re.compile(r"/wor[k]/|\.\./share[d]|site-package[s]|pyp[i]\.org|files\.python[h]osted")
    found = {name_of(path) for path in [*modules(), *(ROOT / "samples").glob("*.py"), *(ROOT / "setup").iterdir()]
             if path.is_file() and places.search(path.read_text("utf-8"))}
    assert not found


def test_every_signature_is_typed() -> None:
    bare = [f"{name_of(path)}:{name}" for path in modules() for name, node in functions(path)
            if node.returns is None]
    assert not bare
