"""The page of messages names every error and every hold (`python -m bench.messages` writes it)."""
from __future__ import annotations

import pytest

from bench.messages import ERRORS, HELD, PAGE, classes, codes


@pytest.mark.parametrize("name", [one.__name__ for module in ERRORS for one in classes(module)])
def test_the_page_of_messages_has_every_error(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text("utf-8"), "run python -m bench.messages"


@pytest.mark.parametrize("code", codes())
def test_the_page_of_messages_has_every_hold(code: str) -> None:
    assert code in HELD, "say in bench/messages.py what this hold means and what to do"
    assert f"`{code}`" in PAGE.read_text("utf-8"), "run python -m bench.messages"
