"""How files come in: accept, and the folder that scanners write to."""
from __future__ import annotations
