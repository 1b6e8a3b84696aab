"""`python -m bench.fault_table`: fault rounds against our gateway and against bare `ocrmypdf` in the folder loop of its
manual (tests/faults/watch_loop.py): kill -9 in the middle of a batch, a name used again, a slow copy, a share that goes
away.  A lost paper is one that is neither a document nor refused with a reason a person can read; a stuck one is still
in work when the time is over.  `make chaos` runs all rounds.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("CHAOS_WAIT_S", "60")  # the rounds read it when they are imported

from tests.faults.product import Product
from tests.faults.rounds import Books, l3_name_reuse, l6_kill, l10_slow_copy, l11_hidden_folder
from tests.faults.vanthu_product import Vanthu
from tests.faults.watch_loop import WatchLoop

ROUNDS: tuple[Callable[[Product], Books], ...] = (l6_kill, l3_name_reuse, l10_slow_copy, l11_hidden_folder)
PRODUCTS: tuple[Callable[[Path], Product], ...] = (WatchLoop, Vanthu)


@dataclass(frozen=True, slots=True)
class Loss:
    """What the rounds have counted, summed up."""

    given: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0

    def with_(self, books: Books) -> Loss:
        """One round more."""
        return Loss(self.given + books.given, self.lost + books.lost, self.doubled + books.doubled,
                    self.stuck + books.stuck)


def losses(told: Callable[[str], None] = lambda line: None) -> Mapping[str, Loss]:
    """Product to its sums, after every round in turn; `told` hears of each round."""
    sums = {made.__name__: Loss() for made in PRODUCTS}
    for chosen in ROUNDS:
        for made in PRODUCTS:
            with tempfile.TemporaryDirectory() as folder:
                product = made(Path(folder) / "product")
                try:
                    books = chosen(product)
                finally:
                    product.kill()
            sums[made.__name__] = sums[made.__name__].with_(books)
            told(f"{chosen.__name__:20}{made.__name__:12}{books}")
    return sums


def main() -> int:
    """Prints round after round, then the sums."""
    for name, loss in losses(lambda line: print(line, flush=True)).items():
        print(f"{name:12}in={loss.given} lost={loss.lost} doubled={loss.doubled} stuck={loss.stuck}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
