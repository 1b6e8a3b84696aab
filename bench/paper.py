"""One paper the whole way of the machine: look, propose, PDF/A.  Run as `python -m bench.paper FILE OUT` by bench."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> int:
    """Reads the file and writes its PDF/A; exit status 0 when both worked."""
    from ocr.read import Options, archive, look
    from rules.propose import propose

    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    options = Options()
    reading = look(source, options)
    propose(reading.pages)
    archive(source, reading, out, options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
