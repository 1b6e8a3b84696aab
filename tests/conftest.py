"""What every test of the house shares."""
from __future__ import annotations

import gc

import pytest


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes as a parameter are named by their place, not by what they hold.

    A zip or a gzip made while collecting holds the time; two processes that share the work would then collect tests of
    different names and the run would end before it began.
    """
    return argname if isinstance(val, bytes) else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Thousands of tests and all the modules under them are there to the end; no collection needs to look at them."""
    gc.collect()
    gc.freeze()
