"""The one lock of PDFium.  The library is not safe for threads; whoever calls it in this process holds PDFIUM."""
from __future__ import annotations

import threading

PDFIUM = threading.RLock()
