"""Pages go in, fields with evidence come out; the law lives here as data.  Knows `ocr.page` only."""

from __future__ import annotations
