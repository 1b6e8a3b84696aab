"""The five letters of `samples/dau-de-*` drawn again and again: `python -m bench.heads`.

Each is scanned at 200 and 300 dpi, in colour and black and white, skewed both ways, with and without the ĐẾN stamp of a
receiving office.  Printed is how many of the scans give each field rightly, and what was wrong.  Needs the handwriting
fonts of setup/debian-samples.txt.
"""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.eval import same
from samples.catalog import SAMPLES
from samples.letter import Letter, Scan
from samples.make import ENDINGS, scan_bytes

FIELDS = ("number", "date", "symbol", "issuer", "doc_type", "subject")


def scans() -> Iterator[tuple[Letter, Scan]]:
    """Every letter in every condition; the seed goes with the condition."""
    letters = [letter for letter, _ in SAMPLES if letter.name.startswith("dau-de-")]
    for letter in letters:
        ways = itertools.product((200, 300), ("color", "bilevel"), (-0.8, 0.5), ("", "2352"))
        for seed, (dpi, mode, skew, stamp) in enumerate(ways, 100):
            yield replace(letter, arrival_stamp=stamp), Scan(dpi=dpi, mode=mode, skew=skew, seed=seed)


def main() -> int:
    """Prints the table; 0 when every field of every scan is right."""
    from ocr.read import look
    from rules.propose import propose

    right, wrong, sure_wrong, total = Counter[str](), [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for letter, scan in scans():
            path = Path(folder) / f"scan{ENDINGS[scan.form]}"
            path.write_bytes(scan_bytes(letter, scan))
            found = {name.value: field for name, field in propose(look(path).pages).fields.items()}
            total += 1
            for name in FIELDS:
                truth = str(getattr(letter, "issuer" if name == "issuer" else name))
                truth = " ".join(letter.issuer) if name == "issuer" else truth
                said = found[name].value if name in found else ""
                if same(name, truth, said):
                    right[name] += 1
                    continue
                sure = name in found and found[name].sure
                sure_wrong += sure
                wrong.append(f"{letter.name} {scan.dpi} dpi {scan.mode} {scan.skew:+} {letter.arrival_stamp or '-'}: "
                             f"{name} {said!r}{' (sure)' if sure else ''}")
    print("  ".join(f"{name} {right[name]}/{total}" for name in FIELDS), f"  sure and wrong {sure_wrong}")
    print("\n".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
