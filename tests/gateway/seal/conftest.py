"""The judge of PDF/A."""

from __future__ import annotations

import pytest

from tests.verapdf import Judge, broken_rules


@pytest.fixture(scope="session")
def verapdf() -> Judge:
    return broken_rules
