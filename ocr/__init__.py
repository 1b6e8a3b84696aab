"""A picture goes in, a PDF/A and its words come out.  Knows nobody else in the house."""
from __future__ import annotations
