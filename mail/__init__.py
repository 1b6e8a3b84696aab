"""The bytes of a letter, and the doors mail comes through.  Knows nobody else in the house."""

from __future__ import annotations
