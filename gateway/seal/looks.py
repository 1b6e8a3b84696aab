"""What sealing asks of others' libraries before and after it writes: the port Looks, and its answers in this process.

Strangers' files are looked at by gateway.inspector, in a process of its own; here are the same looks without it, for a
command line that ends with the file.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gateway.seal.report import Report
from gateway.seal.trust import Trust

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gateway.seal.additions import Addition


class Looks(Protocol):
    """Looks at PDF files; changes none of them."""

    def sealable_part(self, path: Path) -> str:
        """gateway.seal.pdfa_gate.sealable_part: raises SealError for what must not be sealed."""
        ...

    def verify(self, path: Path) -> Report:
        """gateway.seal.verify.verify with trust in nobody: whole or not, PDF/A or not."""
        ...

    def ink_of(self, path: Path) -> NDArray[np.bool_]:
        """gateway.seal.corner.ink_of."""
        ...

    def additions(self, given: Path, returned: Path) -> Addition:
        """gateway.seal.additions.additions: raises ReturnUnfit."""
        ...

    def archival(self, path: Path, out: Path) -> bool:
        """gateway.seal.pdfa_gate.archival: lays the file there as PDF/A."""
        ...

    def with_message(self, source: Path, message: bytes, out: Path, *, at: dt.datetime) -> None:
        """gateway.seal.associated.with_message: raises SealError."""
        ...


class Here:
    """The port Looks in this process."""

    def sealable_part(self, path: Path) -> str:
        """See the port."""
        from gateway.seal.pdfa_gate import sealable_part

        return sealable_part(path)

    def verify(self, path: Path) -> Report:
        """See the port."""
        from gateway.seal.verify import verify

        return verify(path, Trust())

    def ink_of(self, path: Path) -> NDArray[np.bool_]:
        """See the port."""
        from gateway.seal.corner import ink_of

        return ink_of(path)

    def additions(self, given: Path, returned: Path) -> Addition:
        """See the port."""
        from gateway.seal.additions import additions

        return additions(given, returned)

    def archival(self, path: Path, out: Path) -> bool:
        """See the port."""
        from gateway.seal.pdfa_gate import archival

        return archival(path, out)

    def with_message(self, source: Path, message: bytes, out: Path, *, at: dt.datetime) -> None:
        """See the port."""
        from gateway.seal.associated import with_message

        with_message(source, message, out, at=at)


HERE = Here()
