"""A picture goes in, a PDF/A and its words come out.  Knows nobody else in the house."""
from __future__ import annotations

import os

# ONNX Runtime's Linux builds report to their maker from 1.29 on, beginning with the import, unless this is set before.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
