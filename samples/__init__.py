"""Sample scans of invented letters, made by our own generator (`python -m samples.make`)."""
from __future__ import annotations
