"""The life of a Document, from door to receipt.  Knows the three tools ocr, mail and rules."""
from __future__ import annotations

__version__ = "0.1.0"
