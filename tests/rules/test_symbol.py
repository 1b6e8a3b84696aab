"""What stands behind the slash, made tidy."""
from __future__ import annotations

import pytest

from rules.symbol import tidy


@pytest.mark.parametrize(
    ("seen", "value"),
    [
        ("QĐ - SNV", "QĐ-SNV"),
        ("QD-SNV.", "QĐ-SNV"),
        ("QĐĐ-SNV", "QĐ-SNV"),
        ("HĐĐND-VP", "HĐND-VP"),
        ("TTr-SKHCN", "TTr-SKHCN"),
        ("UBND–KGVX", "UBND-KGVX"),
        ("AABC-XYZ", "AABC-XYZ"),
        ("BC-SYTKiên", "BC-SYT"),
        ("QĐ-TTg", "QĐ-TTg"),
        ("TB-BTNMTKiên Giang", "TB-BTNMT"),
    ],
)
def test_a_symbol_is_what_its_office_writes(seen: str, value: str) -> None:
    """A letter heard twice is one where that makes a known short form; an unknown one stays as it was seen.

    A place of the date line that was heard without a blank is none of it.
    """
    assert tidy(seen)[0] == value
